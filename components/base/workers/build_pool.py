"""Build workers: processes with Keras that build models for this one, which never imports it.

`BuildPool` is the side of the server; a worker runs `main`.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any, Self

import psutil

from components.base.errors import PlaygroundError, RunError, ServerError, WorkerError
from components.base.limits import BUILDERS
from components.base.text import byte_size
from components.base.workers.child import Child, ChildEnded
from components.base.workers.host import KerasHost
from components.base.workers.needs_keras import BUILD, Task, TaskLimits, in_background, session
from components.base.workers.processes import WATCH_SECONDS, is_alive, memory_of

GROWTH = 400_000_000
"""Bytes by which a worker may have grown after a task before it is replaced."""
WAIT_SECONDS = 300.0
"""Time that a long task waits for its turn, in seconds."""

_log = logging.getLogger(__name__)


def worker_count() -> int:
    """Return FUSION_BUILDERS, or one worker for each core. Raises `RunError`."""
    return BUILDERS.value(os.cpu_count() or 1)


@dataclass(frozen=True)
class Answer:
    """Result or error of a task, and the memory of its worker after it, in bytes."""

    value: Any
    error: PlaygroundError | None
    memory: int


class BuildPool:
    """Pool that runs tasks in build workers, one at a time in each. Safe under threads.

    The first worker runs short tasks only, so no long one holds up a picture. A pool of one worker
    starts another for a long task. A visitor has one long task at a time.

    A worker that takes too long, ends or grows too much fails at most its present task, and is
    replaced.
    """

    def __init__(self, host: KerasHost, size: int | None = None) -> None:
        self.size = size or worker_count()
        self._free = threading.Condition()
        self._workers = [_Worker(host) for _ in range(max(2, self.size))]
        self._busy: dict[_Worker, Task] = {}
        self._urgent = 0
        """Number of short tasks that wait for a worker, without background tasks."""
        self._line: dict[int, str] = {}
        """Visitors whose long tasks wait, in order, by the `id` of the task."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm_up(self) -> None:
        """Import Keras and start all workers, before any task runs.

        Raises `RunError` if Keras can't be imported.
        """
        for worker in self._workers[: self.size]:
            worker.start()

    def run(self, task: Task) -> Any:
        """Run a task and return its result.

        Raises its error, `WorkerError` if a worker fails, and `ServerError` for a long task that
        waited too long.
        """
        with self._reserved(task) as worker:
            return worker.run(task)

    def processes(self) -> list[int]:
        """Return the process ids of the workers that are running."""
        return [worker.pid for worker in self._workers if worker.pid]

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.end()

    @contextmanager
    def _reserved(self, task: Task) -> Iterator[_Worker]:
        """Reserve a free worker: the session's own if there is a choice.

        A long task or one in the background gets one only when no other task waits.
        """
        long = task.limits.long
        urgent = not (long or in_background.get())
        end = time.monotonic() + WAIT_SECONDS
        with self._free:
            self._urgent += urgent
            if long:
                self._line[id(task)] = task.visitor
            try:
                while (not urgent and self._urgent) or (chosen := self._choose(task)) is None:
                    if not self._free.wait(end - time.monotonic() if long else None):
                        raise _too_busy()
            finally:
                self._urgent -= urgent
                self._line.pop(id(task), None)
                self._free.notify_all()
            self._busy[chosen] = task
        try:
            yield chosen
        finally:
            self._release(chosen)

    def _release(self, worker: _Worker) -> None:
        if worker in self._workers[self.size :]:
            worker.end()
        with self._free:
            del self._busy[worker]
            self._free.notify_all()

    def _choose(self, task: Task) -> _Worker | None:
        if task.limits.long:
            ordered = self._workers[1:] if self._is_next(task) else []
        else:
            first = hash(session.get()) % self.size
            ordered = [*self._workers[first : self.size], *self._workers[:first]]
        return next((worker for worker in ordered if worker not in self._busy), None)

    def _is_next(self, task: Task) -> bool:
        """Return `True` for the first long task whose visitor has none that runs."""
        running = {other.visitor for other in self._busy.values() if other.limits.long}
        waiting = (id for id, visitor in self._line.items() if visitor not in running)
        return next(waiting, None) == id(task)


class _Worker:
    """Place in the pool, and the child that fills it. One thread uses it at a time."""

    def __init__(self, host: KerasHost) -> None:
        self._host = host
        self._child: Child | None = None
        self._memory = 0
        """Memory of the process at its start, in bytes."""

    @property
    def pid(self) -> int:
        """Process id, or 0 without a process."""
        return self._child.pid if self._child else 0

    def start(self) -> Child:
        """Start the process, if there is none or it has ended while it was idle."""
        if self._child is not None:
            if is_alive(self.pid) and not self._child.connection.poll():
                return self._child
            self.end()
        self._child = self._host.spawn(__name__, BUILD.memory)
        with self._ending_on_error():
            self._child.start()
        self._memory = memory_of(self.pid)
        return self._child

    def run(self, task: Task) -> Any:
        """Run a task and return its result, after starting the process if there is none."""
        child = self.start()
        child.memory = task.limits.memory
        with self._ending_on_error():
            child.send(task)
            answer: Answer = child.receive(_Watch(self.pid, task.limits).check)
        if answer.memory > self._memory + GROWTH:
            self.end()
        if answer.error is not None:
            raise answer.error
        return answer.value

    @contextmanager
    def _ending_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.end()
            if not isinstance(error, ChildEnded):
                raise
            why = "that ended" if error.code is None else f"that exited with code {error.code}"
            why = f"with {byte_size(error.exceeded)} of memory" if error.exceeded else why
            raise _lost(f"a process {why}") from None

    def end(self) -> None:
        """End the process, if there is one."""
        if self._child is not None:
            self._child.close()
        self._child = None


@dataclass
class _Watch:
    """Time limit of a task: computing time of its worker, or more if the worker must wait."""

    pid: int
    limits: TaskLimits
    _start: float = field(default_factory=time.monotonic)
    _used: float | None = None
    """CPU seconds of the worker at the first check after a moment: most tasks end sooner."""

    def check(self) -> None:
        """Raise `WorkerError` if the task takes too long."""
        seconds, most = time.monotonic() - self._start, self.limits.seconds
        if self._used is None:
            self._used = self._cpu_seconds() if seconds > WATCH_SECONDS / 2 else None
        elif seconds > most and self._cpu_seconds() - self._used > most:
            raise _too_long(most)
        if seconds > self.limits.patience:
            raise _too_long(self.limits.patience)

    def _cpu_seconds(self) -> float:
        try:
            times = psutil.Process(self.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)


def _too_busy() -> ServerError:
    return ServerError(
        "The server is working on other large files and models, one at a time for each person.",
        "",
        "Try again in some minutes.",
    )


def _too_long(seconds: float) -> WorkerError:
    return WorkerError(
        "The model took too long to build.",
        f"more than {seconds:g} seconds",
        "Make the model smaller, or undo the last change.",
    )


def _lost(received: str) -> WorkerError:
    return WorkerError(
        "The process that builds models ended before the model was built.",
        received,
        "Repeat the last change; a new worker is ready. If this happens again, make the model "
        "smaller.",
    )


def main(connection: Connection) -> None:
    """Answer tasks until the connection closes."""
    process = psutil.Process()
    while True:
        task: Task = connection.recv()
        value, error = _run(task)
        answer = Answer(value, error, int(process.memory_info().rss))
        try:
            sent = pickle.dumps(answer)
        except Exception as fault:  # A result may hold anything.
            sent = pickle.dumps(replace(answer, value=None, error=_fault(task, fault)))
        connection.send_bytes(sent)


def _run(task: Task) -> tuple[Any, PlaygroundError | None]:
    try:
        return task.run(), None
    except PlaygroundError as error:
        return None, error.at()  # without the errors before it, which may not be readable here
    except Exception as fault:
        return None, _fault(task, fault)


def _fault(task: Task, fault: Exception) -> RunError:
    _log.exception("A build worker could not run %s.%s.", task.module, task.function)
    return RunError(
        "This model could not be built.",
        f"{type(fault).__name__}: {fault}"[:300],
        "This is a fault of the playground: the traceback is in the server's log.",
    )
