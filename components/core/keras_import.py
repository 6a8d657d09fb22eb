"""Import of Keras without the messages that TensorFlow prints at its start."""

from __future__ import annotations

import os
import sys

from components.core.errors import ServerError


def load_keras() -> None:
    """Import Keras while no other thread of the process writes to standard error.

    TensorFlow's libraries write to file descriptor 2 while they are loaded, before they read any
    setting; it is redirected for that time. Raises `ServerError` if Keras or its backend is
    missing, and other errors of the import unchanged.

    On a GPU, TensorFlow would reserve all memory at its start; memory growth lets several processes
    share it.
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
