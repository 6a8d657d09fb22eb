"""Functions that need Keras, run in this process or in its build workers if it has any."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

session: ContextVar[str] = ContextVar("session", default="")
"""Session of the caller: its tasks go to the same build worker while that is free."""
in_background: ContextVar[bool] = ContextVar("in_background", default=False)
"""`True` if the caller can wait: its tasks come after those of other callers."""


@dataclass(frozen=True)
class Task:
    """Call of a function that needs Keras. It can be pickled."""

    module: str
    function: str
    args: tuple[Any, ...]
    named: dict[str, Any]
    seconds: float | None = None
    """Time limit in seconds; `None` for the limit of building a model."""

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


def use(workers: BuildWorkers | None) -> None:
    """Run functions that need Keras in these build workers from now on; `None` for this process."""
    global _workers
    _workers = workers


def needs_keras(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that needs Keras; its arguments and its result can be pickled."""
    return in_worker(None)(function)


def in_worker(seconds: float | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a function in a build worker, with a time limit and the worker's memory limit."""

    def limited(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **named: P.kwargs) -> R:
            if _workers is None:
                return function(*args, **named)
            task = Task(function.__module__, function.__name__, args, named, seconds)
            result: R = _workers.run(task)
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
