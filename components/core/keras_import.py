"""Importing Keras without TensorFlow's own start-up lines."""

from __future__ import annotations

import os
import sys

from components.core.errors import ServerError


def load_keras() -> None:
    """Import Keras in a process none of whose other threads has anything to say meanwhile.

    TensorFlow's libraries write to file descriptor 2 as they are loaded, before any setting of
    theirs is read; it is pointed elsewhere for that time. Raises `ServerError` if Keras or its
    backend is missing, and other errors of the import as they are.

    On a GPU, TensorFlow would take all memory at its start; here several processes share it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import keras  # noqa: F401
    except ModuleNotFoundError as error:
        raise ServerError(
            "Keras and its backend need to be installed.",
            f"there is no {error.name}",
            "Install keras and tensorflow, jax or torch, and name that one in KERAS_BACKEND.",
        ) from None
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
