"""Training of jobs on a Dask cluster that was started elsewhere."""

from __future__ import annotations

import logging
import pickle
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from components.base.errors import RunError, missing_packages
from components.base.workers.host import server_host
from components.experiments.queue.runner import Job, JobEnd, JobListener, JobTrainer

CONNECT_SECONDS = 10.0
"""Maximum time until a scheduler answers."""
SLOTS_SECONDS = 2.0
"""Time between two counts of the workers."""


class DaskRunner:
    """Trains jobs on the workers of a Dask scheduler, which can import the playground.

    The scheduler needs only Dask: it reads each task, so tasks use no name of the playground, and
    jobs, events and results are sent as bytes. Raises `RunError` if the scheduler does not answer,
    and `ServerError` without the package distributed.
    If a worker ends, its job is lost; if the connection to the scheduler breaks, all jobs are.
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
        """Do nothing: `can_pause` is false, so the pages show no button for it."""

    def close(self) -> None:
        with suppress(Exception):
            self._client.close(timeout=1)

    def _receive(self, logged: tuple[float, bytes]) -> None:
        self._listener.on_events(pickle.loads(logged[1]))

    def _end(self, key: str, future: Any) -> None:
        self._listener.on_end(key, _end_of(future))
        self._futures.pop(key, None)

    def _is_processing(self, future: Any) -> bool:
        """Return `True` if a worker has the job."""
        return any(future.key in keys for keys in self._client.processing().values())

    def _run_on_workers(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in each worker process, if the connection still works."""
        with suppress(OSError, TimeoutError):
            self._client.run(function, *arguments, on_error="ignore")


def _task() -> Callable[[bytes, str], bytes]:
    """Return the function of a task; as a local function, Dask sends it by value."""

    def train(job: bytes, topic: str) -> bytes:
        from components.experiments.queue import dask_runner

        return dask_runner.train_in_worker(job, topic)

    return train


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise missing_packages("distributed", extra="cluster") from error

    # The client's own messages on a lost scheduler are redundant: the queue's are clearer.
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
        with suppress(Exception):  # The worker may end before its result has arrived.
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
    """Return the trainer of the worker that calls this; it imports Keras in the background."""
    return JobTrainer(server_host())


def train_in_worker(job: bytes, topic: str) -> bytes:
    """Train a pickled job in this worker, and log its events under `topic`.

    The job stops if the scheduler cancels the task, for example because the app's process has
    ended. Model files are returned, because the app may be on another machine.
    """
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks[worker.get_current_task()]
    work, trainer = pickle.loads(job), trainer_of_worker()
    trainer.control(work.key).is_cancelled = lambda: task.state == "cancelled"
    results = trainer.train(work, lambda events: worker.log_event(topic, pickle.dumps(events)))
    return pickle.dumps(results)


def _warm_up() -> None:
    trainer_of_worker()


def _stop_job(key: str) -> None:
    trainer_of_worker().stop(key)


def _interrupt_job(key: str) -> None:
    trainer_of_worker().interrupt(key)
