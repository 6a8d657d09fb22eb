"""Functions that need Keras, run in this process or in its build workers if it has any."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from components.base.errors import PlaygroundError, WorkerError

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

session: ContextVar[str] = ContextVar("session", default="")
"""Session of the caller: its tasks go to the same build worker while that is free."""
in_background: ContextVar[bool] = ContextVar("in_background", default=False)
"""`True` if the caller can wait: its tasks come after those of other callers."""


@dataclass(frozen=True)
class TaskLimits:
    """Limits of a task in a build worker, and its kind: short or long."""

    seconds: float
    """Computing time, in seconds."""
    patience: float
    """Time on a machine so busy that the worker hardly gets to compute, in seconds."""
    memory: int
    """Memory of the worker, in bytes."""
    long: bool = False
    """`True` if it must leave a worker free for short tasks, and wait for the visitor's last."""


BUILD = TaskLimits(5.0, 30.0, 4_000_000_000)
"""Limits of building a model."""
SMALL_FILE = TaskLimits(5.0, 15.0, 1_500_000_000)
"""Limits of reading a small uploaded file."""
LARGE_FILE = TaskLimits(40.0, 80.0, 1_500_000_000, long=True)
"""Limits of reading a large uploaded file, and of all that computes with an uploaded model."""


@dataclass(frozen=True)
class Task:
    """Call of a function that needs Keras. It can be pickled."""

    module: str
    function: str
    args: tuple[Any, ...]
    named: dict[str, Any]
    limits: TaskLimits = BUILD
    visitor: str = ""
    """Visitor for whom a long task runs."""

    def run(self) -> Any:
        """Call the function in this process."""
        return getattr(importlib.import_module(self.module), self.function)(
            *self.args, **self.named
        )


class BuildWorkers(Protocol):
    """Processes that have imported Keras and run tasks."""

    @property
    def size(self) -> int:
        """Number of tasks that they run at a time."""

    def run(self, task: Task) -> Any:
        """Return the task's result, or raise its error."""


_workers: BuildWorkers | None = None
_visitor: Callable[[], str] = str


def use(workers: BuildWorkers | None, visitor: Callable[[], str] = str) -> None:
    """Run functions that need Keras in these build workers from now on; `None` for this process.

    `visitor` returns the name of the visitor whose page calls it.
    """
    global _workers, _visitor
    _workers, _visitor = workers, visitor


def needs_keras(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that needs Keras; its arguments and its result can be pickled."""
    return in_worker(BUILD)(function)


def in_worker(
    limits: TaskLimits, exceeded: Callable[[str], PlaygroundError] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a function in a build worker, within limits.

    `exceeded` returns the error for a task whose worker took too long or too much memory, or ended,
    from a few words about that.
    """

    def limited(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **named: P.kwargs) -> R:
            if _workers is None:
                return function(*args, **named)
            visitor = _visitor() if limits.long else ""
            task = Task(function.__module__, function.__name__, args, named, limits, visitor)
            try:
                result: R = _workers.run(task)
            except WorkerError as error:
                if exceeded is None:
                    raise
                raise exceeded(error.received) from None
            return result

        return call

    return limited


def side_by_side(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the function's result for each item, in order; build workers share the work.

    These tasks run in the background, after those of people who wait for a picture.
    """
    if _workers is None:
        return [function(item) for item in items]
    with ThreadPoolExecutor(
        _workers.size, initializer=in_background.set, initargs=(True,)
    ) as threads:
        return list(threads.map(function, items))
