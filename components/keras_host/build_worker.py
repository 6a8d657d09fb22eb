"""The main function of a build worker: run tasks, and send what they return."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil

from components.core.errors import PlaygroundError, RunError
from components.core.needs_keras import Task

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a task returned or raised, and the memory that its worker takes after it, in bytes."""

    value: Any
    error: PlaygroundError | None
    memory: int


def main(connection: Connection) -> None:
    """Answer tasks until the connection closes."""
    process = psutil.Process()
    while True:
        value, error = _run(connection.recv())
        connection.send(Answer(value, error, int(process.memory_info().rss)))


def _run(task: Task) -> tuple[Any, PlaygroundError | None]:
    try:
        return task.run(), None
    except PlaygroundError as error:
        return None, error
    except Exception as error:
        _log.exception("A build worker could not run %s.%s.", task.module, task.function)
        return None, RunError(
            "This model could not be built.",
            f"{type(error).__name__}: {error}"[:300],
            "This is a fault of the playground: the traceback is in the server's log.",
        )
