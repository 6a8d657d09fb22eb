"""The Keras host where processes can't be forked: some are started ahead, and import Keras."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BufferedReader
from subprocess import PIPE

from components.keras_host import frames
from components.keras_host.child import write_line
from components.keras_host.processes import WATCH_SECONDS, kill_family, memory_of, start_module

_BYTES = 65536


class SpawningHost:
    """A `KerasHost` whose children were started ahead, each in a process of its own.

    It keeps some `spares`, and starts them one after another when no child that is needed imports
    Keras. Without spares only `start` starts one ahead.
    """

    def __init__(self, *modules: str, spares: int = 1) -> None:
        self._modules, self._spares = modules, spares
        self._lock = threading.Lock()
        self._waiting: list[_SpawnedProcess] = []
        self._used: list[_SpawnedProcess] = []
        self._watcher: threading.Thread | None = None
        self._last_used = time.monotonic()

    def start(self) -> None:
        with self._lock:
            self._forget_ended()
            if not self._waiting:
                self._waiting.append(self._new())

    def spawn(self, main: str, memory: int) -> socket.socket:
        with self._lock:
            self._forget_ended()
            process = self._waiting.pop(0) if self._waiting else self._new()
            self._used.append(process)
            self._refill()
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._watch_memory, name="watch-memory", daemon=True
                )
                self._watcher.start()
        return process.use(main, memory)

    def children(self) -> list[int]:
        with self._lock:
            self._forget_ended()
            return [process.pid for process in self._used if process.pid]

    def close_if_idle(self, seconds: float) -> None:
        with self._lock:
            self._forget_ended()
            if self._used:
                self._last_used = time.monotonic()
            if self._used or time.monotonic() - self._last_used < seconds:
                return
            processes, self._waiting = self._waiting, []
        for process in processes:
            process.close()

    def close(self) -> None:
        with self._lock:
            processes = [*self._waiting, *self._used]
            self._waiting, self._used = [], []
        for process in processes:
            process.close()

    def _new(self) -> _SpawnedProcess:
        self._last_used = time.monotonic()
        return _SpawnedProcess(self._modules, self._on_ready)

    def _on_ready(self, process: _SpawnedProcess) -> None:
        with self._lock:
            if process in self._waiting or process in self._used:
                self._refill()

    def _refill(self) -> None:
        """Start a spare if there are too few, and nothing imports Keras at the moment."""
        importing = any(process.importing for process in (*self._waiting, *self._used))
        if not importing and len(self._waiting) < self._spares:
            self._waiting.append(self._new())

    def _forget_ended(self) -> None:
        self._waiting = [process for process in self._waiting if process.is_running()]
        self._used = [process for process in self._used if process.is_running()]

    def _watch_memory(self) -> None:
        """End children that exceed their memory, while there are children."""
        pause = threading.Event()
        while True:
            with self._lock:
                self._forget_ended()
                if not self._used:
                    self._watcher = None
                    return
                used = list(self._used)
            for process in used:
                process.check_memory()
            pause.wait(WATCH_SECONDS)


class _SpawnedProcess:
    """A process that runs `spawned_child`, and the socket that its standard streams continue.

    Two threads pass on what is read and written. Nothing listens on the network.
    """

    def __init__(self, modules: Sequence[str], on_ready: Callable[[_SpawnedProcess], None]) -> None:
        self._on_ready = on_ready
        self._ours, self._theirs = socket.socketpair()
        self._memory, self._exceeded = 0, 0
        self.pid = 0
        """Process id of the Python that has imported Keras, as it says itself: on Windows the
        process that was started may be a launcher. 0 until then."""
        self.importing = True
        self._process = start_module(
            "components.keras_host.spawned_child", *modules, stdin=PIPE, stdout=PIPE
        )
        self._output = threading.Thread(target=self._pass_output_on, daemon=True)
        self._output.start()
        threading.Thread(target=self._pass_input_on, daemon=True).start()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def use(self, main: str, memory: int) -> socket.socket:
        """Let the process run `main` of a module. The connection to it."""
        self._memory = memory
        with suppress(OSError):
            frames.send(self._ours, main)
        return self._ours

    def check_memory(self) -> None:
        """End the process if it exceeds its memory."""
        memory = memory_of(self.pid) if self.pid and not self._exceeded else 0
        if memory > self._memory:
            self._exceeded = memory
            self._end()

    def close(self) -> None:
        """End the process. What used it sees that the connection is closed."""
        with suppress(OSError):
            self._theirs.shutdown(socket.SHUT_RDWR)
        self._end()
        self._process.wait()

    def _end(self) -> None:
        if self.is_running():
            kill_family(self._process.pid)

    def _pass_input_on(self) -> None:
        """Pass on what is sent to the process, and end it when the connection is closed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        while data := _received(self._theirs):
            with suppress(OSError):
                self._process.stdin.write(data)
                self._process.stdin.flush()
        self._end()
        self._output.join()
        for stream in (self._process.stdin, self._process.stdout, self._theirs):
            with suppress(OSError):
                stream.close()

    def _pass_output_on(self) -> None:
        """Pass on what the process sends, and add how it exited."""
        output = self._process.stdout
        assert isinstance(output, BufferedReader)
        first = output.readline() + output.readline()
        with suppress(ValueError):
            self.pid = json.loads(first).get("pid", 0)
        self.importing = False
        data = first
        if self.pid:
            self._on_ready(self)
        while data:
            with suppress(OSError):
                self._theirs.sendall(data)
            data = output.read1(_BYTES)
        code = self._process.wait()
        if self.pid:
            write_line(self._theirs, {"kind": "exit", "code": code, "exceeded": self._exceeded})
        with suppress(OSError):
            self._theirs.shutdown(socket.SHUT_WR)


def _received(connection: socket.socket) -> bytes:
    """What has arrived, or nothing once the connection is closed."""
    with suppress(OSError):
        return connection.recv(_BYTES)
    return b""
