"""Trains runs in child processes while the caller waits, as the command line does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from components.core.errors import PlaygroundError
from components.runs.child import ChildProcesses
from components.training.events import NEVER_STARTED, End, Event, Failed, RunResult, Stopped
from components.training.limits import Limits, check_limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest


def train_run(
    request: RunRequest,
    send: Callable[[Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    save: SaveOptions | None = None,
    inspect: bool = False,
) -> RunResult:
    """Train one run in a child process. Raises `RunError` if it needs more memory than it may."""
    limits = limits or Limits()
    with ChildProcesses() as children:
        check_limits(request, limits)
        return children.train(request, send, should_stop, limits, save, inspect)


def train_groups(
    groups: Sequence[Sequence[RunRequest]],
    report: Callable[[str, Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
    limits: Limits | None = None,
) -> dict[str, RunResult]:
    """Train groups in child processes, `workers` at a time; the results by digest of the request.

    The default for `workers` is the number of cores. `report` gets the events with the digest, one
    at a time. A run that is too large or has no data fails. Once `should_stop` returns true, all
    runs are stopped. No model is kept.
    """
    lock = threading.Lock()

    def send_one(digest: str, event: Event) -> None:
        with lock:
            report(digest, event)

    with (
        ChildProcesses() as children,
        ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool,
    ):
        trainer = _GroupTrainer(children, send_one, should_stop, limits or Limits())
        results = list(pool.map(trainer.train, groups))
    return {digest: result for of_group in results for digest, result in of_group.items()}


@dataclass(frozen=True)
class _GroupTrainer:
    children: ChildProcesses
    send: Callable[[str, Event], None]
    should_stop: Callable[[], bool]
    limits: Limits

    def train(self, group: Sequence[RunRequest]) -> dict[str, RunResult]:
        """The results of a group, by digest."""
        startable, results = [], {}
        for request in group:
            end = self._early_end(request)
            if end is None:
                startable.append(request)
            else:
                self.send(request.digest, end)
                results[request.digest] = RunResult.of([end])
        if not startable:
            return results
        digests = [request.digest for request in startable]
        trained = self.children.train_group(
            startable,
            lambda index, event: self.send(digests[index], event),
            self.should_stop,
            self.limits,
        )
        return results | dict(zip(digests, trained, strict=True))

    def _early_end(self, request: RunRequest) -> End | None:
        """The end of a run that can't start."""
        if self.should_stop():
            return Stopped(seconds=0.0, message=NEVER_STARTED)
        try:
            check_limits(request, self.limits)
        except PlaygroundError as error:
            return Failed(message=str(error))
        return None
