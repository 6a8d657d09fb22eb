"""Functions that build workers run in tests."""

from __future__ import annotations

import os
import sys
import threading

import psutil

from components.core.errors import DataError, ShapeError
from components.core.needs_keras import TaskLimits, in_worker, needs_keras

LONG = TaskLimits(60.0, 60.0, 4_000_000_000, long=True)

_held: list[bytes] = []


@needs_keras
def process(number: int = 0) -> tuple[int, bool]:
    """Return the id of the process that runs this, and `True` if it has Keras."""
    return os.getpid(), "keras" in sys.modules


@needs_keras
def mismatch() -> None:
    raise ShapeError("Widths must be equal.", "8 and 5", "Project them.", ("merges", 0), ("a",))


@needs_keras
def broken() -> None:
    raise ZeroDivisionError("nothing to divide by")


@in_worker(TaskLimits(0.2, 60.0, 4_000_000_000))
def compute_forever() -> None:
    while True:
        pass


@in_worker(TaskLimits(60.0, 0.2, 4_000_000_000))
def wait_forever() -> None:
    threading.Event().wait()


@in_worker(TaskLimits(60.0, 60.0, 1))
def exceed_memory() -> None:
    threading.Event().wait()


@in_worker(LONG, lambda received: DataError("The file is too much.", received, "Use less."))
def exit_midway() -> None:
    os._exit(3)


@in_worker(LONG)
def hold(folder: str, name: str) -> int:
    """Write a file of that name, and wait until somebody removes it."""
    path = os.path.join(folder, name)
    open(path, "x").close()
    while os.path.exists(path):
        threading.Event().wait(0.01)
    return os.getpid()


@needs_keras
def end(code: int) -> None:
    os._exit(code)


@needs_keras
def be_killed() -> None:
    psutil.Process().kill()


@needs_keras
def kill_parent() -> None:
    psutil.Process().parents()[0].kill()
    threading.Event().wait()


@needs_keras
def grow(count: int) -> int:
    """Hold that many bytes more from now on."""
    _held.append(os.urandom(count))
    return os.getpid()


@needs_keras
def sign(file: str, name: str) -> None:
    """Write a name below those in a file."""
    with open(file, "a", encoding="utf-8") as names:
        names.write(f"{name}\n")


@needs_keras
def meet(folder: str, name: str, other: str) -> bool:
    """Wait until another task has started, which must run at the same time."""
    open(os.path.join(folder, name), "w").close()
    while not os.path.exists(os.path.join(folder, other)):
        threading.Event().wait(0.01)
    return True
