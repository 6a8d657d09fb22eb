"""What a Dask worker does: train the runs of a job in a child process, and stop them on request."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from components.training.child_process import ChildProcesses
from components.training.events import NEVER_STARTED, End, Event, Failed, Stopped, Surface
from components.training.limits import Limits
from components.training.models import SaveOptions
from components.training.requests import parse_request

SEND_SECONDS = 0.1
"""How long events of a group may wait for more events."""

_children = ChildProcesses()
_lock = threading.Lock()
_stops: dict[str, threading.Event] = {}
_interrupts: dict[str, threading.Event] = {}
"""By key of a job that is being trained."""

EventTexts = list[tuple[str, str]]
"""Events: the run's id, and the event's JSON text."""


def warm_up() -> None:
    """Start importing Keras in the background, in the process that children are forked from."""
    _children.warm_up()


def train_job(
    key: str,
    topic: str,
    runs: Sequence[tuple[str, str]],
    limits: Limits,
    model_bytes: int = 0,
) -> list[tuple[str, bytes]]:
    """Train the runs of the job `key`, (id, request) each, in a child.

    Events are logged under `topic`, a few at a time. Returns the end event of each run as JSON, and
    its model file, because the app may be on another machine. The file is empty if there is none of
    at most about `model_bytes`. An interrupted job returns only its first runs. Nothing is raised:
    if a job fails in Dask, its worker has ended.
    """
    from distributed import get_worker

    worker, stop, interrupt = get_worker(), _stop_of(key), threading.Event()
    with _lock:
        _interrupts[key] = interrupt
    sender = _EventSender([run_id for run_id, _ in runs], lambda log: worker.log_event(topic, log))
    try:
        if stop.is_set():
            sender.end_all(Stopped(seconds=0.0, message=NEVER_STARTED))
            return sender.ends(())
        with tempfile.TemporaryDirectory(prefix="fusion-") as folder:
            paths = [Path(folder, f"{run_id}.keras") for run_id, _ in runs] if model_bytes else []
            _children.train_group(
                [parse_request(text) for _, text in runs],
                sender.send,
                stop.is_set,
                limits,
                [SaveOptions(str(path), model_bytes) for path in paths],
                lambda: not interrupt.is_set(),
            )
            return sender.ends([path.read_bytes() if path.exists() else b"" for path in paths])
    except Exception as error:
        sender.end_all(Failed(message=str(error)))
        return sender.ends(())
    finally:
        with _lock:
            _stops.pop(key, None)
            _interrupts.pop(key, None)


def stop_job(key: str) -> None:
    """Stop the job, now or as soon as it starts."""
    _stop_of(key).set()


def interrupt_jobs(key: str | None = None) -> None:
    """End a job that is being trained here, or all of them, after the current run."""
    with _lock:
        for job_key, interrupt in _interrupts.items():
            if key in (None, job_key):
                interrupt.set()


class _EventSender:
    """Sends the events of a job's runs. Events of a group are sent a few at a time."""

    def __init__(self, run_ids: Sequence[str], log: Callable[[EventTexts], None]) -> None:
        self._run_ids, self._log = run_ids, log
        self._ends: dict[int, End] = {}
        self._waiting: EventTexts = []
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

    def ends(self, models: Sequence[bytes]) -> list[tuple[str, bytes]]:
        """The end event of each run that has ended, and its model file if there is one."""
        files = models or [b""] * len(self._run_ids)
        return [(self._ends[index].json_text(), files[index]) for index in sorted(self._ends)]


def _stop_of(key: str) -> threading.Event:
    with _lock:
        return _stops.setdefault(key, threading.Event())
