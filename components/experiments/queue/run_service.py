"""The service of runs that the app uses; it starts the next runs of the queue on a runner."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from components.base.database.database import remove_old
from components.base.errors import PlaygroundError, RunError
from components.base.limits import WORKERS
from components.base.workers.host import server_host
from components.experiments.queue.action_thread import ActionThread
from components.experiments.queue.dask_runner import DaskRunner
from components.experiments.queue.queue import Asked
from components.experiments.queue.run import server_ended
from components.experiments.queue.runner import (
    Job,
    JobEnd,
    JobListener,
    Launch,
    LocalRunner,
    RunEvents,
    Runner,
)
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Interrupted,
    Paused,
    Started,
    Stopped,
)
from components.experiments.training.limits import Limits, QueueLimits, check_limits
from components.experiments.training.requests import RunRequest, parse_request

BEAT_SECONDS = 3.0
"""Time between two heartbeats."""
UPKEEP_SECONDS = 3600.0
"""Time between two removals of old rows and files."""
PAUSE_SECONDS = 60.0
"""Time for which a paused run keeps its child and its slot if no run waits for the slot."""

CLUSTER = "DASK_SCHEDULER_ADDRESS"
"""Variable with the address of a Dask cluster that trains runs; by default no cluster does."""

_log = logging.getLogger(__name__)


def runner_of_environment(listener: JobListener) -> Runner:
    """Return a runner on the cluster at `CLUSTER`, or one for FUSION_WORKERS runs on this machine.

    Raises `RunError` if a variable is not valid or the scheduler does not answer.
    """
    address = os.environ.get(CLUSTER)
    if address:
        return DaskRunner(address, listener)
    return LocalRunner(WORKERS.value(), listener, server_host())


@dataclass
class _ActiveJob:
    """A job that the runner has."""

    job: Job
    stopped: bool = False
    interrupted: bool = False
    pause_after: int | None = None
    """Number of epochs that was sent to the runner last."""
    paused: float | None = None
    """Monotonic time at which its run was paused; `None` while it is in training."""

    @property
    def is_long_paused(self) -> bool:
        """`True` if it has to give up its slot."""
        return self.paused is not None and time.monotonic() - self.paused >= PAUSE_SECONDS

    def see(self, events: Iterable[Event]) -> None:
        """Record the time at which its single run paused, or that it continued."""
        for event in events:
            if isinstance(event, Paused):
                self.paused = time.monotonic()
            elif isinstance(event, Started):
                self.paused, self.interrupted = None, False


class Service:
    """Trains the runs of the queue, here or on a cluster. Safe under threads.

    The store shows the progress and takes requests to stop and to pause. One thread does all the
    work, one action after another: it starts a job whenever the runner has a free slot, writes what
    the runner reports, and ends the sweeps that are done. `launch` starts the runner when it is
    first needed, and again after it has ended.
    """

    def __init__(
        self,
        store: Store | None = None,
        launch: Launch = runner_of_environment,
        limits: Limits | None = None,
        queue_limits: QueueLimits | None = None,
    ) -> None:
        self.store = store or Store()
        self.id = uuid.uuid4().hex[:12]
        self._launch, self._limits = launch, limits
        self._queue_limits = queue_limits or QueueLimits()
        self._runner: Runner | None = None
        self._slots = 1
        """Latest count of jobs that are trained at a time."""
        self._jobs: dict[str, _ActiveJob] = {}
        self._lost: set[str] = set()
        """Runs that were lost once before they started."""
        self._last_beat = time.monotonic()
        self._last_upkeep = -UPKEEP_SECONDS
        self.store.services.register(self.id, self._slots)
        self.store.mark_interrupted()
        self._thread = ActionThread("runs", (self._beat, self._tick), self._close)
        self._thread.start()
        server_host()  # Exit handlers run in reverse order, so the host ends after this.
        atexit.register(self.shutdown)

    def warm_up(self) -> None:
        """Start the runner in the background, so that the first run starts at once."""
        self._thread.put(self._warm_up)

    @property
    def can_pause(self) -> bool:
        """`True` if runs can pause after an epoch."""
        return not os.environ.get(CLUSTER) if self._runner is None else self._runner.can_pause

    def submit(
        self,
        request: RunRequest,
        owner: str = "",
        name: str | None = None,
        sender: str = "",
        pause_after: int | None = None,
    ) -> str:
        """Queue a run and return its id.

        `sender` is the network address of its owner. The run pauses after `pause_after` epochs. Its
        model is kept and inspected. Raises `RunError` if it exceeds the memory limit, the queue is
        full or the service was shut down, and `SpecError` or `DataError` if its model or data can't
        be built; then nothing is stored.
        """
        self._require_running()
        check_limits(request, self._limits or Limits())
        run_id = self.store.create(
            request.inspected(),
            owner,
            name,
            self.id,
            limits=self._queue_limits,
            sender=sender,
            pause_after=pause_after,
        )
        self._thread.put()
        return run_id

    def pause_after(self, run_id: str, epochs: int | None, sender: str = "") -> None:
        """Pause a single run after a number of epochs, or continue it with `None`.

        Raises `RunError` if it is unknown or a run of a race, if it has to wait in a queue that is
        full, or if the service was shut down.
        """
        self._require_running()
        self.store.require_single(run_id, "paused")
        slots = self.store.services.count_slots()
        self.store.queue.pause_after(run_id, epochs, sender, self._queue_limits, slots)
        self._thread.put()

    def submit_sweep(self, order: SweepOrder, owner: str = "") -> str:
        """Queue groups of runs as a sweep and return its id.

        Single runs come first: a group yields its slot after its current run. Owners of sweeps take
        turns. Requests that have finished before are skipped; those that are too large or have no
        data fail. No model is kept. Raises `RunError` if there is no run, or the service was shut
        down.
        """
        self._require_running()
        sweep_id = self.store.sweeps.create(order, owner, self.id)
        self.store.sweeps.ask(sweep_id, retry_failed=True)
        self._thread.put()
        return sweep_id

    def resume(self, sweep_id: str, retry_failed: bool = False) -> None:
        """Train the remaining runs of a sweep here, with `retry_failed` also those that failed.

        Raises `RunError` if the sweep is unknown, or if the service was shut down.
        """
        self._require_running()
        self.store.mark_interrupted()
        self.store.sweeps.get(sweep_id)
        if self.store.sweeps.claim(sweep_id, self.id):
            self.store.sweeps.ask(sweep_id, retry_failed)
            self._thread.put()

    def take_over(self, sweep_id: str) -> None:
        """Resume a sweep that is paused because its server has ended."""
        sweep = self.store.sweeps.find(sweep_id)
        if sweep and sweep.state == "paused" and sweep.service not in self.store.services.alive():
            self.resume(sweep_id)

    @property
    def is_shut_down(self) -> bool:
        """`True` once it trains nothing any more."""
        return self._thread.closed

    def shutdown(self) -> None:
        """End the runner and all its processes.

        Runs in training are interrupted; waiting ones are left to the next service.
        """
        atexit.unregister(self.shutdown)
        self._thread.close()

    def on_events(self, events: RunEvents) -> None:
        """Receive events in a thread of the runner."""
        self._thread.put(lambda: self._store_events(events))

    def on_end(self, key: str, end: JobEnd) -> None:
        """Receive the end of a job in a thread of the runner."""
        self._thread.put(lambda: self._finish(key, end))

    def _require_running(self) -> None:
        if self.is_shut_down:
            raise RunError(
                "The service of runs is not running.",
                "",
                "Start the server.",
            )

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last_beat > BEAT_SECONDS:
            self.store.services.beat(self.id, self._slots)
            self.store.mark_interrupted()
            self._recover()
            self._last_beat = now
        if now - self._last_upkeep > UPKEEP_SECONDS:
            remove_old(self.store.database)
            self._last_upkeep = now

    def _close(self) -> None:
        """End the runner, and mark the runs of all jobs as interrupted."""
        if self._runner is not None:
            self._runner.close()
        message = str(server_ended("a server that was shut down"))
        for active in self._jobs.values():
            if active.paused is None:
                self._end_runs(active.job.runs, Interrupted(message=message))
        self.store.services.unregister(self.id)
        self.store.mark_interrupted()

    def _warm_up(self) -> None:
        try:
            self._started_runner()
        except PlaygroundError as error:
            _log.warning("%s", error)

    def _tick(self) -> None:
        """Start jobs while slots are free, and settle the sweeps that are done."""
        if self._runner is not None:
            self._check(self._runner)
        self._serve_requests()
        while (job := self._next_job()) is not None and self._start(job):
            pass
        self._free_slots()
        for sweep_id in self.store.sweeps.done(self.id):
            self.store.sweeps.settle(sweep_id)

    def _recover(self) -> None:
        """Return runs to the queue that were taken but not started when the database failed."""
        active = {run_id for job in self._jobs.values() for run_id in job.job.runs}
        lost = [run_id for run_id in self.store.queue.taken(self.id) if run_id not in active]
        if lost:
            self.store.queue.put_back(lost)

    def _started_runner(self) -> Runner:
        """Return the runner, started if there is none. Raises `RunError`."""
        if self._runner is None:
            self._runner = self._launch(self)
        return self._runner

    def _check(self, runner: Runner) -> None:
        """Count the slots of a runner. If it has ended, drop it with all its jobs."""
        if not runner.has_ended():
            self._slots = runner.count_slots()
            return
        runner.close()
        self._runner = None
        for key in self._jobs:
            self.on_end(key, JobEnd(lost=True))

    def _serve_requests(self) -> None:
        """Carry out the requests from pages of any server to this server's jobs and sweeps."""
        if not self._jobs:
            return
        asked = self.store.queue.asked(self.id)
        requests = {run_id for run_id, of_run in asked.items() if of_run.stop}
        states = self.store.sweeps.states({one.job.sweep for one in self._jobs.values()} - {""})
        for active in self._jobs.values():
            state, service = states.get(active.job.sweep, ("running", self.id))
            if state == "stopped" or requests & active.job.runs.keys():
                self._stop(active)
            elif (state, service) != ("running", self.id):
                self._interrupt(active)
            elif not active.job.sweep:
                self._send_pause(active, asked)

    def _send_pause(self, active: _ActiveJob, asked: Mapping[str, Asked]) -> None:
        """Send a single run's new `pause_after` to the runner."""
        of_run = asked.get(next(iter(active.job.runs)))
        if self._runner is None or of_run is None or of_run.pause_after == active.pause_after:
            return
        self._runner.pause_after(active.job.key, of_run.pause_after)
        active.pause_after, active.interrupted = of_run.pause_after, False
        if active.paused is not None:
            active.paused = time.monotonic()  # If it is still paused, it has another minute.

    def _next_job(self) -> Job | None:
        """Take the next job from the queue if a slot is free."""
        if len(self._jobs) >= self._slots:
            return None
        run_ids = self.store.queue.take(self.id, self._queue_limits.running_each)
        return self._job_of(run_ids) if run_ids else None

    def _job_of(self, run_ids: Sequence[str]) -> Job:
        runs, limits = [self.store.get(run_id) for run_id in run_ids], self._limits or Limits()
        sweep = runs[0].sweep
        requests = {run.id: run.request_json for run in runs}
        if sweep:
            return Job(requests, limits, sweep)
        (run,), models = runs, self.store.models
        checkpoint, most = str(models.checkpoint(run.id)), models.max_file_bytes
        return Job(requests, limits, "", most, checkpoint, run.pause_after)

    def _start(self, job: Job) -> bool:
        """Start a job. Return `False` if there is no runner; runs that can't start fail."""
        try:
            runner = self._started_runner()
        except PlaygroundError as error:
            if job.sweep:
                self.store.sweeps.change_state(job.sweep, "paused")
            self._end_runs(job.runs, Failed(message=str(error)))
            return False
        try:
            if job.sweep:  # A single run was checked when it was submitted.
                for text in job.runs.values():
                    check_limits(parse_request(text), job.limits)
        except PlaygroundError as error:
            self._end_runs(job.runs, Failed(message=str(error)))
            return True
        self._jobs[job.key] = _ActiveJob(job, pause_after=job.pause_after)
        runner.submit(job)
        for run_id in job.runs:
            _log.info("A run goes to the runner.", extra={"run": run_id, "sweep": job.sweep})
        self._slots = runner.count_slots()
        return True

    def _free_slots(self) -> None:
        """Interrupt runs to free slots for other runs.

        Runs that have been paused for long are always interrupted. If no slot is free, one further
        paused run, or else one group of a sweep, is interrupted for each single run that waits.
        """
        paused = [active for active in self._jobs.values() if active.paused is not None]
        for active in paused:
            if active.is_long_paused:
                self._interrupt(active)
        yielding = [*paused, *(active for active in self._jobs.values() if active.job.sweep)]
        if yielding and len(self._jobs) >= self._slots:
            interrupted = sum(active.interrupted for active in yielding)
            allowed = self.store.queue.allowed(self._queue_limits.running_each)
            wanted = max(0, len(allowed) - interrupted)
            for active in [active for active in yielding if not active.interrupted][:wanted]:
                self._interrupt(active)

    def _stop(self, active: _ActiveJob) -> None:
        """Stop a job. Its runs that have not started end at once."""
        if self._runner is not None and not active.stopped:
            self._runner.stop(active.job.key)
        active.stopped = True
        waiting = [run_id for run_id in active.job.runs if self._is_queued(run_id)]
        self._end_runs(waiting, Stopped(seconds=0.0, message=NEVER_STARTED))

    def _interrupt(self, active: _ActiveJob) -> None:
        if self._runner is not None and not active.interrupted:
            self._runner.interrupt(active.job.key)
        active.interrupted = True

    def _store_events(self, events: RunEvents) -> None:
        for run_id, pairs in groupby(events, key=itemgetter(0)):
            of_run = [event for _, event in pairs]
            self.store.append(run_id, *of_run)
            for active in self._jobs.values():
                if run_id in active.job.runs and not active.job.sweep:
                    active.see(of_run)
            if any(isinstance(event, Paused) for event in of_run):
                self.store.prune_models(run_id)

    def _finish(self, key: str, end: JobEnd) -> None:
        """End the runs of a job with their results; those that never started return to the queue.

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
            self.store.queue.put_back(lost if end.lost else rest)
        self._lost |= set(lost)
        del self._jobs[key]

    def _interrupt_started(self, run_ids: list[str]) -> list[str]:
        """Interrupt the lost runs that had started or were lost before, and return the rest."""
        waiting = [one for one in run_ids if one not in self._lost and self._is_queued(one)]
        self._end_runs(set(run_ids) - set(waiting), Interrupted(message=str(_worker_ended())))
        return waiting

    def _keep_model(self, run_id: str, model: bytes) -> None:
        try:
            if model:
                self.store.keep_model(run_id, model)
        except OSError:
            _log.exception("A trained model could not be kept.", extra={"run": run_id})

    def _is_queued(self, run_id: str) -> bool:
        run = self.store.find(run_id)
        return run is not None and run.status == "queued"

    def _end_runs(self, run_ids: Iterable[str], end: End) -> None:
        for run_id in run_ids:
            self.store.append(run_id, end)
            _log.info("A run has ended: %s.", end.kind, extra={"run": run_id})


def _worker_ended() -> RunError:
    return RunError(
        "The worker of this run ended before the run was done.",
        "",
        "Start the run again; the epochs it reached are kept.",
    )


_service: Service | None = None
_service_lock = threading.Lock()


def service() -> Service:
    """Return the service of this process; create it if there is none or it was shut down.

    Raises what `Service` raises.
    """
    global _service
    with _service_lock:
        if _service is None or _service.is_shut_down:
            _service = Service()
        return _service


def notice() -> str:
    """Return the notice of the service's database; empty without a service or a notice."""
    return "" if _service is None else _service.store.notice


def use(other: Service) -> None:
    """Replace the service of this process with another, and shut the old one down."""
    global _service
    shutdown()
    with _service_lock:
        _service = other


def shutdown() -> None:
    """Shut down the service of this process, if there is one."""
    with _service_lock:
        if _service is not None:
            _service.shutdown()
