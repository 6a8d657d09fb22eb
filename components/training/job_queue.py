"""Jobs that Dask trains: sent, received, interrupted, stopped, and sent again if a worker ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from components.core.errors import PlaygroundError, RunError
from components.training import dask_worker
from components.training.action_thread import Action
from components.training.cluster import Cluster, ClusterConnection
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Interrupted,
    Stopped,
    parse_event,
)
from components.training.limits import Limits
from components.training.store import Store, server_ended

ConnectionState = Literal["cold", "starting", "ready"]

SLOTS_SECONDS = 2.0
"""Time between two counts of the workers."""
SWEEP_PRIORITY = -1
"""Dask's priority of a sweep's groups. A single run has priority 0, so it comes first."""
MAX_ATTEMPTS = 2
"""How often a run is sent to a cluster at most. Only a run that never started is sent again."""

_log = logging.getLogger(__name__)


@dataclass
class Job:
    """One piece of work for Dask: a single run, or the runs of a sweep's group."""

    key: str
    runs: dict[str, str]
    """JSON texts of the requests, by the run's id."""
    sweep: str = ""
    """The sweep they belong to, or empty for a single run."""
    attempts: int = 0
    future: Any = None


class JobQueue:
    """Sends jobs to Dask, and writes their events to the store.

    One thread calls all methods; what Dask's threads report is passed to it with `run_later`.
    `launch` starts or finds the cluster when it is first needed, and again after a local cluster
    has lost a process.
    """

    def __init__(
        self,
        store: Store,
        service: str,
        launch: Callable[[], Cluster],
        limits: Limits | None,
        run_later: Callable[[Action], None],
    ) -> None:
        self._store = store
        self._launch = launch
        self._limits = limits
        self._run_later = run_later
        self._topic = f"fusion-runs-{service}"
        self._connection: ClusterConnection | None = None
        self._jobs: dict[str, Job] = {}
        """Jobs that Dask has, by key. The key of a single run's job is the run's id."""
        self._ends: dict[str, Event] = {}
        """End events that wait for the run's result, and with it its model."""
        self._slots = (0.0, 1)
        """When workers were last counted, and how many runs they train at a time."""
        self.active_sweeps: set[str] = set()
        """Sweeps whose interrupted jobs are continued."""
        self.state: ConnectionState = "cold"

    @property
    def address(self) -> str:
        """The address of the cluster, or empty if there is no connection."""
        return self._connection.cluster.address if self._connection else ""

    def warm_up(self) -> None:
        """Connect to the cluster, so that the first run starts at once."""
        try:
            self._connect()
        except PlaygroundError as error:
            _log.warning("%s", error)

    def check_cluster(self) -> None:
        """Start a new local cluster if one of its processes has ended."""
        if self._connection is not None and self._connection.cluster.has_ended():
            self._restart_cluster(self._connection)

    def send(self, job: Job) -> bool:
        """Send the runs of a job that have not ended to Dask. If that fails, the runs fail."""
        job.runs = {r: text for r, text in job.runs.items() if not self._store.get(r).ended}
        if not job.runs:
            return True
        try:
            connection = self._connect()
        except PlaygroundError as error:
            for run_id in job.runs:
                self._store.append(run_id, Failed(message=str(error)))
            return False
        job.attempts += 1
        future = job.future = connection.client.submit(
            dask_worker.train_job,
            job.key,
            self._topic,
            tuple(job.runs.items()),
            self._limits or Limits(),
            0 if job.sweep else self._store.models.max_file_bytes,
            key=f"run-{job.key}-{job.attempts}",
            priority=SWEEP_PRIORITY if job.sweep else 0,
            pure=False,
        )
        self._jobs[job.key] = job
        if not job.sweep and self.count_groups() and len(self._jobs) > self.count_slots():
            connection.run_on_workers(dask_worker.interrupt_jobs)
        future.add_done_callback(
            lambda done: self._run_later(lambda: self._finish(connection, job, done))
        )
        return True

    def stop_run(self, run_id: str) -> None:
        """Stop a single run, queued or running."""
        run, job = self._store.get(run_id), self._jobs.get(run_id)
        if run.ended:
            return
        if run.status == "queued":
            self._store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))
        if job is not None:
            self._stop_job(job, run.status == "queued")

    def withdraw_sweep(self, sweep_id: str, stop_running: bool) -> None:
        """Start no more runs of a sweep, and stop its running ones if `stop_running` is true."""
        for job in [job for job in self._jobs.values() if job.sweep == sweep_id]:
            waiting = [r for r in job.runs if self._store.get(r).status == "queued"]
            all_waiting = len(waiting) == len(job.runs)
            if all_waiting or stop_running:
                for run_id in waiting:
                    self._store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))
                self._stop_job(job, all_waiting)
            elif self._connection is not None:
                self._connection.run_on_workers(dask_worker.interrupt_jobs, job.key)

    def count_groups(self, sweep_id: str | None = None) -> int:
        """The number of groups that Dask has, of one sweep or of all."""
        jobs = self._jobs.values()
        return sum(bool(job.sweep) and sweep_id in (None, job.sweep) for job in jobs)

    def count_slots(self) -> int:
        """How many runs are trained at a time; 1 while that is unknown."""
        counted, slots = self._slots
        now = time.monotonic()
        if self._connection is not None and now - counted > SLOTS_SECONDS:
            with suppress(OSError, TimeoutError):
                slots = max(1, sum(self._connection.client.nthreads().values()))
            self._slots = (now, slots)
        return slots

    def close(self) -> None:
        """End all jobs as interrupted, and close the connection."""
        for run_id in [run_id for job in self._jobs.values() for run_id in job.runs]:
            self._end_run(
                run_id, Interrupted(message=str(server_ended("a server that was shut down")))
            )
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> ClusterConnection:
        """The connection to the cluster, opened if there is none. Raises `RunError`."""
        if self._connection is None:
            self.state = "starting"
            try:
                cluster = self._launch()
                self._connection = ClusterConnection.open(cluster, self._topic, self._receive)
            finally:
                self.state = "ready" if self._connection else "cold"
        return self._connection

    def _receive(self, logged: tuple[float, dask_worker.EventTexts]) -> None:
        """Receive some events, in a thread of Dask."""
        self._run_later(lambda: self._store_events(logged[1]))

    def _store_events(self, texts: dask_worker.EventTexts) -> None:
        """Store events. An end event waits for the model, so that both appear together."""
        for run_id, of_run in groupby(texts, key=itemgetter(0)):
            events = [parse_event(text) for _, text in of_run]
            if run_id in self._jobs and isinstance(events[-1], End):
                self._ends[run_id] = events.pop()
            self._store.append(run_id, *events)

    def _finish(self, connection: ClusterConnection, job: Job, future: Any) -> None:
        """Handle the end of a job in Dask: finished, failed, or its worker is gone."""
        if self._jobs.get(job.key) is not job or job.future is not future:
            return
        if future.status == "finished":
            del self._jobs[job.key]
            results = future.result()
            for run_id, (text, model) in zip(job.runs, results, strict=False):
                self._keep_model(run_id, model)
                self._end_run(run_id, parse_event(text))
            self._continue(job, len(results))
        elif future.status == "error" and not _worker_was_killed(future):
            del self._jobs[job.key]
            for run_id in job.runs:
                self._end_run(run_id, Failed(message=str(_worker_error(future.exception()))))
        elif (
            connection.cluster.is_local
            and connection is self._connection
            and future.status != "cancelled"
        ):
            self._restart_cluster(connection)
        else:
            self._lose(job)

    def _continue(self, job: Job, done: int) -> None:
        """Send the rest of an interrupted job, unless its sweep is no longer active."""
        rest = dict(list(job.runs.items())[done:])
        if job.sweep in self.active_sweeps:
            self.send(Job(group_key(rest), rest, job.sweep))
        else:
            for run_id in rest:
                self._end_run(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))

    def _keep_model(self, run_id: str, model: bytes) -> None:
        try:
            if model:
                self._store.keep_model(run_id, model)
        except OSError:
            _log.exception("A trained model could not be kept.")

    def _end_run(self, run_id: str, event: Event) -> None:
        self._store.append(run_id, self._ends.pop(run_id, event))

    def _restart_cluster(self, connection: ClusterConnection) -> None:
        """Replace a local cluster that has lost a process."""
        self._connection = None
        connection.close()
        for job in list(self._jobs.values()):
            self._lose(job)
        self.warm_up()

    def _lose(self, job: Job) -> None:
        """Handle a job whose worker is gone: runs that never started are sent again, once."""
        del self._jobs[job.key]
        for run_id in list(job.runs):
            started = self._store.get(run_id).status != "queued" or run_id in self._ends
            if started or job.attempts == MAX_ATTEMPTS:
                del job.runs[run_id]
                self._end_run(run_id, Interrupted(message=str(_worker_ended())))
        self.send(job)

    def _stop_job(self, job: Job, forget: bool) -> None:
        """Stop a job on its worker; `forget` a job that has not started."""
        if forget:
            del self._jobs[job.key]
            job.future.cancel()
        if self._connection is not None:
            self._connection.run_on_workers(dask_worker.stop_job, job.key)


def group_key(runs: Mapping[str, str]) -> str:
    """The key of a group's job, which differs from all ids of runs."""
    return f"group-{next(iter(runs), '')}"


def _worker_was_killed(future: Any) -> bool:
    from distributed import KilledWorker

    return isinstance(future.exception(), KilledWorker)


def _worker_error(error: BaseException) -> RunError:
    return RunError(
        "A worker must be able to run its job.",
        f"{type(error).__name__}: {error}"[:300],
        "Install the same version of the playground on all workers.",
    )


def _worker_ended() -> RunError:
    return RunError(
        "A run's worker must stay alive until the run is done.",
        "a worker that ended",
        "Start the run again; the epochs it reached are kept.",
    )
