"""Training in the process of the tests, for what needs a result and not a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

from components.runs.child_main import train_in_turn
from components.training.events import Event
from components.training.requests import RunRequest

_ALONE = threading.Lock()


class TrainsHere:
    """Stands for `ChildProcesses`: trains what a child would train, one group at a time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def train_group(
        self,
        requests: Sequence[RunRequest],
        send: Callable[[int, Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        limits: object = None,
        **more: Any,
    ) -> None:
        """Train as `ChildProcesses.train_group` does, without limits."""
        with _ALONE:
            train_in_turn(requests, send, should_stop, **more)
