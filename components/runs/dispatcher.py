"""Starts what is next in the queue on a runner, and writes its events to the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from components.core.errors import PlaygroundError, RunError
from components.runs.action_thread import Action
from components.runs.run import server_ended
from components.runs.runner import Job, JobEnd, Launch, RunEvents, Runner
from components.runs.store import Store
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Interrupted,
    Stopped,
)
from components.training.limits import Limits, QueueLimits, check_limits
from components.training.requests import parse_request

RunnerState = Literal["cold", "starting", "ready"]

_log = logging.getLogger(__name__)


@dataclass
class _ActiveJob:
    """A job that the runner has."""

    job: Job
    stopped: bool = False
    interrupted: bool = False


class Dispatcher:
    """Starts a job whenever the runner has a free slot, and ends the sweeps that are done.

    One thread calls all methods; what the runner's threads report is passed to it with `run_later`.
    `launch` starts the runner when it is first needed, and again after it has ended.
    """

    def __init__(
        self,
        store: Store,
        service: str,
        launch: Launch,
        limits: Limits | None,
        queue_limits: QueueLimits,
        run_later: Callable[[Action], None],
    ) -> None:
        self._store, self._service, self._launch = store, service, launch
        self._limits, self._queue_limits = limits, queue_limits
        self._run_later = run_later
        self._runner: Runner | None = None
        self._jobs: dict[str, _ActiveJob] = {}
        self._ends: dict[str, Event] = {}
        """End events that wait for the run's result, and with it its model."""
        self._lost: set[str] = set()
        """Runs that were lost once before they started."""
        self.slots = 1
        """How many jobs are trained at a time, as last counted."""
        self.state: RunnerState = "cold"

    @property
    def address(self) -> str:
        """The address of the runner's cluster, or empty if it has none."""
        return self._runner.address if self._runner else ""

    def warm_up(self) -> None:
        """Start the runner, so that the first run starts at once."""
        try:
            self._started_runner()
        except PlaygroundError as error:
            _log.warning("%s", error)

    def tick(self) -> None:
        """Start jobs while there are free slots, and settle the sweeps that are done."""
        if self._runner is not None:
            self._check(self._runner)
        self._serve_requests()
        while (job := self._next_job()) is not None and self._start(job):
            pass
        self._give_way()
        for sweep_id in self._store.sweeps.done(self._service):
            self._store.sweeps.settle(sweep_id)

    def recover(self) -> None:
        """Let runs wait again that were taken when the database failed, and never started."""
        active = {run_id for job in self._jobs.values() for run_id in job.job.runs}
        lost = [run_id for run_id in self._store.queue.taken(self._service) if run_id not in active]
        if lost:
            self._store.queue.put_back(lost)

    def on_events(self, events: RunEvents) -> None:
        """Receive events in a thread of the runner."""
        self._run_later(lambda: self._store_events(events))

    def on_end(self, key: str, end: JobEnd) -> None:
        """Receive the end of a job in a thread of the runner."""
        self._run_later(lambda: self._finish(key, end))

    def close(self) -> None:
        """End the runner, and all jobs as interrupted."""
        if self._runner is not None:
            self._runner.close()
        message = str(server_ended("a server that was shut down"))
        for active in self._jobs.values():
            self._end_runs(active.job.runs, Interrupted(message=message))

    def _started_runner(self) -> Runner:
        """The runner, started if there is none. Raises `RunError`."""
        if self._runner is None:
            self.state = "starting"
            try:
                self._runner = self._launch(self)
            finally:
                self.state = "ready" if self._runner else "cold"
        return self._runner

    def _check(self, runner: Runner) -> None:
        """Count the slots of a runner, or drop it with all its jobs if it has ended."""
        if not runner.has_ended():
            self.slots = runner.count_slots()
            return
        runner.close()
        self._runner, self.state = None, "cold"
        for key in self._jobs:
            self.on_end(key, JobEnd(lost=True))

    def _serve_requests(self) -> None:
        """Do what pages of any server have asked of the jobs and sweeps of this one."""
        if self._jobs:
            requests = set(self._store.queue.stop_requests(self._service))
            for active in self._jobs.values():
                if requests & active.job.runs.keys():
                    self._stop(active)
        sweeps = {active.job.sweep for active in self._jobs.values()} - {""}
        if sweeps:
            sweeps -= self._store.sweeps.running(self._service)
        for sweep_id in sweeps:
            stopped = self._store.sweeps.is_stopped(sweep_id)
            for active in [one for one in self._jobs.values() if one.job.sweep == sweep_id]:
                if stopped:
                    self._stop(active)
                else:
                    self._interrupt(active)

    def _next_job(self) -> Job | None:
        """Take the next job from the queue if a slot is free."""
        if len(self._jobs) >= self.slots:
            return None
        run_ids = self._store.queue.take(self._service, self._queue_limits.running_each)
        return self._job_of(run_ids) if run_ids else None

    def _job_of(self, run_ids: Sequence[str]) -> Job:
        runs, limits = [self._store.get(run_id) for run_id in run_ids], self._limits or Limits()
        sweep = runs[0].sweep
        return Job(
            {run.id: run.request_json for run in runs},
            limits,
            sweep,
            0 if sweep else self._store.models.max_file_bytes,
            not sweep or self._store.sweeps.get(sweep).inspect,
        )

    def _start(self, job: Job) -> bool:
        """Start a job, and return whether the runner has it. If it can't start, its runs fail."""
        try:
            runner = self._started_runner()
        except PlaygroundError as error:
            if job.sweep:
                self._store.sweeps.change_state(job.sweep, "paused")
            self._end_later(job, Failed(message=str(error)))
            return False
        if job.sweep and (too_large := self._too_large(job)) is not None:
            self._end_later(job, Failed(message=str(too_large)))
            return True
        self._jobs[job.key] = _ActiveJob(job)
        runner.submit(job)
        for run_id in job.runs:
            _log.info("A run goes to the runner.", extra={"run": run_id, "sweep": job.sweep})
        self.slots = runner.count_slots()
        return True

    def _too_large(self, job: Job) -> PlaygroundError | None:
        """The reason why runs of a sweep can't be trained, which a single run is told at once."""
        try:
            for text in job.runs.values():
                check_limits(parse_request(text), job.limits)
        except PlaygroundError as error:
            return error
        return None

    def _give_way(self) -> None:
        """Interrupt as many groups as single runs wait, if no slot is free."""
        groups = [active for active in self._jobs.values() if active.job.sweep]
        if groups and len(self._jobs) >= self.slots:
            interrupted = sum(group.interrupted for group in groups)
            allowed = self._store.queue.allowed(self._queue_limits.running_each)
            wanted = max(0, len(allowed) - interrupted)
            for group in [group for group in groups if not group.interrupted][:wanted]:
                self._interrupt(group)

    def _stop(self, active: _ActiveJob) -> None:
        """Stop a job. Its runs that have not started end at once."""
        if self._runner is not None and not active.stopped:
            self._runner.stop(active.job.key)
        active.stopped = True
        for run_id in active.job.runs:
            if self._is_queued(run_id):
                self._store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))

    def _interrupt(self, active: _ActiveJob) -> None:
        if self._runner is not None and not active.interrupted:
            self._runner.interrupt(active.job.key)
        active.interrupted = True

    def _store_events(self, events: RunEvents) -> None:
        """Store events. An end event waits for the model, so that both appear together."""
        active = {run_id for job in self._jobs.values() for run_id in job.job.runs}
        for run_id, pairs in groupby(events, key=itemgetter(0)):
            of_run = [event for _, event in pairs]
            if run_id in active and isinstance(of_run[-1], End):
                self._ends[run_id] = of_run.pop()
            self._store.append(run_id, *of_run)

    def _finish(self, key: str, end: JobEnd) -> None:
        """End the runs of a job as they ended; those that never started wait again.

        If the database fails, this is called again from the start.
        """
        active = self._jobs.get(key)
        if active is None:
            return
        runs = list(active.job.runs)
        for run_id, (event, model) in zip(runs, end.results, strict=False):
            self._keep_model(run_id, model)
            self._end_runs([run_id], event)
        rest = runs[len(end.results) :]
        lost = self._interrupt_started(rest) if end.lost else []
        if end.error is not None:
            self._end_runs(rest, Failed(message=str(end.error)))
        elif active.stopped:
            self._end_runs(rest, Stopped(seconds=0.0, message=NEVER_STARTED))
        else:
            self._store.queue.put_back(lost if end.lost else rest)
        self._lost |= set(lost)
        del self._jobs[key]

    def _interrupt_started(self, run_ids: list[str]) -> list[str]:
        """Interrupt the lost runs that started or were lost before, and return the others."""
        waiting = [
            run_id
            for run_id in run_ids
            if self._is_queued(run_id) and run_id not in self._lost and run_id not in self._ends
        ]
        self._end_runs(set(run_ids) - set(waiting), Interrupted(message=str(_worker_ended())))
        return waiting

    def _keep_model(self, run_id: str, model: bytes) -> None:
        try:
            if model:
                self._store.keep_model(run_id, model)
        except OSError:
            _log.exception("A trained model could not be kept.", extra={"run": run_id})

    def _is_queued(self, run_id: str) -> bool:
        run = self._store.find(run_id)
        return run is not None and run.status == "queued"

    def _end_runs(self, run_ids: Iterable[str], event: Event) -> None:
        for run_id in run_ids:
            end = self._ends.get(run_id, event)
            self._store.append(run_id, end)
            self._ends.pop(run_id, None)
            _log.info("A run has ended: %s.", end.kind, extra={"run": run_id})

    def _end_later(self, job: Job, event: Event) -> None:
        """End the runs of a job that the runner does not have, also if the database fails now."""
        self._run_later(lambda: self._end_runs(job.runs, event))


def _worker_ended() -> RunError:
    return RunError(
        "A run's worker must stay alive until the run is done.",
        "a worker that ended",
        "Start the run again; the epochs it reached are kept.",
    )
