"""Trains jobs on a Dask cluster that was started elsewhere."""

from __future__ import annotations

import logging
import pickle
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from components.core.errors import RunError
from components.keras_host.host import server_host
from components.runs.runner import Job, JobEnd, JobListener, JobTrainer

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""
SLOTS_SECONDS = 2.0
"""Time between two counts of the workers."""


class DaskRunner:
    """Trains jobs on the workers of a Dask scheduler, which have the playground on their path.

    The scheduler needs Dask only: it reads each task, so tasks name nothing of the playground, and
    jobs, events and results are sent as bytes. Raises `RunError` if the scheduler does not answer.
    A job whose worker ended is lost; with the connection to the scheduler all jobs are lost.
    """

    can_pause = False

    def __init__(self, address: str, listener: JobListener) -> None:
        self._listener = listener
        self._topic = f"fusion-runs-{uuid.uuid4().hex[:12]}"
        self._futures: dict[str, Any] = {}
        self._counted, self._slots = time.monotonic() - SLOTS_SECONDS, 1
        self._client = _connect(address)
        self._client.subscribe_topic(self._topic, self._receive)
        self._run_on_workers(_warm_up)

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
        self._run_on_workers(_stop_job, key)
        future = self._futures.get(key)
        if future is not None and future.status == "pending" and not self._is_processing(future):
            future.cancel()

    def interrupt(self, key: str) -> None:
        self._run_on_workers(_interrupt_job, key)

    def pause_after(self, key: str, epochs: int | None) -> None:
        """Do nothing: the pages show no button for it."""

    def close(self) -> None:
        with suppress(Exception):
            self._client.close(timeout=1)

    def _receive(self, logged: tuple[float, bytes]) -> None:
        self._listener.on_events(pickle.loads(logged[1]))

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


def _task() -> Callable[[bytes, str], bytes]:
    """The function of a task. It is sent by value, because it is not a name of a module."""

    def train(job: bytes, topic: str) -> bytes:
        from components.runs import dask_runner

        return dask_runner.train_in_worker(job, topic)

    return train


def _connect(address: str) -> Any:
    from distributed import Client

    # The client's own messages on a lost scheduler are not needed: the queue's say more.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise RunError(
            "The Dask scheduler doesn't answer.",
            f"{address}: {type(error).__name__}",
            "Check that it is up and has a worker, or unset DASK_SCHEDULER_ADDRESS to train on "
            "this machine.",
        ) from error


def _end_of(future: Any) -> JobEnd:
    from distributed import KilledWorker

    if future.status == "finished":
        with suppress(Exception):  # The worker may end before its result is here.
            return JobEnd(pickle.loads(future.result()))
    elif future.status == "error" and not isinstance(future.exception(), KilledWorker):
        error = future.exception()
        return JobEnd(
            error=RunError(
                "A worker could not run its job.",
                f"{type(error).__name__}: {error}"[:300],
                "Install the same version of the playground on all workers, and start each in its "
                "folder with PYTHONPATH=.",
            )
        )
    return JobEnd(lost=True)


@cache
def trainer_of_worker() -> JobTrainer:
    """What trains in the worker that calls this; it has begun to import Keras."""
    return JobTrainer(server_host())


def train_in_worker(job: bytes, topic: str) -> bytes:
    """Train a pickled job in this worker; its events are logged under `topic`.

    It stops if the scheduler cancels the task, as when the app's process has ended. Model files are
    returned, because the app may be on another machine.
    """
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks[worker.get_current_task()]
    results = trainer_of_worker().train(
        pickle.loads(job),
        lambda events: worker.log_event(topic, pickle.dumps(events)),
        lambda: task.state == "cancelled",
    )
    return pickle.dumps(results)


def _warm_up() -> None:
    trainer_of_worker()


def _stop_job(key: str) -> None:
    trainer_of_worker().stop(key)


def _interrupt_job(key: str) -> None:
    trainer_of_worker().interrupt(key)
