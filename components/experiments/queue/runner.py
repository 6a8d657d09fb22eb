"""Runners, which train jobs for the queue: in children of this process, or elsewhere."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from components.base.errors import PlaygroundError
from components.base.files import remove_left
from components.base.limits import SECONDS
from components.base.text import DAY_SECONDS
from components.base.workers.host import KerasHost
from components.experiments.queue.child import train_group
from components.experiments.training.control import PauseAfter, RunControl, Work
from components.experiments.training.events import End, Event, Failed, Surface
from components.experiments.training.limits import Limits
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import parse_request

_FOLDER = "fusion-run-"
SEND_SECONDS = 0.1
"""Maximum time for which events of a group are collected before they are sent."""
CLOSE_SECONDS = 5.0
"""Maximum time for which `close` waits for the threads of stopped jobs."""
RunEvents = Sequence[tuple[str, Event]]
"""Events, each with the id of its run."""
Results = Sequence[tuple[End, bytes]]
"""End and model file of each run that has ended; the file is empty if there is none."""


@dataclass(frozen=True)
class Job:
    """Unit of work for a runner: a single run, or the runs of a sweep's group."""

    runs: Mapping[str, str]
    """JSON texts of the requests, by run id."""
    limits: Limits
    sweep: str = ""
    """Id of the runs' sweep; empty for a single run."""
    model_bytes: int = 0
    """Maximum size of a model file that is kept; 0 to keep none."""
    checkpoint: str = ""
    """Path of the checkpoint of a single run that is paused."""
    pause_after: int | None = None
    """Number of epochs after which the run pauses; `None` for no pause."""
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])


@dataclass(frozen=True)
class JobEnd:
    """End of a job. An interrupted job has results of its first runs, a paused one has none."""

    results: Results = ()
    error: PlaygroundError | None = None
    """Error of the runs without a result."""
    lost: bool = False
    """`True` if the worker of the job has ended."""


class JobListener(Protocol):
    """Receiver of a runner's reports, in any thread."""

    def on_events(self, events: RunEvents) -> None:
        """Receive events of runs, in order."""

    def on_end(self, key: str, end: JobEnd) -> None:
        """Receive the end of a job, after all its events."""


class Runner(Protocol):
    """Trains as many jobs at the same time as it has slots."""

    can_pause: bool
    """`True` if its runs can pause after an epoch."""

    def count_slots(self) -> int:
        """Return the number of jobs that it trains at a time, at least 1."""

    def has_ended(self) -> bool:
        """Return `True` if it can't be used any more. Its jobs are lost then."""

    def submit(self, job: Job) -> None:
        """Start a job; it ends with one call of `JobListener.on_end`."""

    def stop(self, key: str) -> None:
        """Stop a job within two seconds, or before it starts."""

    def interrupt(self, key: str) -> None:
        """End a job after its current run, or at once if that is paused."""

    def pause_after(self, key: str, epochs: int | None) -> None:
        """Pause a job's run after a number of epochs, or continue it with `None`."""

    def close(self) -> None:
        """Stop all jobs and end all processes that it started."""


Launch = Callable[[JobListener], Runner]
"""Function that starts a runner. Raises `RunError` if it can't."""


class JobTrainer:
    """Trains jobs in children of a host, each in the thread that calls `train`."""

    def __init__(self, host: KerasHost) -> None:
        self._host = host
        self._controls: dict[str, RunControl] = {}
        """Controls by key of their job, including those of jobs that have not started."""
        self._closed = False
        longest = DAY_SECONDS + SECONDS.value()
        remove_left(Path(tempfile.gettempdir()), _FOLDER, longest)
        host.start()

    def control(self, key: str) -> RunControl:
        """Return the control of a job that trains, or soon does."""
        return self._controls.setdefault(key, RunControl(is_cancelled=lambda: self._closed))

    def train(self, job: Job, log: Callable[[RunEvents], None]) -> Results:
        """Train a job's runs in a child, and return their results as `JobEnd` describes them.

        `log` receives their events in batches. Nothing is raised: runs that can't be trained fail.
        """
        sender, models = _EventSender(job, log), list[bytes]()
        try:
            with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
                paths = [Path(folder, f"{run_id}.keras") for run_id in job.runs if job.model_bytes]
                work = Work(
                    [parse_request(text) for text in job.runs.values()],
                    [SaveOptions(str(path), job.model_bytes, job.checkpoint) for path in paths],
                    PauseAfter(job.pause_after),
                )
                train_group(self._host, work, sender.send, self.control(job.key), job.limits)
                models = [path.read_bytes() if path.exists() else b"" for path in paths]
        except Exception as error:
            sender.end_all(Failed(message=str(error)))
        self._controls.pop(job.key, None)
        models += [b""] * len(sender.ends)
        return list(zip(sender.ends, models, strict=False))

    def stop(self, key: str) -> None:
        """Stop the job, now or as soon as it starts."""
        self.control(key).stopped = True

    def interrupt(self, key: str) -> None:
        """End the job after its current run, or at once if that is paused."""
        self.control(key).interrupted = True

    def pause_after(self, key: str, epochs: int | None) -> None:
        """Pause the job's run after a number of epochs, or continue it with `None`.

        A job that continues is no longer interrupted.
        """
        control = self.control(key)
        control.pause, control.interrupted = PauseAfter(epochs), False

    def close(self) -> None:
        self._closed = True


class _EventSender:
    """Sends the events of a job's runs; those of a group are sent in batches.

    If models are kept, the end of a run is not sent but returned with the results, so that end and
    model appear together.
    """

    def __init__(self, job: Job, log: Callable[[RunEvents], None]) -> None:
        self._run_ids, self._has_models, self._log = [*job.runs], job.model_bytes > 0, log
        self.ends: list[End] = []
        """Ends of the runs that have ended, in order."""
        self._waiting: list[tuple[str, Event]] = []
        self._last_time = 0.0

    def send(self, index: int, event: Event) -> None:
        """Send an event of the run with this index, now or with the next batch."""
        if isinstance(event, End):
            self.ends.append(event)
            if self._has_models:
                return
        self._waiting.append((self._run_ids[index], event))
        urgent = len(self._run_ids) == 1 or isinstance(event, End | Surface)
        if urgent or time.monotonic() - self._last_time > SEND_SECONDS:
            self._log(self._waiting)
            self._waiting, self._last_time = [], time.monotonic()

    def end_all(self, event: End) -> None:
        """End the runs that have not ended."""
        while len(self.ends) < len(self._run_ids):
            self.send(len(self.ends), event)


class LocalRunner(JobTrainer):
    """Trains each job in its own thread, which waits for its child process."""

    can_pause = True

    def __init__(self, slots: int, listener: JobListener, host: KerasHost) -> None:
        super().__init__(host)
        self._slots, self._listener = slots, listener
        self._threads: set[threading.Thread] = set()

    def count_slots(self) -> int:
        return self._slots

    def has_ended(self) -> bool:
        return False

    def submit(self, job: Job) -> None:
        thread = threading.Thread(target=self._run, args=(job,), name=job.key, daemon=True)
        self._threads = {other for other in self._threads if other.is_alive()} | {thread}
        thread.start()

    def close(self) -> None:
        super().close()
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)

    def _run(self, job: Job) -> None:
        self._listener.on_end(job.key, JobEnd(self.train(job, self._listener.on_events)))
