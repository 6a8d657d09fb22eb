"""Trains runs in child processes while the caller waits, as the command line does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from components.core.errors import PlaygroundError
from components.runs.child import ChildProcesses
from components.training.events import End, Event, Failed, RunResult
from components.training.limits import Limits, check_limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest


def train_run(
    request: RunRequest,
    send: Callable[[Event], None],
    save: SaveOptions | None = None,
    inspect: bool = False,
) -> RunResult:
    """Train one run in a child process. Raises `RunError` if it needs more memory than it may."""
    limits = Limits()
    with ChildProcesses() as children:
        check_limits(request, limits)
        return children.train(request, send, limits=limits, save=save, inspect=inspect)


def train_groups(
    groups: Sequence[Sequence[RunRequest]],
    report: Callable[[str, Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
) -> dict[str, RunResult]:
    """Train groups in child processes, `workers` at a time; the results by digest of the request.

    The default for `workers` is the number of cores. `report` gets the events with the digest, one
    at a time. A run that is too large or has no data fails. Once `should_stop` returns true, all
    runs are stopped. No model is kept.
    """
    lock, limits = threading.Lock(), Limits()

    def send(digest: str, event: Event) -> None:
        with lock:
            report(digest, event)

    def train(group: Sequence[RunRequest]) -> dict[str, RunResult]:
        failed = {request.digest: end for request in group if (end := _refused(request, limits))}
        for digest, end in failed.items():
            send(digest, end)
        left = [request for request in group if request.digest not in failed]
        trained = children.train_group(
            left, lambda index, event: send(left[index].digest, event), should_stop, limits
        )
        digests = [request.digest for request in left]
        refused = {digest: RunResult.of([end]) for digest, end in failed.items()}
        return refused | dict(zip(digests, trained, strict=True))

    with ChildProcesses() as children, ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        results = list(pool.map(train, groups))
    return {digest: result for of_group in results for digest, result in of_group.items()}


def _refused(request: RunRequest, limits: Limits) -> End | None:
    """The end of a run that can't start."""
    try:
        check_limits(request, limits)
    except PlaygroundError as error:
        return Failed(message=str(error))
    return None
