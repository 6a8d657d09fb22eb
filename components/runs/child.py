"""Trains runs in child processes: each can be stopped, killed or limited while others go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from components.core.errors import RunError
from components.core.limits import MEMORY, SECONDS
from components.core.text import byte_size
from components.keras_host.child import Child, ChildEnded
from components.keras_host.host import KerasHost, preload
from components.runs.child_main import NEXT, STOP, ChildWork
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Finished,
    Interrupted,
    Report,
    Stopped,
)
from components.training.limits import Limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest

KILL_SECONDS = 1.5
"""Time after Stop at which a child that has not ended is killed."""
CHILD = "components.runs.child_main"
"""The module whose `main` a child runs that trains."""
TRAINING = (
    CHILD,
    "components.training.loop",
    "components.inspection.trained",
    "components.inspection.xray",
)
"""What such a child needs."""

preload(*TRAINING)


def train_group(
    host: KerasHost,
    requests: Sequence[RunRequest],
    send: Callable[[int, Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    saves: Sequence[SaveOptions | None] = (),
    go_on: Callable[[], bool] = lambda: True,
    inspect: bool = False,
) -> None:
    """Train runs one after another in a child of a host, as `train_in_turn` does.

    `send` gets every event as it happens, the end too, with the index of its run. Whatever happens
    to the child (a signal, a limit, an error), nothing is raised: its current run ends as failed
    with a message, and the other runs go on in a new child. `should_stop` ends all within two
    seconds. The limits apply to each run.

    `saves` has one for each request, or is empty: the trained model is in its file at the end, if
    it was small enough and there was time. If `go_on` returns false before a run, the runs that are
    left do not start, and have no event; the first run always starts. With `inspect`, `Xrayed`
    events and an `Inspected` event come before the end of each run.
    """
    limits, done = limits or Limits(), 0
    while done < len(requests):
        if should_stop():
            send(done, Stopped(seconds=0.0, message=NEVER_STARTED))
            done += 1
            continue
        if done and not go_on():
            break

        def send_later(index: int, event: Event, before: int = done) -> None:
            send(before + index, event)

        with closing(host.spawn(CHILD, limits.memory)) as child:
            watched = _WatchedChild(child, send_later, should_stop, go_on, limits)
            done += watched.work(ChildWork(requests[done:], saves[done:], inspect))


class _WatchedChild:
    """Sends work to one child, passes its events on, and ends it if it takes too long."""

    def __init__(
        self,
        child: Child,
        send: Callable[[int, Event], None],
        should_stop: Callable[[], bool],
        go_on: Callable[[], bool],
        limits: Limits,
    ) -> None:
        self._child, self._send, self._limits = child, send, limits
        self._should_stop, self._go_on = should_stop, go_on
        self._ended = 0
        """How many runs have ended."""
        self._reported = False
        """Whether the current run has its report."""
        self._run_start = time.monotonic()
        """Start of the current run."""
        self._stop_time: float | None = None
        """When the child was asked to stop."""
        self._timed_out = False

    def work(self, work: ChildWork) -> int:
        """Train the first runs of a work, at least one, and return how many have ended."""
        try:
            self._child.start(self._check)
            self._child.send(work)
            while (left := len(work.requests) - self._ended) > 0:
                event: Event = self._child.receive(self._check)
                self._pass_on(event)
                if isinstance(event, End) and left > 1 and self._stop_time is None:
                    if not self._go_on():
                        break
                    self._child.send(NEXT)
        except ChildEnded as ended:
            self._pass_on(self._end(ended))
        except RunError as unusable:
            self._pass_on(Failed(message=str(unusable)))
        return self._ended

    def _pass_on(self, event: Event) -> None:
        self._send(self._ended, event)
        self._reported = self._reported or isinstance(event, Report)
        if isinstance(event, End):
            self._ended, self._reported = self._ended + 1, False
            self._run_start = time.monotonic()

    def _check(self) -> None:
        """End the child if it was asked to stop, or takes too long."""
        now = time.monotonic()
        if self._stop_time is None and self._should_stop():
            self._stop_time = now
            self._child.send(STOP)
        if self._stop_time is not None and not self._child.pid:
            raise ChildEnded(None, 0)
        if self._stop_time is not None and now - self._stop_time > KILL_SECONDS:
            self._child.kill()
        elif now - self._run_start > self._limits.seconds:
            self._timed_out = True
            self._child.kill()

    def _end(self, ended: ChildEnded) -> End:
        """The end of a run whose child did not send one."""
        seconds = time.monotonic() - self._run_start
        if self._stop_time is not None:
            return Stopped(seconds=seconds)
        if self._reported:
            return Finished(seconds=seconds)  # Only its inspection is missing.
        if ended.code is None and not ended.exceeded:
            lost = RunError(
                "The process that starts runs has ended.",
                "",
                "Start the run again; a new process is ready for it.",
            )
            return Interrupted(message=str(lost), seconds=seconds)
        return Failed(message=str(self._failure(ended, seconds)), seconds=seconds)

    def _failure(self, ended: ChildEnded, seconds: float) -> RunError:
        """Why a run failed whose child has ended."""
        if ended.exceeded:
            return RunError(
                f"This run took {byte_size(ended.exceeded)} of memory, and a run may take "
                f"{byte_size(self._limits.memory)} here.",
                byte_size(ended.exceeded),
                "Make layers narrower, choose a smaller batch or fewer samples, or ask the "
                f"server's owner: {MEMORY.variable} sets the limit.",
            )
        if self._timed_out:
            return RunError(
                f"This run was not done after {seconds:.0f} seconds, and a run may take "
                f"{self._limits.seconds:g} here.",
                f"{seconds:.0f}",
                "Choose fewer epochs or samples, or a smaller model, or ask the server's owner: "
                f"{SECONDS.variable} sets the limit.",
            )
        code = ended.code or 0
        received = f"exit code {code}"
        fix = "This is a fault of the playground: the traceback is in the server's log."
        if code < 0:
            received = f"{signal.Signals(-code).name}, signal {-code}"
            fix = (
                "Something outside the run ended its process, often the system for lack of memory. "
                "Start it again; if it fails again, choose a smaller model, batch or dataset."
            )
        return RunError("The process of this run ended before the run was done.", received, fix)
