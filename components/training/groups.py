"""Runs that go one after another in one process: those that differ by seed are traced once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from components.core.errors import PlaygroundError, RunError
from components.training.events import NEVER_STARTED, Event, Failed, RunResult, Stopped
from components.training.models import SaveOptions
from components.training.requests import RunRequest

_log = logging.getLogger(__name__)


def train_group(
    requests: Sequence[RunRequest],
    report: Callable[[int, Event], None],
    should_stop: Callable[[], bool],
    saves: Sequence[SaveOptions | None] = (),
    wait: Callable[[], object] = lambda: None,
) -> list[RunResult]:
    """Train runs in this process, which should do nothing else; the result of each.

    Each event goes to `report` with the run's place among the requests, the end of each too. A run
    has the numbers that it would have by itself. An error of one ends it as failed, with a
    sentence, and the rest goes on. What has not begun when `should_stop` says so is stopped. Each
    but the first begins when `wait` returns.
    """
    from components.training.loop import ModelTrainer

    trainer = ModelTrainer()
    results = []
    for place, request in enumerate(requests):
        tell = partial(report, place)
        save = saves[place] if saves else None
        later = sum(other.settings.epochs for other in requests[place + 1 :])
        if place and not should_stop():
            wait()
        if should_stop():
            results.append(_ended(tell, Stopped(seconds=0.0, message=NEVER_STARTED)))
            continue
        try:
            results.append(trainer.train(request, tell, should_stop, save=save, later=later))
        except Exception as error:
            trainer = ModelTrainer()
            results.append(_ended(tell, Failed(message=str(_sentence(error)))))
    return results


def _ended(tell: Callable[[Event], None], end: Stopped | Failed) -> RunResult:
    tell(end)
    return RunResult.of([end])


def _sentence(error: Exception) -> PlaygroundError:
    if isinstance(error, PlaygroundError):
        return error
    what = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return RunError(
            "A run must find the memory it asks for.",
            what,
            "Make layers narrower, or choose a smaller batch or fewer samples.",
        )
    _log.exception("A run failed with an error of its own.", exc_info=error)
    return RunError(
        "A model that builds must train.",
        what,
        "This is a fault of the playground: the traceback is in the server's log.",
    )
