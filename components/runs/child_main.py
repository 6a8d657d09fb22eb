"""The main function of a child process: train the runs that its parent sends, and send events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

import psutil

from components.core.errors import PlaygroundError, RunError
from components.keras_host.processes import give_way
from components.training.events import NEVER_STARTED, Event, Failed, Stopped
from components.training.models import SaveOptions
from components.training.requests import RunRequest

STOP, NEXT = "stop", "next"
"""What the parent sends after the work: end it, and start the next run."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChildWork:
    """What a child does. `saves` has one for each request, or is empty."""

    requests: Sequence[RunRequest]
    saves: Sequence[SaveOptions | None] = ()
    inspect: bool = False


def main(connection: Connection) -> None:
    """Train the runs of the `ChildWork` on the connection, and send their events.

    If the connection closes, the process kills itself, so that no run outlives its parent.
    """
    give_way()
    work: ChildWork = connection.recv()
    stop, turns = threading.Event(), threading.Semaphore(0)

    def listen() -> None:
        with suppress(EOFError, OSError):
            while True:
                if connection.recv() == STOP:
                    stop.set()
                turns.release()
        psutil.Process().kill()

    threading.Thread(target=listen, name="listen", daemon=True).start()
    train_in_turn(
        work.requests,
        lambda _, event: connection.send(event),
        stop.is_set,
        work.saves,
        turns.acquire,
        work.inspect,
    )


def train_in_turn(
    requests: Sequence[RunRequest],
    send: Callable[[int, Event], None],
    should_stop: Callable[[], bool],
    saves: Sequence[SaveOptions | None] = (),
    wait: Callable[[], object] = lambda: None,
    inspect: bool = False,
) -> None:
    """Train runs one after another in this process, which should do nothing else.

    `send` gets each event with the index of its run. Each run has the numbers that it has on its
    own; runs that differ only by seed are compiled once. If one fails with an error, the others go
    on. Once `should_stop` returns true, runs that have not started are stopped. Each run but the
    first starts when `wait` returns. With `inspect`, what each model does with its inputs is
    measured before the end of its run, and those that are saved are X-rayed; of the others, linear
    readers read the trained model.
    """
    from components.inspection.trained import inspect_after_training
    from components.inspection.xray import EpochXrays
    from components.training.loop import ModelTrainer

    finish = partial(inspect_after_training, should_stop=should_stop) if inspect else None

    trainer = ModelTrainer()
    for index, request in enumerate(requests):
        send_event = partial(send, index)
        save = saves[index] if saves else None
        later = sum(other.settings.epochs for other in requests[index + 1 :])
        if index and not should_stop():
            wait()
        if should_stop():
            send_event(Stopped(seconds=0.0, message=NEVER_STARTED))
            continue
        try:
            trainer.train(
                request,
                send_event,
                should_stop,
                save=save,
                later=later,
                finish=finish,
                watch=partial(EpochXrays, alone=save is not None) if inspect else None,
            )
        except Exception as error:
            trainer = ModelTrainer()
            send_event(Failed(message=str(explain(error))))


def explain(error: Exception) -> PlaygroundError:
    """What a person reads of an error in a child."""
    if isinstance(error, PlaygroundError):
        return error
    summary = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return RunError(
            "There was not enough free memory for this run.",
            summary,
            "Make layers narrower, or choose a smaller batch or fewer samples.",
        )
    _log.exception("A run failed with an unexpected error.", exc_info=error)
    return RunError(
        "The model could be built, but it could not be trained.",
        summary,
        "This is a fault of the playground: the traceback is in the server's log.",
    )
