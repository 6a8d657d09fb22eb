"""Trains runs in child processes: each can be stopped, killed or limited while others go on."""

from __future__ import annotations

import json
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Self

import psutil

from components.core.errors import RunError
from components.core.limits import MEMORY, SECONDS
from components.core.text import byte_size
from components.keras_host.host import KerasHost, keras_host, keras_unusable
from components.keras_host.processes import kill_family
from components.runs.child_main import NEXT, STOP, group_line
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Finished,
    Interrupted,
    Report,
    RunResult,
    Stopped,
    Surface,
    parse_event,
)
from components.training.limits import Limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest

POLL_SECONDS = 0.05
"""Time between two checks whether the run should stop."""
TERMINATE_SECONDS = 1.2
"""Time after Stop at which a child that has not ended is terminated."""
KILL_SECONDS = 1.6
"""Time after Stop at which a child that has not ended is killed."""
RECEIVE_BYTES = 65536
CHILD = "components.runs.child_main"
"""The module whose `main` a child runs that trains."""


class ChildProcesses:
    """Trains runs in children of a Keras host. Safe under threads.

    `with ChildProcesses() as children:` ends the children after the block, and the host if none was
    passed. They end with this process in any case.
    """

    def __init__(self, host: KerasHost | None = None) -> None:
        self._own_host = host is None
        self._host = host or keras_host(
            CHILD, "components.training.loop", "components.inspection.trained"
        )
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        """The connections to the children that are training."""

    def __enter__(self) -> Self:
        self.warm_up()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm_up(self) -> None:
        """Start importing Keras in the background."""
        self._host.start()

    def close(self) -> None:
        """End all children."""
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        if self._own_host:
            self._host.close()

    def train(
        self,
        request: RunRequest,
        send: Callable[[Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        save: SaveOptions | None = None,
        inspect: bool = False,
    ) -> RunResult:
        """Train one run in a child. `send` gets every event as it happens, the end too.

        Whatever happens to the child (a signal, a limit, an error), nothing is raised: the run ends
        as failed with a message. `should_stop` ends it within two seconds. With `save`, the trained
        model is in its file at the end, if it was small enough and there was time. With `inspect`,
        an `Inspected` event comes before the end.
        """
        return self.train_group(
            [request], lambda _, event: send(event), should_stop, limits, [save], inspect=inspect
        )[0]

    def train_group(
        self,
        requests: Sequence[RunRequest],
        send: Callable[[int, Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        saves: Sequence[SaveOptions | None] = (),
        go_on: Callable[[], bool] = lambda: True,
        inspect: bool = False,
    ) -> list[RunResult]:
        """Train runs one after another in one child, as `train_in_turn` does.

        The limits apply to each run. If the child ends, its current run ends as in `train`, and the
        other runs go on in a new child. `saves` has one for each request, or is empty. If `go_on`
        returns false before a run, the runs that are left do not start, and have neither event nor
        result. The first run always starts.
        """
        limits = limits or Limits()
        results: list[RunResult] = []
        while len(results) < len(requests):
            done = len(results)
            if done and not go_on():
                break
            if done and should_stop():
                end = Stopped(seconds=0.0, message=NEVER_STARTED)
                send(done, end)
                results.append(RunResult.of([end]))
                continue

            def send_later(index: int, event: Event, before: int = done) -> None:
                send(before + index, event)

            with self._spawned(limits.memory) as connection:
                child = _ChildSupervisor(connection, send_later, should_stop, go_on, limits)
                line = group_line(requests[done:], saves[done:], inspect)
                results += child.work(line, len(requests) - done)
        return results

    @contextmanager
    def _spawned(self, memory: int) -> Iterator[socket.socket]:
        """The connection to a new child, which ends with the block."""
        with self._host.spawn(CHILD, memory) as connection:
            with self._lock:
                self._connections.add(connection)
            try:
                yield connection
            finally:
                with self._lock:
                    self._connections.discard(connection)


class _ChildSupervisor:
    """Sends work to one child, passes its events on, and ends it if it takes too long."""

    def __init__(
        self,
        connection: socket.socket,
        send: Callable[[int, Event], None],
        should_stop: Callable[[], bool],
        go_on: Callable[[], bool],
        limits: Limits,
    ) -> None:
        self._connection = connection
        self._send = send
        self._should_stop = should_stop
        self._go_on = go_on
        self._limits = limits
        self._results: list[RunResult] = []
        """Results of the runs that have ended."""
        self._events: list[Event] = []
        """Events of the current run."""
        self._run_start = time.monotonic()
        """Start of the current run."""
        self._pid = 0
        self._exit: Mapping[str, int] | None = None
        self._stop_time: float | None = None
        """When the child was asked to stop."""
        self._timed_out = False

    def work(self, line: bytes, runs: int) -> list[RunResult]:
        """The results of the first runs on a line, at least of one: as many as are reached."""
        with suppress(OSError):
            self._connection.sendall(line)
        for received in self._lines():
            done = len(self._results)
            self._read(received)
            if self._exit is not None:
                break
            if done < len(self._results) < runs and self._stop_time is None:
                if not self._go_on():
                    return self._results
                with suppress(OSError):
                    self._connection.sendall(NEXT)
        if len(self._results) < runs:
            self._pass_on(self._end())
        return self._results

    def _lines(self) -> Iterator[bytes]:
        """Whole lines, until the connection closes or Stop comes before the child is spawned."""
        rest = b""
        while True:
            self._enforce_limits()
            if self._stop_time is not None and not self._pid:
                return
            if not select.select([self._connection], [], [], POLL_SECONDS)[0]:
                continue
            received = self._receive()
            if not received:
                return
            *lines, rest = (rest + received).split(b"\n")
            yield from lines

    def _receive(self) -> bytes:
        with suppress(ConnectionError):
            return self._connection.recv(RECEIVE_BYTES)
        return b""

    def _read(self, line: bytes) -> None:
        with suppress(ValueError):
            message = json.loads(line)
            if message["kind"] == "spawned":
                self._pid = message["pid"]
            elif message["kind"] == "exit":
                self._exit = message
            elif message["kind"] == "unusable":
                self._pass_on(Failed(message=str(keras_unusable(message["error"])), seconds=0.0))
            else:
                self._pass_on(parse_event(line))

    def _pass_on(self, event: Event) -> None:
        if not isinstance(event, Surface):
            self._events.append(event)
        self._send(len(self._results), event)
        if isinstance(event, End):
            self._results.append(RunResult.of(self._events))
            self._events = []
            self._run_start = time.monotonic()

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        if self._stop_time is None and self._should_stop():
            self._stop_time = now
            with suppress(OSError):
                self._connection.sendall(STOP)
        if self._stop_time is not None and now - self._stop_time > KILL_SECONDS:
            self._kill()
        elif self._stop_time is not None and now - self._stop_time > TERMINATE_SECONDS:
            self._terminate()
        elif now - self._run_start > self._limits.seconds:
            self._timed_out = True
            self._kill()

    def _terminate(self) -> None:
        if self._pid:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(self._pid).terminate()

    def _kill(self) -> None:
        if self._pid:
            kill_family(self._pid)

    def _end(self) -> End:
        """The end of a run whose child did not send one."""
        seconds = time.monotonic() - self._run_start
        if self._stop_time is not None:
            return Stopped(seconds=seconds)
        if any(isinstance(event, Report) for event in self._events):
            return Finished(seconds=seconds)  # Only its inspection is missing.
        if self._exit is None:
            return Interrupted(message=str(_connection_lost()), seconds=seconds)
        return Failed(message=str(self._failure(self._exit)), seconds=seconds)

    def _failure(self, exit: Mapping[str, int]) -> RunError:
        if exit["exceeded"]:
            return _memory_exceeded(self._limits.memory, exit["exceeded"])
        if self._timed_out:
            return _time_exceeded(self._limits.seconds, time.monotonic() - self._run_start)
        return _child_exited(exit["code"])


def _memory_exceeded(limit: int, memory: int) -> RunError:
    """The failure of a run that used more memory than its limit; both in bytes."""
    return RunError(
        f"A run may take {byte_size(limit)} of memory here.",
        f"a process with {byte_size(memory)}",
        "Make layers narrower, choose a smaller batch or fewer samples, or ask the server's owner: "
        f"{MEMORY.variable} sets the limit.",
    )


def _time_exceeded(limit: float, seconds: float) -> RunError:
    """The failure of a run that took longer than its limit; both in seconds."""
    return RunError(
        f"A run may take {limit:g} seconds here.",
        f"a run not done after {seconds:.0f} seconds",
        "Choose fewer epochs or samples, or a smaller model, or ask the server's owner: "
        f"{SECONDS.variable} sets the limit.",
    )


def _child_exited(code: int) -> RunError:
    """The failure of a run whose process exited with this code; below 0 it is a signal."""
    if code < 0:
        received = f"{signal.Signals(-code).name} (signal {-code})"
        fix = (
            "Something outside the run ended its process, often the system for lack of memory. "
            "Start it again; if it fails again, choose a smaller model, batch or dataset."
        )
    else:
        received = f"exit code {code}"
        fix = "This is a fault of the playground: the traceback is in the server's log."
    return RunError("A run's process must stay alive until the run is done.", received, fix)


def _connection_lost() -> RunError:
    """The interruption of a run whose host has ended."""
    return RunError(
        "The process that starts runs must stay alive until they are done.",
        "a closed connection",
        "Start the run again; a new process is ready for it.",
    )
