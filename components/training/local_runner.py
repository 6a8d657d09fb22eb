"""Many groups of runs without any queue, as the command line trains them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from components.core.errors import PlaygroundError
from components.training.child_process import ChildProcesses
from components.training.events import NEVER_STARTED, End, Event, Failed, RunResult, Stopped
from components.training.limits import Limits, check_memory
from components.training.models import SaveOptions
from components.training.requests import RunRequest


def train_groups(
    groups: Sequence[Sequence[RunRequest]],
    report: Callable[[str, Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
    limits: Limits | None = None,
) -> dict[str, RunResult]:
    """Train groups in children, `workers` of them at a time; the results by request's digest.

    Without `workers` there are as many as cores. Events go to `report` with the digest, one at a
    time. A run that is too large or has no data ends as failed; once `should_stop` says so what
    trains is stopped, and what waits is stopped before it begins. No model is kept.
    """
    lock = threading.Lock()

    def told(digest: str, event: Event) -> None:
        with lock:
            report(digest, event)

    with (
        ChildProcesses() as isolation,
        ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool,
    ):
        run = _Runner(isolation, told, should_stop, limits or Limits())
        done = list(pool.map(run, groups))
    return {digest: result for results in done for digest, result in results.items()}


@dataclass(frozen=True)
class _Runner:
    isolation: ChildProcesses
    report: Callable[[str, Event], None]
    should_stop: Callable[[], bool]
    limits: Limits

    def __call__(self, group: Sequence[RunRequest]) -> dict[str, RunResult]:
        """The results of a group, by digest."""
        fit, results = [], {}
        for request in group:
            refused = self._refused(request)
            if refused is None:
                fit.append(request)
            else:
                self.report(request.digest, refused)
                results[request.digest] = RunResult.of([refused])
        digests = [request.digest for request in fit]
        if not fit:
            return results
        trained = self.isolation.run_group(
            fit,
            lambda place, event: self.report(digests[place], event),
            self.should_stop,
            self.limits,
        )
        return results | dict(zip(digests, trained, strict=True))

    def _refused(self, request: RunRequest) -> End | None:
        """How a run ends that does not begin."""
        if self.should_stop():
            return Stopped(seconds=0.0, message=NEVER_STARTED)
        try:
            check_memory(request, self.limits)
        except PlaygroundError as error:
            return Failed(message=str(error))
        return None


def train_run(
    request: RunRequest,
    report: Callable[[Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    save: SaveOptions | None = None,
) -> RunResult:
    """Train in a child process without any queue, as the command line does.

    Raises `RunError` where the run would take more memory than it may.
    """
    limits = limits or Limits()
    with ChildProcesses() as isolation:
        check_memory(request, limits)
        return isolation.run(request, report, should_stop, limits, save)
