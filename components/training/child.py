"""What a run's own process does: read a request from a socket, train, and write events to it."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress

from components.errors import PlaygroundError, RunError
from components.training.config import parse_request
from components.training.events import Event, Failed
from components.training.models import Save

STOP = b"stop\n"
_PR_SET_PDEATHSIG = 1

_log = logging.getLogger(__name__)


def main(connection: socket.socket, save: Save | None = None) -> None:
    """Run the request on the connection's first line. One line of JSON goes out for each event.

    The line `stop` ends the run at the next chunk of an epoch; the connection's end kills the
    process, so that no run outlives the one who asked for it.
    """
    from components.training.loop import train

    die_with_parent()
    lines = connection.makefile("rb")
    request = lines.readline()
    stop = threading.Event()

    def listen() -> None:
        with suppress(OSError):
            while lines.readline() == STOP:
                stop.set()
        os.kill(os.getpid(), signal.SIGKILL)

    def report(event: Event) -> None:
        connection.sendall(f"{event.json_text()}\n".encode())

    threading.Thread(target=listen, name="listen", daemon=True).start()
    try:
        train(parse_request(request), report, stop.is_set, save=save)
    except Exception as error:
        report(Failed(message=str(_sentence(error))))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, where there is a way to ask so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


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
