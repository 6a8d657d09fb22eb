"""The main function of a build worker: run tasks from a socket, and send what they return."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from typing import Any

import psutil

from components.core.errors import PlaygroundError
from components.core.needs_keras import Task
from components.keras_host import frames

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a task returned or raised, and the memory that its worker takes after it, in bytes."""

    value: Any
    error: PlaygroundError | None
    fault: str
    """An error that is no `PlaygroundError`; empty without one."""
    memory: int


def main(connection: socket.socket) -> None:
    """Answer tasks until the connection closes."""
    process = psutil.Process()
    while True:
        try:
            task: Task = frames.receive(connection)
        except frames.ConnectionEnded:
            return
        value, error, fault = _run(task)
        memory = int(process.memory_info().rss)
        try:
            frames.send(connection, Answer(value, error, fault, memory))
        except OSError:
            return


def _run(task: Task) -> tuple[Any, PlaygroundError | None, str]:
    try:
        return task.run(), None, ""
    except PlaygroundError as error:
        return None, error, ""
    except Exception as error:
        _log.exception("A build worker could not run %s.%s.", task.module, task.function)
        return None, None, f"{type(error).__name__}: {error}"[:300]
