"""Functions that build workers run in tests."""

from __future__ import annotations

import importlib
import os
import sys
import threading

import psutil

from components.base.errors import DataError, ShapeError
from components.base.workers.needs_keras import TaskLimits, in_worker, needs_keras

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


class TakesTwo(Exception):
    """Error that can be sent, and not made again where it arrives, as some libraries have."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


@needs_keras
def explained() -> None:
    """Raise an error of ours on account of one that can't be made again.

    Once `distributed` is imported, an error is sent with those before it.
    """
    importlib.import_module("distributed")
    try:
        raise TakesTwo("a", "b")
    except TakesTwo:
        raise DataError("The table can't be read.", "a b", "Save it again.") from None


@needs_keras
def result_that_cannot_be_sent() -> object:
    return lambda: None


class NoNumber:
    """Object that can be sent, and raises an error where it is read."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


@needs_keras
def result_that_cannot_be_read() -> object:
    return NoNumber()


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
