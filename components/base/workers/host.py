"""Keras host, which supplies child processes that have already imported Keras.

Where processes can be forked, it is a process that has imported Keras and forks its children.
Elsewhere each child is a process of its own, and some are started ahead. `multiprocessing` has both
ways, but runs the main module of its process again in each child: under Streamlit that is the page
that ran last. Only its connections are used; nothing listens on the network.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Literal

from components.base.environment import choice
from components.base.workers.child import Child
from components.base.workers.preloads import PRELOADS
from components.base.workers.processes import (
    is_alive,
    kill_family,
    start_module,
    wait_or_kill,
)

Way = Literal["fork", "spawn"]
"""Way to make children: forked from a process that has imported Keras, or started ahead."""
SPARES = 1
"""Number of spawned processes with Keras that wait for the next child of a server."""
END_SECONDS = 0.5
"""Time in seconds for the forkserver to end."""
EXIT_SECONDS = 5.0
"""Time in seconds for a child to end after its connection has closed."""


class KerasHost(ABC):
    """Maker of children. Safe under threads; used again after `close`, it starts anew.

    The children have imported `modules` with Keras. They end with this process.
    """

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = threading.RLock()
        self._used: list[Child] = []
        """Children that run a `main`, or soon do."""

    @abstractmethod
    def start(self) -> None:
        """Begin to import Keras in the background."""

    def spawn(self, main: str, memory: int) -> Child:
        """Return a new child, which runs `main` of a module within `memory` bytes."""
        with self._lock:
            child = self._new()
            self._used = [*filter(_is_open, self._used), child]
        child.memory = memory
        child.send(main)
        return child

    def children(self) -> list[int]:
        """Return the process ids of the children that run a `main`."""
        used = [child for child in list(self._used) if child.pid and _is_open(child)]
        return [child.pid for child in used if is_alive(child.pid)]

    @abstractmethod
    def close(self) -> None:
        """End all processes."""

    @abstractmethod
    def _new(self) -> Child:
        """Return a child that waits for the name of its module."""


class ForkingHost(KerasHost):
    """Host with a forkserver, which is started when it is first needed."""

    _process: subprocess.Popen[bytes] | None = None
    _control: socket.socket | None = None

    def start(self) -> None:
        with self._lock:
            self._started()

    def close(self) -> None:
        with self._lock:
            if self._control is not None and self._process is not None:
                self._control.close()
                wait_or_kill(self._process, END_SECONDS)
            self._control = self._process = None

    def _new(self) -> Child:
        ours, theirs = Pipe()
        exits, exit_end = Pipe(duplex=False)
        with theirs, exit_end:
            handles = [theirs.fileno(), exit_end.fileno()]
            try:
                socket.send_fds(self._started(), [b"."], handles)
            except OSError:
                self._control = None
                socket.send_fds(self._started(), [b"."], handles)
        return _ForkedChild(ours, exits)

    def _started(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                handle = theirs.fileno()
                self._process = start_module(
                    f"{__package__}.forkserver",
                    str(handle),
                    *self._modules,
                    pass_fds=(handle,),
                )
        return self._control


class _ForkedChild(Child):
    def __init__(self, connection: Connection, exits: Connection) -> None:
        super().__init__(connection, lambda: None)
        self._exits = exits

    def kill(self) -> None:
        if self.pid and not self._exits.poll():  # After its end the id may be that of another.
            kill_family(self.pid)

    def exit_code(self) -> int | None:
        try:
            return int(self._exits.recv()) if self._exits.poll(EXIT_SECONDS) else None
        except (EOFError, OSError):  # The forkserver has ended.
            return None


class SpawningHost(KerasHost):
    """Host whose children are started ahead, each in a process of its own.

    It keeps some `spares`, and starts them one after another while no child that is needed imports
    Keras. Without spares only `start` starts one ahead.
    """

    def __init__(self, *modules: str, spares: int = 1) -> None:
        super().__init__(*modules)
        self._spares = spares
        self._waiting: list[_SpawnedChild] = []

    def start(self) -> None:
        with self._lock:
            if not self._waiting:
                self._waiting.append(self._start_one())

    def close(self) -> None:
        with self._lock:
            children = [*self._waiting, *filter(_is_open, self._used)]
            self._waiting, self._used = [], []
        for child in children:
            child.kill()

    def _new(self) -> Child:
        self._waiting = [child for child in self._waiting if child.is_running()]
        child = self._waiting.pop(0) if self._waiting else self._start_one()
        if not child.is_importing():
            self._refill()
        return child

    def _start_one(self) -> _SpawnedChild:
        return _SpawnedChild(self._modules, self._on_start)

    def _on_start(self) -> None:
        with self._lock:
            self._refill()

    def _refill(self) -> None:
        if len(self._waiting) < self._spares:
            self._waiting.append(self._start_one())


class _SpawnedChild(Child):
    def __init__(self, modules: Sequence[str], on_start: Callable[[], None]) -> None:
        ours, theirs = Pipe()
        self._lifeline, their_lifeline = Pipe()
        super().__init__(ours, on_start)
        with theirs, their_lifeline:
            handles = (theirs.fileno(), their_lifeline.fileno())
            self._process = start_module(
                f"{__package__}.spawned_child",
                *map(str, handles),
                *modules,
                **_inheriting(handles),
            )

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        if self.is_running():
            kill_family(self._process.pid)
            self._process.wait()

    def exit_code(self) -> int | None:
        wait_or_kill(self._process, EXIT_SECONDS)
        return self._process.returncode


def _inheriting(handles: Sequence[int]) -> dict[str, Any]:
    """Return the options of a process that inherits these handles."""
    if sys.platform != "win32":
        return {"pass_fds": handles}
    for handle in handles:
        os.set_handle_inheritable(handle, True)
    return {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [*handles]})}


def _is_open(child: Child) -> bool:
    return not child.connection.closed


def way_of_environment() -> Way:
    """Return FUSION_CHILDREN, or `fork` on Linux and `spawn` elsewhere. Raises `RunError`.

    Windows can't fork; macOS can't fork safely once a process has loaded the system's libraries.
    """
    linux = sys.platform == "linux"
    ways: tuple[Way, ...] = ("fork", "spawn") if linux else ("spawn",)
    return choice("FUSION_CHILDREN", ways)


def keras_host(*modules: str, spares: int = 0) -> KerasHost:
    """Return a host whose children have also imported these modules. Raises `RunError`.

    If children are spawned, it keeps `spares` of them ready for later.
    """
    if way_of_environment() == "fork":
        return ForkingHost(*modules)
    return SpawningHost(*modules, spares=spares)


@cache
def server_host() -> KerasHost:
    """Return the one host of a server or a Dask worker, for all that they build and train.

    It ends at exit. Raises `RunError` if FUSION_CHILDREN is not valid.
    """
    host = keras_host(*PRELOADS, spares=SPARES)
    atexit.register(host.close)
    return host
