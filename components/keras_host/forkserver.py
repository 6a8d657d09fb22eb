"""The forkserver: a process that has imported Keras and forks children, which start at once.

`python -m components.keras_host.forkserver FD MODULE ...` imports Keras and the modules, and
listens on the socket FD. Each message on it is a JSON object with the module whose `main` a new
child runs and the child's memory limit, and carries the file descriptor of the connection that
`main` gets. The forkserver watches the child's memory, and writes the lines of a `KerasHost` to the
connection. It runs no TensorFlow operation itself: otherwise it could not be forked.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from components.core.logs import configure_logging
from components.keras_host.child import load_modules, write_line
from components.keras_host.processes import (
    WATCH_SECONDS,
    die_with_parent,
    kill_family,
    memory_of,
)

MESSAGE_BYTES = 4096


@dataclass
class _Child:
    connection: socket.socket
    memory: int
    """Its memory limit in bytes."""
    exceeded: int = 0
    """Its memory in bytes when it passed the limit."""


class Forkserver:
    """Forks a child for each message on the control socket, until that socket closes.

    With a `failure`, the error of importing Keras, it forks none and sends that instead.
    """

    def __init__(self, control: socket.socket, failure: str) -> None:
        self._control = control
        self._failure = failure
        self._children: dict[int, _Child] = {}

    def serve(self) -> None:
        """Serve messages; then kill the children that are left."""
        while True:
            timeout = WATCH_SECONDS if self._children else None
            if select.select([self._control], [], [], timeout)[0] and not self._serve_message():
                break
            self._watch_children()
        for pid in self._children:
            kill_family(pid)

    def _serve_message(self) -> bool:
        text, handles, *_ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        if text:
            self._spawn(socket.socket(fileno=handles[0]), **json.loads(text))
        return bool(text)

    def _spawn(self, connection: socket.socket, main: str, memory: int) -> None:
        if self._failure:
            with connection:
                write_line(connection, {"kind": "unusable", "error": self._failure})
            return
        pid = os.fork()
        if pid == 0:
            self._run_child(connection, main)
        self._children[pid] = _Child(connection, memory)
        write_line(connection, {"kind": "spawned", "pid": pid})

    def _run_child(self, connection: socket.socket, main: str) -> None:
        code = 1
        try:
            die_with_parent()
            self._control.close()
            for other in self._children.values():
                other.connection.close()
            importlib.import_module(main).main(connection)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _watch_children(self) -> None:
        for pid, child in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._children[pid]
                code = os.waitstatus_to_exitcode(status)
                line = {"kind": "exit", "code": code, "exceeded": child.exceeded}
                write_line(child.connection, line)
                child.connection.close()
            elif not child.exceeded and (memory := memory_of(pid)) > child.memory:
                child.exceeded = memory
                kill_family(pid)


@contextmanager
def _exit_with(control: socket.socket) -> Iterator[None]:
    """Exit at once if the control socket closes inside the block: an import takes seconds.

    The watching thread ends with the block, because a process with threads must not be forked.
    """
    done = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(control, 0)
        while not done.is_set():
            if poll.poll(WATCH_SECONDS * 1000):
                os._exit(0)

    watcher = threading.Thread(target=watch, name="watch")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def main() -> None:
    """Import what every child needs, and serve."""
    configure_logging()
    control = socket.socket(fileno=int(sys.argv[1]))
    with _exit_with(control):
        failure = load_modules(sys.argv[2:])
    # The one other thread is that of an allocator (jemalloc, in pyarrow), which is made for forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    Forkserver(control, failure).serve()


if __name__ == "__main__":
    main()
