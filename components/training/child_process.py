"""Runs in processes of their own: they can be stopped, killed or limited, and others go on."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from components.core.errors import RunError
from components.core.paths import ROOT
from components.core.text import byte_size
from components.training.child_main import NEXT, STOP, order
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Interrupted,
    RunResult,
    Stopped,
    Surface,
    parse_event,
)
from components.training.limits import Limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest

"""The project's root, which helpers find their modules in."""
POLL_SECONDS = 0.05
"""How often a run is asked whether it should stop."""
TERMINATE_SECONDS = 1.2
"""How long after Stop a child that has not ended is sent SIGTERM."""
KILL_SECONDS = 1.6
"""How long after Stop a child that has not ended is sent SIGKILL."""
END_SECONDS = 0.5
"""How long the process that forks children may take to end."""
RECEIVE_BYTES = 65536


def helper(module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a module of the playground as a process that Ctrl-C in the terminal does not reach."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": path},
        start_new_session=True,
        **options,
    )


class ChildProcesses:
    """Trains runs in children of one process that has imported Keras. Safe under threads.

    `with ChildProcesses() as children:` ends that process and its children at the end of the block.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        self.warm()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Start importing Keras, without waiting for it; again where the process went away."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the process and every run in it."""
        with self._lock:
            if self._control is not None and self._process is not None:
                self._control.close()
                _end(self._process)
            self._control = self._process = None

    def run(
        self,
        request: RunRequest,
        report: Callable[[Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        save: SaveOptions | None = None,
    ) -> RunResult:
        """Train in a child. Every event goes to `report` as it happens, the end too.

        Never raises for what befalls the child: a signal, a limit or an error of its own ends the
        run as failed, with a sentence. `should_stop` ends it within two seconds. With `save` the
        trained model is in its file at the end, if it was small enough and there was time.
        """
        return self.run_group(
            [request], lambda _, event: report(event), should_stop, limits, [save]
        )[0]

    def run_group(
        self,
        requests: Sequence[RunRequest],
        report: Callable[[int, Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        saves: Sequence[SaveOptions | None] = (),
        go_on: Callable[[], bool] = lambda: True,
    ) -> list[RunResult]:
        """Train runs one after another in one child, as `train_group` does; the result of each.

        Limits are those of one run. What ends the child ends the run it is at, as in `run`; those
        behind it go on in another one. `saves` has one for each request, or is empty. Before each
        run but the first `go_on` is asked; where it says no, those that are left are not begun, and
        have neither event nor result.
        """
        limits = limits or Limits()
        results: list[RunResult] = []
        while len(results) < len(requests):
            done = len(results)
            if done and not go_on():
                break
            if done and should_stop():
                end = Stopped(seconds=0.0, message=NEVER_STARTED)
                report(done, end)
                results.append(RunResult.of([end]))
                continue

            def tell(place: int, event: Event, before: int = done) -> None:
                report(before + place, event)

            group = _Group(tell, should_stop, go_on, limits)
            results += self._in_a_child(group, requests[done:], saves[done:])
        return results

    def _in_a_child(
        self, group: _Group, requests: Sequence[RunRequest], saves: Sequence[SaveOptions | None]
    ) -> list[RunResult]:
        """The results of the first ones, at least one: as many as the child came to."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._order(theirs, group.limits)
            return group.follow(ours, requests, saves)

    def _order(self, connection: socket.socket, limits: Limits) -> None:
        order = json.dumps({"memory": limits.memory}).encode()
        with self._lock:
            try:
                socket.send_fds(self._started(), [order], [connection.fileno()])
            except OSError:
                self._control = None
                socket.send_fds(self._started(), [order], [connection.fileno()])

    def _started(self) -> socket.socket:
        ended = self._process is None or self._process.poll() is not None
        if self._control is None or ended:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                handle = theirs.fileno()
                self._process = helper(
                    "components.training.forkserver",
                    str(handle),
                    pass_fds=(handle,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            self._control = ours
        return self._control


def _end(process: subprocess.Popen[bytes]) -> None:
    """See a process end; one that still imports does not know yet that it should."""
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Group:
    """Runs as seen from outside their child, which trains one after another."""

    def __init__(
        self,
        report: Callable[[int, Event], None],
        should_stop: Callable[[], bool],
        go_on: Callable[[], bool],
        limits: Limits,
    ) -> None:
        self._report = report
        self._should_stop = should_stop
        self._go_on = go_on
        self.limits = limits
        self._results: list[RunResult] = []
        """Of the runs that have ended."""
        self._events: list[Event] = []
        """Of the run that the child is at."""
        self._begun = time.monotonic()
        """When that run began."""
        self._pid = 0
        self._exit: Mapping[str, int] | None = None
        self._asked: float | None = None
        """When it was asked to stop."""
        self._late = False
        """Whether it took more time than it may."""

    def follow(
        self,
        connection: socket.socket,
        requests: Sequence[RunRequest],
        saves: Sequence[SaveOptions | None],
    ) -> list[RunResult]:
        """Hand the runs over, and see them to their ends; where the child ends, that of one."""
        self._connection, self._begun = connection, time.monotonic()
        with suppress(OSError):
            connection.sendall(order(requests, saves))
        for line in self._lines():
            done = len(self._results)
            self._take(line)
            if self._exit is not None:
                break
            if done < len(self._results) < len(requests) and self._asked is None:
                if not self._go_on():
                    return self._results
                with suppress(OSError):
                    connection.sendall(NEXT)
        if len(self._results) < len(requests):
            self._tell(self._end())
        return self._results

    def _lines(self) -> Iterator[bytes]:
        """Whole lines until the connection ends, or Stop finds no child yet."""
        rest = b""
        while True:
            self._govern()
            if self._asked is not None and not self._pid:
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

    def _take(self, line: bytes) -> None:
        with suppress(ValueError):
            message = json.loads(line)
            if message["kind"] == "born":
                self._pid = message["pid"]
            elif message["kind"] == "exit":
                self._exit = message
            else:
                self._tell(parse_event(line))

    def _tell(self, event: Event) -> None:
        if not isinstance(event, Surface):
            self._events.append(event)
        self._report(len(self._results), event)
        if isinstance(event, End):
            self._results.append(RunResult.of(self._events))
            self._events = []
            self._begun = time.monotonic()

    def _govern(self) -> None:
        now = time.monotonic()
        if self._asked is None and self._should_stop():
            self._asked = now
            with suppress(OSError):
                self._connection.sendall(STOP)
        if self._asked is not None and now - self._asked > KILL_SECONDS:
            self._signal(signal.SIGKILL)
        elif self._asked is not None and now - self._asked > TERMINATE_SECONDS:
            self._signal(signal.SIGTERM)
        elif now - self._begun > self.limits.seconds:
            self._late = True
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def _end(self) -> End:
        """How a run ended that did not say so itself."""
        seconds = time.monotonic() - self._begun
        if self._asked is not None:
            return Stopped(seconds=seconds)
        if self._exit is None:
            return Interrupted(message=str(_lost()), seconds=seconds)
        return Failed(message=str(self._why(self._exit)), seconds=seconds)

    def _why(self, exit: Mapping[str, int]) -> RunError:
        if exit["grown"]:
            return too_much_memory(self.limits.memory, exit["grown"])
        if self._late:
            return RunError(
                f"A run may take {self.limits.seconds:g} seconds here.",
                f"a run not done after {time.monotonic() - self._begun:.0f} seconds",
                "Choose fewer epochs or samples, or a smaller model.",
            )
        return killed(exit["code"])


def too_much_memory(limit: int, grown: int) -> RunError:
    """Why a run ended that grew past its limit; both in bytes."""
    return RunError(
        f"A run may take {byte_size(limit)} of memory here.",
        f"a process that had grown to {byte_size(grown)}",
        "Make layers narrower, or choose a smaller batch or fewer samples.",
    )


def killed(code: int) -> RunError:
    """Why a run ended whose process left with that code; below 0 it is a signal's number."""
    if code < 0:
        received = f"{signal.Signals(-code).name} (signal {-code})"
        fix = (
            "Something outside the run ended its process, often the system for want of memory. "
            "Start it again; if it ends so again, choose a smaller model, batch or data set."
        )
    else:
        received = f"exit code {code}"
        fix = "This is a fault of the playground: the traceback is in the server's log."
    return RunError("A run's process must live until the run is done.", received, fix)


def _lost() -> RunError:
    return RunError(
        "The process that starts runs must live until they are done.",
        "its connection ended",
        "Start the run again; a new process is ready for it.",
    )
