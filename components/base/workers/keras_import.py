"""Import of Keras: without the messages of TensorFlow's start, and never in the web process."""

from __future__ import annotations

import logging
import os
import sys
from importlib.abc import MetaPathFinder

from components.base.errors import ServerError

REFUSED = ("keras", "tensorflow", "jax", "torch")
"""Packages that the web process never imports: Keras and its backends."""
REFUSAL = "The web process must not import"
_log = logging.getLogger(__name__)


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


def refuse_keras() -> None:
    """Make every import of Keras or a backend fail in this process from now on.

    In a web server such an import takes memory and slows each page for everybody until a restart.
    The one action that needed it fails instead, and the log has the place.
    """
    if not any(isinstance(finder, _Refusal) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Refusal())


class _Refusal(MetaPathFinder):
    """Finder that raises an error, before any other finder looks for the package."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        """Log an import of a refused package, and raise `ImportError`."""
        if name in REFUSED:
            message = f"{REFUSAL} {name}: a build worker can."
            _log.error(message, stack_info=True)
            raise ImportError(message, name=name)
