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

import psutil

from components.core.errors import PlaygroundError, RunError
from components.keras_host.processes import give_way
from components.training.events import NEVER_STARTED, Event, Failed, RunResult, Stopped
from components.training.models import SaveOptions
from components.training.requests import RunRequest, parse_request

STOP = b"stop\n"
NEXT = b"next\n"

_log = logging.getLogger(__name__)


def group_line(requests: Sequence[RunRequest], saves: Sequence[SaveOptions | None]) -> bytes:
    """The line that sends a group to a child; `saves` has one for each request, or is empty."""
    text = json.dumps(
        {
            "requests": [request.json_text() for request in requests],
            "saves": [asdict(save) if save else None for save in saves],
        }
    )
    return f"{text}\n".encode()


def main(connection: socket.socket) -> None:
    """Train the runs on the connection's first line, which `group_line` wrote.

    Each event is written as one line of JSON. After the end of a run, the next run waits for the
    line `next`. The line `stop` ends the current run within a chunk of an epoch. If the connection
    closes, the process kills itself, so that no run outlives its parent.
    """
    give_way()
    lines = connection.makefile("rb")
    group = json.loads(lines.readline())
    stop, turns = threading.Event(), threading.Semaphore(0)

    def listen() -> None:
        with suppress(OSError):
            while (line := lines.readline()) in (STOP, NEXT):
                if line == STOP:
                    stop.set()
                turns.release()
        psutil.Process().kill()

    def send(_: int, event: Event) -> None:
        connection.sendall(f"{event.json_text()}\n".encode())

    threading.Thread(target=listen, name="listen", daemon=True).start()
    requests = [parse_request(text) for text in group["requests"]]
    saves = [SaveOptions(**save) if save else None for save in group["saves"]]
    train_in_turn(requests, send, stop.is_set, saves, turns.acquire)


def train_in_turn(
    requests: Sequence[RunRequest],
    send: Callable[[int, Event], None],
    should_stop: Callable[[], bool],
    saves: Sequence[SaveOptions | None] = (),
    wait: Callable[[], object] = lambda: None,
) -> list[RunResult]:
    """Train runs one after another in this process, which should do nothing else.

    `send` gets each event with the index of its run. Each run has the numbers that it has on its
    own; runs that differ only by seed are compiled once. If one fails with an error, the others go
    on. Once `should_stop` returns true, runs that have not started are stopped. Each run but the
    first starts when `wait` returns.
    """
    from components.training.loop import ModelTrainer

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
            result = trainer.train(request, send_event, should_stop, save=save, later=later)
            results.append(result)
        except Exception as error:
            trainer = ModelTrainer()
            results.append(_end(send_event, Failed(message=str(_explain(error)))))
    return results


def _end(send: Callable[[Event], None], end: Stopped | Failed) -> RunResult:
    send(end)
    return RunResult.of([end])


def _explain(error: Exception) -> PlaygroundError:
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
