"""The main function of a child process that inspects one trained model."""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from components.inspection.trained import inspect_trained
from components.runs.artifacts import weights_in
from components.runs.child_main import ParentConnection, explain
from components.training.events import (
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    Inspected,
    Progress,
    Started,
    Stopped,
)
from components.training.limits import estimate_memory
from components.training.models import SaveOptions
from components.training.requests import RunRequest, parse_request

PROGRESS_SECONDS = 0.2
"""Time between two progress events."""
TRAINING = 0.7
"""Share of the progress until a run that is trained again has ended."""


class _InspectionStopped(Exception):
    """Somebody has stopped the inspection."""


class _NotTrained(Exception):
    """The run could not be trained again; the text is what its end said."""


def main(connection: socket.socket) -> None:
    """Inspect the model on the connection's first line, which `inspection_line` wrote."""
    parent, start_time = ParentConnection(connection), time.perf_counter()

    def seconds() -> float:
        return time.perf_counter() - start_time

    end: End
    try:
        _inspect(parent)
        end = Finished(seconds=seconds())
    except _NotTrained as error:
        end = Failed(message=str(error), seconds=seconds())
    except _InspectionStopped:
        end = Stopped(seconds=seconds())
    except Exception as error:
        end = Failed(message=str(explain(error)), seconds=seconds())
    parent.send(end)


def _inspect(parent: ParentConnection) -> None:
    request, weights = parse_request(parent.work["request"]), Path(parent.work["weights"])
    parent.send(Started(epochs=1, estimated_bytes=estimate_memory(request), parameters=0))
    last_time = time.perf_counter()

    def progress(fraction: float) -> None:
        nonlocal last_time
        if parent.should_stop():
            raise _InspectionStopped
        if time.perf_counter() - last_time > PROGRESS_SECONDS:
            last_time = time.perf_counter()
            parent.send(Progress(epoch=1, fraction=fraction, loss=0.0))

    trained = 0.0
    if not weights.exists():
        trained = TRAINING
        _train(request, weights, parent.should_stop, lambda done: progress(trained * done))
    inspection = inspect_trained(
        request, weights, lambda done: progress(trained + (1 - trained) * done)
    )
    parent.send(Inspected(inspection=inspection.json_text()))


def _train(
    request: RunRequest,
    weights: Path,
    should_stop: Callable[[], bool],
    progress: Callable[[float], None],
) -> None:
    """Train a run as it was trained before, and write its weights to a file."""
    from components.training.loop import train

    def send(event: Event) -> None:
        if isinstance(event, Epoch | Progress):
            done = event.epoch if isinstance(event, Epoch) else event.epochs_done
            progress(done / request.settings.epochs)

    with tempfile.TemporaryDirectory(dir=weights.parent) as folder:
        path = Path(folder, "trained.keras")
        result = train(request, send, should_stop, save=SaveOptions(str(path), sys.maxsize))
        if result.status == "stopped":
            raise _InspectionStopped
        if result.status != "finished":
            raise _NotTrained(result.message)
        weights.write_bytes(weights_in(path.read_bytes()))
