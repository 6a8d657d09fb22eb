"""A process that has imported Keras and forks a child for each group: the first epoch comes soon.

`python -m components.training.forkserver FD` serves orders from the socket FD. An order is a JSON
object with the memory a child may take, and has the file descriptor of the connection beside it on
which the child finds its runs. The nursery watches each child's memory, and writes two lines of its
own to that connection: that the child is born, and how it ended. It runs no TensorFlow operation
itself: only so can it be forked.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from components.core.keras_import import load_keras

WATCH_SECONDS = 0.05
"""How often children are looked at."""
ORDER_BYTES = 4096


@dataclass
class _Child:
    connection: socket.socket
    memory: int
    grown: int = 0
    """What its memory was when it passed the limit, in bytes."""


class Nursery:
    """Forks a child for each order on the control socket, until that socket ends."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, _Child] = {}

    def serve(self) -> None:
        """Serve orders; kill what still runs when no more can come."""
        while True:
            timeout = WATCH_SECONDS if self._children else None
            if select.select([self._control], [], [], timeout)[0] and not self._take_order():
                break
            self._watch()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _take_order(self) -> bool:
        text, handles, *_ = socket.recv_fds(self._control, ORDER_BYTES, 1)
        if text:
            self._bear(socket.socket(fileno=handles[0]), **json.loads(text))
        return bool(text)

    def _bear(self, connection: socket.socket, memory: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._live(connection)
        self._children[pid] = _Child(connection, memory)
        _tell(connection, {"kind": "born", "pid": pid})

    def _live(self, connection: socket.socket) -> None:
        from components.training import child_main as child

        code = 1
        try:
            self._control.close()
            for other in self._children.values():
                other.connection.close()
            child.main(connection)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _watch(self) -> None:
        for pid, child in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._children[pid]
                code = os.waitstatus_to_exitcode(status)
                _tell(child.connection, {"kind": "exit", "code": code, "grown": child.grown})
                child.connection.close()
            elif not child.grown and (taken := _resident(pid)) > child.memory:
                child.grown = taken
                os.kill(pid, signal.SIGKILL)


def _resident(pid: int) -> int:
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _tell(connection: socket.socket, line: dict[str, Any]) -> None:
    """Write a line of our own; a child that was killed may have left half of one before it."""
    with suppress(OSError):
        connection.sendall(f"\n{json.dumps(line)}\n".encode())


@contextmanager
def _ready_to_leave(control: socket.socket) -> Iterator[None]:
    """End the process where the control socket does: an import takes seconds.

    The thread that watches is gone behind it, for a process with threads must not be forked.
    """
    done = threading.Event()

    def watch() -> None:
        ends = select.poll()
        ends.register(control, 0)
        while not done.is_set():
            if ends.poll(WATCH_SECONDS * 1000):
                os._exit(0)

    watcher = threading.Thread(target=watch, name="watch")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def main() -> None:
    """Load what every child needs, and serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    with _ready_to_leave(control):
        load_keras()
        import components.training.child_main
        import components.training.loop  # noqa: F401
    # The one other thread is that of an allocator (jemalloc, in pyarrow), which is made for forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    gc.collect()
    gc.freeze()
    Nursery(control).serve()


if __name__ == "__main__":
    main()
