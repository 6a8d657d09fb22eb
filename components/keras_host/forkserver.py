"""The Keras host: a process that has imported Keras and forks children, which start at once.

`python -m components.keras_host.forkserver FD MODULE ...` imports Keras and the modules, and
listens on the socket FD. Each message on it is a JSON object with the module whose `main` a new
child runs and the child's memory limit, and carries the file descriptor of the connection that
`main` gets. The host watches the child's memory, and writes two lines of its own to the connection:
that the child is spawned, and how it exited. It runs no TensorFlow operation itself: otherwise it
could not be forked. If Keras can't be imported, the only line to each connection says so.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import psutil

from components.core.errors import RunError
from components.core.keras_import import load_keras
from components.core.logs import configure_logging
from components.keras_host.processes import start_module, wait_or_kill

PRELOADED = (
    "components.analysis.model_view",
    "components.analysis.encoder_trials",
    "components.export.script",
    "components.keras_json",
    "components.race.candidates",
    "components.training.child_main",
    "components.training.loop",
)
"""Modules that the children of a server have at once."""
WATCH_SECONDS = 0.05
"""Time between two checks of the children."""
END_SECONDS = 0.5
"""How long the forkserver may take to end."""
MESSAGE_BYTES = 4096


class KerasHost:
    """Starts the host when it is first needed, and asks it for children. Safe under threads.

    `modules` are imported by the host, so that its children have them at once.
    """

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Start the host if it is not running. It imports Keras in the background."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the host and all its children."""
        with self._lock:
            if self._control is not None and self._process is not None:
                self._control.close()
                wait_or_kill(self._process, END_SECONDS)
            self._control = self._process = None

    def spawn(self, main: str, memory: int) -> socket.socket:
        """The connection to a new child, which runs `main` of a module within `memory` bytes."""
        ours, theirs = socket.socketpair()
        with theirs:
            message = json.dumps({"main": main, "memory": memory}).encode()
            handles = [theirs.fileno()]
            with self._lock:
                try:
                    socket.send_fds(self._started(), [message], handles)
                except OSError:
                    self._control = None
                    socket.send_fds(self._started(), [message], handles)
        return ours

    def _started(self) -> socket.socket:
        ended = self._process is None or self._process.poll() is not None
        if self._control is None or ended:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                handle = theirs.fileno()
                self._process = start_module(
                    "components.keras_host.forkserver",
                    str(handle),
                    *self._modules,
                    pass_fds=(handle,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            self._control = ours
        return self._control


@cache
def server_host() -> KerasHost:
    """The one host of this process, for its build workers and its training; it ends at exit."""
    host = KerasHost(*PRELOADED)
    atexit.register(host.close)
    return host


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
            os.kill(pid, signal.SIGKILL)

    def _serve_message(self) -> bool:
        text, handles, *_ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        if text:
            self._spawn(socket.socket(fileno=handles[0]), **json.loads(text))
        return bool(text)

    def _spawn(self, connection: socket.socket, main: str, memory: int) -> None:
        if self._failure:
            with connection:
                _write_line(connection, {"kind": "unusable", "error": self._failure})
            return
        pid = os.fork()
        if pid == 0:
            self._run_child(connection, main)
        self._children[pid] = _Child(connection, memory)
        _write_line(connection, {"kind": "spawned", "pid": pid})

    def _run_child(self, connection: socket.socket, main: str) -> None:
        code = 1
        try:
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
                _write_line(child.connection, line)
                child.connection.close()
            elif not child.exceeded and (memory := _memory_of(pid)) > child.memory:
                child.exceeded = memory
                os.kill(pid, signal.SIGKILL)


def keras_unusable(error: str) -> RunError:
    """The error of whatever needs Keras where Keras can't be imported."""
    return RunError(
        "TensorFlow and Keras must be importable.",
        error,
        "Install the packages of requirements.txt and start again.",
    )


def _memory_of(pid: int) -> int:
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _write_line(connection: socket.socket, line: dict[str, Any]) -> None:
    """Write a line of the forkserver; a killed child may have left half a line before it."""
    with suppress(OSError):
        connection.sendall(f"\n{json.dumps(line)}\n".encode())


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
    control, failure = socket.socket(fileno=int(sys.argv[1])), ""
    with _exit_with(control):
        try:
            load_keras()
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"[:1000]
        else:
            for module in sys.argv[2:]:
                importlib.import_module(module)
    # The one other thread is that of an allocator (jemalloc, in pyarrow), which is made for forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    gc.collect()
    gc.freeze()
    Forkserver(control, failure).serve()


if __name__ == "__main__":
    main()
