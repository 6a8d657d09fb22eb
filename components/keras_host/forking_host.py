"""The Keras host where processes can be forked: a process that has imported Keras and forks it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time

import psutil

from components.keras_host.processes import start_module, wait_or_kill

END_SECONDS = 0.5
"""How long the forkserver may take to end."""


class ForkingHost:
    """A `KerasHost` with a forkserver, which is started when it is first needed."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._last_used = time.monotonic()

    def start(self) -> None:
        with self._lock:
            self._started()

    def close(self) -> None:
        with self._lock:
            self._close()

    def close_if_idle(self, seconds: float) -> None:
        with self._lock:
            if self._children():
                self._last_used = time.monotonic()
            elif time.monotonic() - self._last_used > seconds:
                self._close()

    def spawn(self, main: str, memory: int) -> socket.socket:
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

    def children(self) -> list[int]:
        with self._lock:
            return self._children()

    def _children(self) -> list[int]:
        if self._process is None or self._process.poll() is not None:
            return []
        return [child.pid for child in psutil.Process(self._process.pid).children()]

    def _close(self) -> None:
        if self._control is not None and self._process is not None:
            self._control.close()
            wait_or_kill(self._process, END_SECONDS)
        self._control = self._process = None

    def _started(self) -> socket.socket:
        self._last_used = time.monotonic()
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
