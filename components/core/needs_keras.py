"""Functions that need Keras: called in this process, or in its build workers if it has some."""

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
"""Who calls: a session's tasks go to the same build worker while it is free."""
in_background: ContextVar[bool] = ContextVar("in_background", default=False)
"""Whether the caller can wait: other tasks come before its own."""


@dataclass(frozen=True)
class Task:
    """A call of a function that needs Keras. It can be pickled."""

    module: str
    function: str
    args: tuple[Any, ...]
    named: dict[str, Any]
    seconds: float | None = None
    """Time limit in seconds; `None` for that of a model's construction."""

    def run(self) -> Any:
        """Call the function in this process."""
        return getattr(importlib.import_module(self.module), self.function)(
            *self.args, **self.named
        )


class BuildWorkers(Protocol):
    """Processes that have imported Keras and run tasks."""

    @property
    def size(self) -> int:
        """How many tasks they run at a time."""

    def run(self, task: Task) -> Any:
        """What the task returns, or the error that it raises."""


_workers: BuildWorkers | None = None


def use(workers: BuildWorkers | None) -> None:
    """Let build workers run what needs Keras in this process from now on; `None` runs it here."""
    global _workers
    _workers = workers


def needs_keras(function: Callable[P, R]) -> Callable[P, R]:
    """A function that needs Keras; its arguments and its result can be pickled."""
    return in_worker(None)(function)


def in_worker(seconds: float | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a function in a build worker for its limits: its seconds, and the worker's memory."""

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
    """The function's result for each item, in order; build workers compute several at a time.

    They do so while nobody waits for a picture.
    """
    if _workers is None:
        return [function(item) for item in items]
    with ThreadPoolExecutor(
        _workers.size, initializer=in_background.set, initargs=(True,)
    ) as threads:
        return list(threads.map(function, items))
