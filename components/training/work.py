"""What a Dask worker does: run a request in a child of its own, and stop one when told."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from components.training.config import Limits, parse_request
from components.training.events import Event, Failed, Stopped
from components.training.isolation import Isolation
from components.training.models import Save

_isolation = Isolation()
_lock = threading.Lock()
_stops: dict[str, threading.Event] = {}


def warm() -> None:
    """Import Keras where children are forked from, without waiting for it."""
    _isolation.warm()


def run(
    run_id: str, topic: str, request: str, limits: Limits, model_bytes: int = 0
) -> tuple[str, bytes]:
    """The task: train in a child, and log each event under `topic` as (run's id, JSON).

    Returns the event the run ended with, as JSON, and the trained model's file, empty where there
    is none of at most about `model_bytes`: the app may be on another machine. Raises nothing: a
    task that fails is one whose worker went away.
    """
    from distributed import get_worker

    worker = get_worker()
    stop = _stop_of(run_id)
    last: list[Event] = []

    def report(event: Event) -> None:
        last[:] = [event]
        worker.log_event(topic, (run_id, event.json_text()))

    model = b""
    try:
        if stop.is_set():
            report(Stopped(seconds=0.0))
        else:
            with tempfile.TemporaryDirectory(prefix="fusion-") as folder:
                path = Path(folder, "model.keras")
                save = Save(str(path), model_bytes)
                _isolation.run(parse_request(request), report, stop.is_set, limits, save)
                model = path.read_bytes() if path.exists() else b""
    except Exception as error:
        report(Failed(message=str(error)))
    finally:
        with _lock:
            _stops.pop(run_id, None)
    return last[-1].json_text(), model


def stop(run_id: str) -> None:
    """Have the run stop, now or as soon as it begins."""
    _stop_of(run_id).set()


def _stop_of(run_id: str) -> threading.Event:
    with _lock:
        return _stops.setdefault(run_id, threading.Event())
