"""Trains jobs on a Dask cluster that was started elsewhere."""

from __future__ import annotations

import logging
import pickle
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from components.core.errors import RunError
from components.runs import dask_worker
from components.runs.runner import Job, JobEnd, JobListener
from components.training.events import parse_end, parse_event

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""
SLOTS_SECONDS = 2.0
"""Time between two counts of the workers."""


class DaskRunner:
    """Trains jobs on the workers of a Dask scheduler, which have the playground on their path.

    The scheduler needs Dask only: it reads each task, so tasks name nothing of the playground.
    Raises `RunError` if the scheduler does not answer. A job whose worker ended is lost; with the
    connection to the scheduler all jobs are lost.
    """

    def __init__(self, address: str, listener: JobListener) -> None:
        self.address, self._listener = address, listener
        self._topic = f"fusion-runs-{uuid.uuid4().hex[:12]}"
        self._futures: dict[str, Any] = {}
        self._counted, self._slots = time.monotonic() - SLOTS_SECONDS, 1
        self._client = _connect(address)
        self._client.subscribe_topic(self._topic, self._receive)
        self._run_on_workers(dask_worker.warm_up)

    def count_slots(self) -> int:
        now = time.monotonic()
        if now - self._counted >= SLOTS_SECONDS:
            self._counted = now
            with suppress(OSError, TimeoutError):
                self._slots = max(1, sum(self._client.nthreads().values()))
        return self._slots

    def has_ended(self) -> bool:
        return bool(self._client.status != "running")

    def submit(self, job: Job) -> None:
        future = self._client.submit(
            _task(), pickle.dumps(job), self._topic, key=f"job-{job.key}", pure=False
        )
        self._futures[job.key] = future
        future.add_done_callback(lambda done: self._end(job.key, done))

    def stop(self, key: str) -> None:
        self._run_on_workers(dask_worker.stop_job, key)
        future = self._futures.get(key)
        if future is not None and future.status == "pending" and not self._is_processing(future):
            future.cancel()

    def interrupt(self, key: str) -> None:
        self._run_on_workers(dask_worker.interrupt_job, key)

    def close(self) -> None:
        with suppress(Exception):
            self._client.close(timeout=1)

    def _receive(self, logged: tuple[float, Sequence[tuple[str, str]]]) -> None:
        self._listener.on_events([(run, parse_event(text)) for run, text in logged[1]])

    def _end(self, key: str, future: Any) -> None:
        self._listener.on_end(key, _end_of(future))
        self._futures.pop(key, None)

    def _is_processing(self, future: Any) -> bool:
        """Whether a worker has the job."""
        return any(future.key in keys for keys in self._client.processing().values())

    def _run_on_workers(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in each worker process, unless the connection is lost."""
        with suppress(OSError, TimeoutError):
            self._client.run(function, *arguments, on_error="ignore")


def _task() -> Callable[[bytes, str], object]:
    """The function of a task. It is sent by value, because it is not a name of a module."""

    def train(job: bytes, topic: str) -> object:
        from components.runs import dask_worker

        return dask_worker.train_job(pickle.loads(job), topic)

    return train


def _connect(address: str) -> Any:
    from distributed import Client

    # The client's own messages on a lost scheduler are not needed: the queue's say more.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise RunError(
            "The Dask scheduler must answer.",
            f"{address}: {type(error).__name__}",
            "Check that it is up and has a worker, or unset DASK_SCHEDULER_ADDRESS to train on "
            "this machine.",
        ) from error


def _end_of(future: Any) -> JobEnd:
    from distributed import KilledWorker

    if future.status == "finished":
        with suppress(Exception):  # The worker may end before its result is here.
            return JobEnd([(parse_end(text), model) for text, model in future.result()])
    elif future.status == "error" and not isinstance(future.exception(), KilledWorker):
        return JobEnd(error=_worker_error(future.exception()))
    return JobEnd(lost=True)


def _worker_error(error: BaseException) -> RunError:
    return RunError(
        "A worker must be able to run its job.",
        f"{type(error).__name__}: {error}"[:300],
        "Install the same version of the playground on all workers, and start each in its folder "
        "with PYTHONPATH=.",
    )
