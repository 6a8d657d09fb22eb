"""What a Dask worker does: train runs in a child, and stop them when told."""

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

TELL_SECONDS = 0.1
"""How long what one of several runs tells may wait for more."""

_isolation = ChildProcesses()
_lock = threading.Lock()
_stops: dict[str, threading.Event] = {}
_cuts: dict[str, threading.Event] = {}
"""Of the tasks that run."""

Told = list[tuple[str, str]]
"""Events: the run's id, and JSON."""


def warm() -> None:
    """Import Keras where children are forked from, without waiting for it."""
    _isolation.warm()


def run(
    key: str,
    topic: str,
    runs: Sequence[tuple[str, str]],
    limits: Limits,
    model_bytes: int = 0,
) -> list[tuple[str, bytes]]:
    """The task `key`: train runs, (id, request) each, in a child, and log what they tell.

    Events are logged under `topic`, some at a time. Returns for each run the event it ended with,
    as JSON, and the trained model's file, empty where there is none of at most about `model_bytes`:
    the app may be on another machine. Of a task that was cut they are those of the first runs.
    Raises nothing: a task that fails is one whose worker went away.
    """
    from distributed import get_worker

    worker, stop, cut = get_worker(), _stop_of(key), threading.Event()
    with _lock:
        _cuts[key] = cut
    teller = _Teller([run_id for run_id, _ in runs], lambda told: worker.log_event(topic, told))
    try:
        if stop.is_set():
            teller.end_all(Stopped(seconds=0.0, message=NEVER_STARTED))
            return teller.ends(())
        with tempfile.TemporaryDirectory(prefix="fusion-") as folder:
            paths = [Path(folder, f"{run_id}.keras") for run_id, _ in runs] if model_bytes else []
            _isolation.run_group(
                [parse_request(text) for _, text in runs],
                teller.tell,
                stop.is_set,
                limits,
                [SaveOptions(str(path), model_bytes) for path in paths],
                lambda: not cut.is_set(),
            )
            return teller.ends([path.read_bytes() if path.exists() else b"" for path in paths])
    except Exception as error:
        teller.end_all(Failed(message=str(error)))
        return teller.ends(())
    finally:
        with _lock:
            _stops.pop(key, None)
            _cuts.pop(key, None)


def stop(key: str) -> None:
    """Have the task stop, now or as soon as it begins."""
    _stop_of(key).set()


def cut(key: str | None = None) -> None:
    """Have a task that runs here, or all, end behind the run it is at."""
    with _lock:
        for found, cut in _cuts.items():
            if key in (None, found):
                cut.set()


class _Teller:
    """Hands on what runs tell; of several runs a few events at a time, for there are many."""

    def __init__(self, run_ids: Sequence[str], log: Callable[[Told], None]) -> None:
        self._run_ids, self._log = run_ids, log
        self._ends: dict[int, End] = {}
        self._waiting: Told = []
        self._told = 0.0

    def tell(self, place: int, event: Event) -> None:
        """Take an event of one of the runs."""
        if isinstance(event, End):
            self._ends[place] = event
        self._waiting.append((self._run_ids[place], event.json_text()))
        hurried = len(self._run_ids) == 1 or isinstance(event, End | Surface)
        if hurried or time.monotonic() - self._told > TELL_SECONDS:
            self._log(self._waiting)
            self._waiting, self._told = [], time.monotonic()

    def end_all(self, event: End) -> None:
        """End the runs that have not ended."""
        for place in range(len(self._run_ids)):
            if place not in self._ends:
                self.tell(place, event)

    def ends(self, models: Sequence[bytes]) -> list[tuple[str, bytes]]:
        """What each run that was begun ended with, and its model's file if there are any."""
        files = models or [b""] * len(self._run_ids)
        return [(self._ends[place].json_text(), files[place]) for place in sorted(self._ends)]


def _stop_of(key: str) -> threading.Event:
    with _lock:
        return _stops.setdefault(key, threading.Event())
