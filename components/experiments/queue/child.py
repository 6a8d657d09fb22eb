"""Training in child processes; each can be stopped, killed or limited without effect on the rest.

The parent calls `train_group`; a child runs `main`.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from multiprocessing.connection import Connection

import psutil

from components.base.errors import PlaygroundError, RunError
from components.base.limits import MEMORY, SECONDS
from components.base.text import byte_size
from components.base.workers.child import Child, ChildEnded
from components.base.workers.host import KerasHost
from components.base.workers.processes import give_way
from components.experiments.training.control import (
    Command,
    Message,
    PauseAfter,
    RunControl,
    Work,
)
from components.experiments.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Finished,
    Interrupted,
    Paused,
    Report,
    Started,
    Stopped,
)
from components.experiments.training.limits import Limits

KILL_SECONDS = 1.5
"""Time from Stop until a child that still runs is killed."""

_log = logging.getLogger(__name__)


def train_group(
    host: KerasHost,
    work: Work,
    send: Callable[[int, Event], None],
    control: RunControl | None = None,
    limits: Limits | None = None,
) -> None:
    """Train runs one after another in a child of a host, as `train_in_turn` does.

    `send` receives each event as it happens, including the end, with the index of its run. Nothing
    is raised, whatever happens to the child (a signal, a limit, an error): its current run fails
    with a message, and a new child trains the remaining runs. The limits apply to each run. If a
    request asks for an inspection, an `Inspected` event comes before the end of its run, and
    `Xrayed` events if the model is saved.

    `control` stops everything within two seconds. Runs that it interrupts before their start send
    no event; the first run always starts. If it interrupts a paused run, or the child dies during
    the pause, the run has no end; its checkpoint keeps its state.
    """
    control, limits, done = control or RunControl(), limits or Limits(), 0
    while done < len(work.requests):
        if control.should_stop():
            send(done, Stopped(seconds=0.0, message=NEVER_STARTED))
            done += 1
            continue
        if done and control.interrupted:
            break
        with closing(host.spawn(__name__, limits.memory)) as child:
            watched = _WatchedChild(child, send, done, control, limits)
            done += watched.work(work.after(done, control.pause))
        if watched.is_paused:
            break


class _WatchedChild:
    """Sends work to one child, forwards its events, and ends it if it takes too long."""

    def __init__(
        self,
        child: Child,
        send: Callable[[int, Event], None],
        first: int,
        control: RunControl,
        limits: Limits,
    ) -> None:
        self._child, self._send, self._first = child, send, first
        self._control, self._limits = control, limits
        self._sent = PauseAfter()
        """Pause that the child received last."""
        self._paused: Paused | None = None
        """Event of the run that is paused."""
        self._pause_time = 0.0
        """Start of the pause."""
        self._ended = 0
        """Number of runs that have ended."""
        self._reported = False
        """`True` if the current run has its report."""
        self._run_start = time.monotonic()
        """Start of the current run."""
        self._stop_time: float | None = None
        """Time at which the child was asked to stop."""
        self._timed_out = False

    def work(self, work: Work) -> int:
        """Train the first runs of the work, at least one, and return how many have ended."""
        self._sent = work.pause
        try:
            self._child.start(self._check)
            self._child.send(work)
            while (left := len(work.requests) - self._ended) > 0:
                event: Event = self._child.receive(self._check)
                self._pass_on(event)
                if isinstance(event, End) and left > 1 and self._stop_time is None:
                    if self._control.interrupted:
                        break
                    self._child.send(Command.NEXT)
        except ChildEnded as ended:
            if not self.is_paused:
                self._pass_on(self._end(ended))
        except RunError as unusable:
            self._pass_on(Failed(message=str(unusable)))
        return self._ended

    @property
    def is_paused(self) -> bool:
        """`True` if the current run is paused and was not asked to continue or to stop."""
        return self._paused is not None

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Paused) and self._stop_time is None:
            self._paused, self._pause_time = event, time.monotonic()
        elif isinstance(event, Started):
            self._resume(time.monotonic())
            self._run_start -= event.seconds
        self._send(self._first + self._ended, event)
        self._reported = self._reported or isinstance(event, Report)
        if isinstance(event, End):
            self._ended, self._reported = self._ended + 1, False
            self._run_start = time.monotonic()

    def _check(self) -> None:
        """Stop the child on request; kill it if it takes too long; end a pause on request."""
        now = time.monotonic()
        if self._stop_time is None and self._control.should_stop():
            self._stop_time = now
            self._resume(now)
            self._child.send(Command.STOP)
        pause = self._control.pause or self._sent
        if self._child.pid and pause != self._sent:
            self._child.send(pause)
            self._sent = pause
            if self._paused and not pause.holds(self._paused.epoch):
                self._resume(now)
        if self._stop_time is not None and not self._child.pid:
            raise ChildEnded(None, 0)
        if self._stop_time is not None and now - self._stop_time > KILL_SECONDS:
            self._child.kill()
        elif self.is_paused:
            if self._control.interrupted:
                raise ChildEnded(None, 0)
        elif now - self._run_start > self._limits.seconds:
            self._timed_out = True
            self._child.kill()

    def _resume(self, now: float) -> None:
        """End the pause of the current run; its time limit excludes the pause."""
        if self._paused is not None:
            self._paused = None
            self._run_start += now - self._pause_time

    def _end(self, ended: ChildEnded) -> End:
        """Return the end of a run whose child did not send one."""
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
        """Return the reason why a run failed whose child has ended."""
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


class _SentControl(RunControl):
    """Control that the messages of the parent change.

    If the connection closes, the process kills itself, so that no run outlives its parent.
    """

    def __init__(self, connection: Connection, pause: PauseAfter) -> None:
        super().__init__(pause=pause)
        self._connection, self._turns = connection, threading.Semaphore(0)
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def await_turn(self) -> None:
        self._turns.acquire()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                message: Message = self._connection.recv()
                if isinstance(message, PauseAfter):
                    self.pause = message
                    continue
                self.stopped = self.stopped or message is Command.STOP
                self._turns.release()
        psutil.Process().kill()


def main(connection: Connection) -> None:
    """Train the runs of the `Work` from the connection, and send their events."""
    give_way()
    work: Work = connection.recv()
    control = _SentControl(connection, work.pause)
    train_in_turn(work, lambda _, event: connection.send(event), control)


def train_in_turn(work: Work, send: Callable[[int, Event], None], control: RunControl) -> None:
    """Train runs one after another in this process, which should do nothing else.

    `send` receives each event with the index of its run. Each run has the same numbers as if
    trained alone; runs that differ only by seed are compiled once. If one fails with an error, the
    next ones are still trained. Once `control` stops, runs that have not started are stopped. If a
    request asks for an inspection, the model's use of its inputs is measured before the end of its
    run. A model that is saved is X-rayed, too.
    """
    from components.experiments.inspection.trained import inspect_after_training
    from components.experiments.inspection.xray import EpochXrays
    from components.experiments.training.loop import ModelTrainer, TrainOptions

    finish = partial(inspect_after_training, should_stop=control.should_stop)
    trainer = ModelTrainer()
    for index, request in enumerate(work.requests):
        send_event = partial(send, index)
        save = work.saves[index] if work.saves else None
        if index and not control.should_stop():
            control.await_turn()
        if control.should_stop():
            send_event(Stopped(seconds=0.0, message=NEVER_STARTED))
            continue
        options = TrainOptions(
            save=save,
            later=sum(other.settings.epochs for other in work.requests[index + 1 :]),
            finish=finish if request.inspect else None,
            watch=EpochXrays if request.inspect and save is not None else None,
        )
        try:
            trainer.train(request, send_event, control, options)
        except Exception as error:
            trainer = ModelTrainer()
            send_event(Failed(message=str(explain(error))))


def explain(error: Exception) -> PlaygroundError:
    """Return a child's error as one that a person can read."""
    if isinstance(error, PlaygroundError):
        return error
    summary = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return RunError(
            "There was not enough free memory for this run.",
            summary,
            "Make layers narrower, or choose a smaller batch or fewer samples.",
        )
    _log.exception("A run failed with an unexpected error.", exc_info=error)
    return RunError(
        "The model could be built, but it could not be trained.",
        summary,
        "This is a fault of the playground: the traceback is in the server's log.",
    )
