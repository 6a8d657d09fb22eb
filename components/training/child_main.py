"""What a process of its own does: read runs from a socket, train them, and write events to it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from components.training.events import Event
from components.training.groups import train_group
from components.training.models import SaveOptions
from components.training.requests import RunRequest, parse_request

STOP = b"stop\n"
NEXT = b"next\n"
_PR_SET_PDEATHSIG = 1


def order(requests: Sequence[RunRequest], saves: Sequence[SaveOptions | None]) -> bytes:
    """The line that hands a group over; `saves` has one for each request, or is empty."""
    text = json.dumps(
        {
            "requests": [request.json_text() for request in requests],
            "saves": [asdict(save) if save else None for save in saves],
        }
    )
    return f"{text}\n".encode()


def main(connection: socket.socket) -> None:
    """Train the runs on the connection's first line, which `order` wrote.

    One line of JSON goes out for each event; behind a run's end come those of the next one,
    which waits for the line `next`. The line `stop` ends the run at the next chunk of an epoch; the
    connection's end kills the process, so that no run outlives the one who asked for it.
    """
    die_with_parent()
    lines = connection.makefile("rb")
    wanted = json.loads(lines.readline())
    stop, turns = threading.Event(), threading.Semaphore(0)

    def listen() -> None:
        with suppress(OSError):
            while (line := lines.readline()) in (STOP, NEXT):
                if line == STOP:
                    stop.set()
                turns.release()
        os.kill(os.getpid(), signal.SIGKILL)

    def report(_: int, event: Event) -> None:
        connection.sendall(f"{event.json_text()}\n".encode())

    threading.Thread(target=listen, name="listen", daemon=True).start()
    requests = [parse_request(text) for text in wanted["requests"]]
    saves = [SaveOptions(**given) if given else None for given in wanted["saves"]]
    train_group(requests, report, stop.is_set, saves, turns.acquire)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, where there is a way to ask so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
