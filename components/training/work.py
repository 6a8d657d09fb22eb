"""What a Dask worker does: run a request in a child of its own, and stop one when told."""

from __future__ import annotations

import threading

from components.training.config import Limits, parse_request
from components.training.events import Event, Failed, Stopped
from components.training.isolation import Isolation

_isolation = Isolation()
_lock = threading.Lock()
_stops: dict[str, threading.Event] = {}


def warm() -> None:
    """Import Keras where children are forked from, without waiting for it."""
    _isolation.warm()


def run(run_id: str, topic: str, request: str, limits: Limits) -> str:
    """The task: train in a child, and log each event under `topic` as (run's id, JSON).

    Returns the event the run ended with, as JSON. Raises nothing: a task that fails is one whose
    worker went away.
    """
    from distributed import get_worker

    worker = get_worker()
    stop = _stop_of(run_id)
    last: list[Event] = []

    def report(event: Event) -> None:
        last[:] = [event]
        worker.log_event(topic, (run_id, event.json_text()))

    try:
        if stop.is_set():
            report(Stopped(seconds=0.0))
        else:
            _isolation.run(parse_request(request), report, stop.is_set, limits)
    except Exception as error:
        report(Failed(message=str(error)))
    finally:
        with _lock:
            _stops.pop(run_id, None)
    return last[-1].json_text()


def stop(run_id: str) -> None:
    """Have the run stop, now or as soon as it begins."""
    _stop_of(run_id).set()


def _stop_of(run_id: str) -> threading.Event:
    with _lock:
        return _stops.setdefault(run_id, threading.Event())
