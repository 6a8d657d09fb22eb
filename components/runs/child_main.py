"""The main function of a child process: read runs from a socket, train them, write their events."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any

import psutil

from components.core.errors import PlaygroundError, RunError
from components.keras_host.processes import give_way
from components.training.events import NEVER_STARTED, Event, Failed, RunResult, Stopped
from components.training.models import SaveOptions
from components.training.requests import RunRequest, parse_request

STOP = b"stop\n"
NEXT = b"next\n"

_log = logging.getLogger(__name__)


def group_line(
    requests: Sequence[RunRequest], saves: Sequence[SaveOptions | None], inspect: bool = False
) -> bytes:
    """The line that sends a group to a child; `saves` has one for each request, or is empty."""
    text = json.dumps(
        {
            "requests": [request.json_text() for request in requests],
            "saves": [asdict(save) if save else None for save in saves],
            "inspect": inspect,
        }
    )
    return f"{text}\n".encode()


class ParentConnection:
    """The child's end of a connection: the work to do, Stop, and events back.

    The first line of the parent is the work. The line `stop` asks to end it, and after the end of a
    run the line `next` starts the next one. If the connection closes, the process kills itself, so
    that no run outlives its parent.
    """

    def __init__(self, connection: socket.socket) -> None:
        give_way()
        self._connection, self._lines = connection, connection.makefile("rb")
        self.work: dict[str, Any] = json.loads(self._lines.readline())
        self._stop, self._turns = threading.Event(), threading.Semaphore(0)
        self.should_stop = self._stop.is_set
        self.wait = self._turns.acquire
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def send(self, event: Event) -> None:
        """Send an event as one line of JSON."""
        self._connection.sendall(f"{event.json_text()}\n".encode())

    def _listen(self) -> None:
        with suppress(OSError):
            while (line := self._lines.readline()) in (STOP, NEXT):
                if line == STOP:
                    self._stop.set()
                self._turns.release()
        psutil.Process().kill()


def main(connection: socket.socket) -> None:
    """Train the runs on the connection's first line, which `group_line` wrote."""
    parent = ParentConnection(connection)
    requests = [parse_request(text) for text in parent.work["requests"]]
    saves = [SaveOptions(**save) if save else None for save in parent.work["saves"]]

    def send(_: int, event: Event) -> None:
        parent.send(event)

    train_in_turn(requests, send, parent.should_stop, saves, parent.wait, parent.work["inspect"])


def train_in_turn(
    requests: Sequence[RunRequest],
    send: Callable[[int, Event], None],
    should_stop: Callable[[], bool],
    saves: Sequence[SaveOptions | None] = (),
    wait: Callable[[], object] = lambda: None,
    inspect: bool = False,
) -> list[RunResult]:
    """Train runs one after another in this process, which should do nothing else.

    `send` gets each event with the index of its run. Each run has the numbers that it has on its
    own; runs that differ only by seed are compiled once. If one fails with an error, the others go
    on. Once `should_stop` returns true, runs that have not started are stopped. Each run but the
    first starts when `wait` returns. With `inspect`, what each model does with its inputs is
    measured before the end of its run.
    """
    from components.inspection.trained import inspect_after_training
    from components.training.loop import ModelTrainer

    finish = partial(inspect_after_training, should_stop=should_stop) if inspect else None

    trainer = ModelTrainer()
    results = []
    for index, request in enumerate(requests):
        send_event = partial(send, index)
        save = saves[index] if saves else None
        later = sum(other.settings.epochs for other in requests[index + 1 :])
        if index and not should_stop():
            wait()
        if should_stop():
            results.append(_end(send_event, Stopped(seconds=0.0, message=NEVER_STARTED)))
            continue
        try:
            result = trainer.train(
                request, send_event, should_stop, save=save, later=later, finish=finish
            )
            results.append(result)
        except Exception as error:
            trainer = ModelTrainer()
            results.append(_end(send_event, Failed(message=str(explain(error)))))
    return results


def _end(send: Callable[[Event], None], end: Stopped | Failed) -> RunResult:
    send(end)
    return RunResult.of([end])


def explain(error: Exception) -> PlaygroundError:
    """What a person reads of an error in a child."""
    if isinstance(error, PlaygroundError):
        return error
    summary = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return RunError(
            "A run needs enough free memory.",
            summary,
            "Make layers narrower, or choose a smaller batch or fewer samples.",
        )
    _log.exception("A run failed with an unexpected error.", exc_info=error)
    return RunError(
        "A model that can be built must also train.",
        summary,
        "This is a fault of the playground: the traceback is in the server's log.",
    )
