"""Trains the runs of jobs in child processes, and stops and interrupts them on request."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.core.files import remove_left
from components.core.limits import SECONDS
from components.core.text import DAY_SECONDS
from components.keras_host.host import KerasHost
from components.runs.child_process import ChildProcesses
from components.runs.runner import EventTexts, Job
from components.training.events import NEVER_STARTED, End, Event, Failed, Stopped, Surface
from components.training.models import WEIGHTS, SaveOptions
from components.training.requests import parse_request

_FOLDER = "fusion-run-"
SEND_SECONDS = 0.1
"""How long events of a group may wait for more events."""

Results = list[tuple[str, bytes]]


@dataclass
class _Flags:
    stop: threading.Event = field(default_factory=threading.Event)
    interrupt: threading.Event = field(default_factory=threading.Event)


class JobTrainer:
    """Trains jobs in children of this process, each in the thread that calls `train`."""

    def __init__(self, host: KerasHost) -> None:
        self._children = ChildProcesses(host)
        self._lock = threading.Lock()
        self._flags: dict[str, _Flags] = {}
        """By key of a job that is being trained, or that was stopped before it started."""
        longest = DAY_SECONDS + SECONDS.value()
        remove_left(Path(tempfile.gettempdir()), _FOLDER, longest)

    def warm_up(self) -> None:
        """Start importing Keras in the background, so that children have it at once."""
        self._children.warm_up()

    def train(
        self,
        job: Job,
        log: Callable[[EventTexts], None],
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Train a job's runs in a child, and return their results as `JobEnd` describes them.

        `log` gets their events, a few at a time. `stop` ends the job, and so does `is_cancelled`
        once it returns true. Nothing is raised: runs that can't be trained fail.
        """
        flags, sender = self._flags_of(job.key), _EventSender(list(job.runs), log)

        def should_stop() -> bool:
            return flags.stop.is_set() or is_cancelled()

        try:
            if should_stop():
                sender.end_all(Stopped(seconds=0.0, message=NEVER_STARTED))
                return sender.results(())
            return self._train(job, sender, should_stop, lambda: not flags.interrupt.is_set())
        except Exception as error:
            sender.end_all(Failed(message=str(error)))
            return sender.results(())
        finally:
            with self._lock:
                self._flags.pop(job.key, None)

    def stop(self, key: str) -> None:
        """Stop the job, now or as soon as it starts."""
        self._flags_of(key).stop.set()

    def interrupt(self, key: str) -> None:
        """End the job after its current run."""
        self._flags_of(key).interrupt.set()

    def close(self) -> None:
        """Stop all jobs, and end all children."""
        with self._lock:
            for flags in self._flags.values():
                flags.stop.set()
        self._children.close()

    def _train(
        self,
        job: Job,
        sender: _EventSender,
        should_stop: Callable[[], bool],
        go_on: Callable[[], bool],
    ) -> Results:
        with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
            if job.inspects:
                return self._inspect(job, Path(folder, WEIGHTS), sender, should_stop)
            paths = [Path(folder, f"{run_id}.keras") for run_id in job.runs if job.model_bytes]
            self._children.train_group(
                [parse_request(text) for text in job.runs.values()],
                sender.send,
                should_stop,
                job.limits,
                [SaveOptions(str(path), job.model_bytes) for path in paths],
                go_on,
            )
            return sender.results([path.read_bytes() if path.exists() else b"" for path in paths])

    def _inspect(
        self, job: Job, weights: Path, sender: _EventSender, should_stop: Callable[[], bool]
    ) -> Results:
        if job.weights:
            weights.write_bytes(job.weights)
        (request,) = map(parse_request, job.runs.values())
        self._children.inspect(
            request, str(weights), lambda event: sender.send(0, event), should_stop, job.limits
        )
        return sender.results(())

    def _flags_of(self, key: str) -> _Flags:
        with self._lock:
            return self._flags.setdefault(key, _Flags())


class _EventSender:
    """Sends the events of a job's runs. Events of a group are sent a few at a time."""

    def __init__(self, run_ids: Sequence[str], log: Callable[[EventTexts], None]) -> None:
        self._run_ids, self._log = run_ids, log
        self._ends: dict[int, End] = {}
        self._waiting: list[tuple[str, str]] = []
        self._last_time = 0.0

    def send(self, index: int, event: Event) -> None:
        """Send an event of the run with this index, now or soon."""
        if isinstance(event, End):
            self._ends[index] = event
        self._waiting.append((self._run_ids[index], event.json_text()))
        urgent = len(self._run_ids) == 1 or isinstance(event, End | Surface)
        if urgent or time.monotonic() - self._last_time > SEND_SECONDS:
            self._log(self._waiting)
            self._waiting, self._last_time = [], time.monotonic()

    def end_all(self, event: End) -> None:
        """End the runs that have not ended."""
        for index in range(len(self._run_ids)):
            if index not in self._ends:
                self.send(index, event)

    def results(self, models: Sequence[bytes]) -> Results:
        """The end event of each run that has ended, and its model file if there is one."""
        files = models or [b""] * len(self._run_ids)
        return [(self._ends[index].json_text(), files[index]) for index in sorted(self._ends)]
