"""The main function of a child process that inspects one trained model."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from components.inspection.trained import inspect_trained
from components.training.child_main import ParentConnection, explain
from components.training.events import End, Failed, Finished, Inspected, Progress, Started, Stopped
from components.training.limits import estimate_memory
from components.training.requests import parse_request

PROGRESS_SECONDS = 0.2
"""Time between two progress events."""


class _InspectionStopped(Exception):
    """Somebody has stopped the inspection."""


def main(connection: socket.socket) -> None:
    """Inspect the model on the connection's first line, which `inspection_line` wrote."""
    parent, start_time = ParentConnection(connection), time.perf_counter()

    def seconds() -> float:
        return time.perf_counter() - start_time

    end: End
    try:
        _inspect(parent)
        end = Finished(seconds=seconds())
    except _InspectionStopped:
        end = Stopped(seconds=seconds())
    except Exception as error:
        end = Failed(message=str(explain(error)), seconds=seconds())
    parent.send(end)


def _inspect(parent: ParentConnection) -> None:
    request = parse_request(parent.work["request"])
    parent.send(Started(epochs=1, estimated_bytes=estimate_memory(request), parameters=0))
    last_time = time.perf_counter()

    def progress(fraction: float) -> None:
        nonlocal last_time
        if parent.should_stop():
            raise _InspectionStopped
        if time.perf_counter() - last_time > PROGRESS_SECONDS:
            last_time = time.perf_counter()
            parent.send(Progress(epoch=1, fraction=fraction, loss=0.0))

    inspection = inspect_trained(request, Path(parent.work["weights"]), progress)
    parent.send(Inspected(inspection=inspection.json_text()))
