"""The queue of runs as the app sees it: submit, stop, and let the store tell the rest."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.core.errors import PlaygroundError, RunError
from components.training import dask_worker
from components.training.cluster import Cluster, cluster_of_environment
from components.training.events import NEVER_STARTED, Failed, Stopped
from components.training.job_queue import State, Task, Tasks, key_of
from components.training.limits import Limits, check_memory
from components.training.requests import RunRequest
from components.training.store import Store
from components.training.sweep_scheduler import Handed, SweepScheduler, settled
from components.training.sweeps import SweepState


@dataclass(frozen=True)
class ServiceStatus:
    """What the service is at. `running` and `queued` count its own runs."""

    state: State
    address: str
    running: int
    queued: int


class Service(Tasks):
    """Queues runs and sweeps on Dask; what they tell is in the store. Safe under threads."""

    def __init__(
        self,
        store: Store | None = None,
        launch: Callable[[], Cluster] = cluster_of_environment,
        limits: Limits | None = None,
    ) -> None:
        store = store or Store()
        self._feeder = SweepScheduler(store)
        super().__init__(store, launch, limits)

    def submit(self, request: RunRequest, owner: str = "", name: str | None = None) -> str:
        """Queue a run; its id in the store.

        Raises `RunError` where it would take more memory than it may or the service was shut
        down, `SpecError` or `DataError` where it could not be built or fed; nothing is stored then.
        """
        self._must_be_up()
        needed = check_memory(request, self._limits or Limits())
        run_id = self.store.create(request, owner, name, self.id, needed)
        self._inbox.put(lambda: self._send(Task(run_id, {run_id: request.json_text()})))
        return run_id

    def stop(self, run_id: str) -> None:
        """Have a run stop, queued or running; the store says so within two seconds.

        Nothing happens where it has ended. Raises `RunError` where it is unknown, belongs to
        another server or to a sweep.
        """
        run = self.store.get(run_id)
        if not run.ended and run.sweep:
            raise RunError(
                "A run of a sweep is stopped with all of it.",
                f"{run.name}, which is {run.status}",
                "End the sweep.",
            )
        if not run.ended and run.service != self.id:
            raise RunError(
                "A run is stopped on the server it was started on.",
                f"{run.name}, which another server runs",
                "Open that server, or wait for the run's end.",
            )
        self._inbox.put(lambda: self._stop(run_id))

    def submit_sweep(
        self,
        groups: Sequence[Sequence[RunRequest]],
        plan: str = "",
        owner: str = "",
        name: str = "",
    ) -> str:
        """Queue groups of runs as a sweep; its id in the store.

        Those of a group are trained in one process. Single runs come before all that have not
        begun, and sweeps take turns. What has finished before is not trained again; what is too
        large or has no data ends as failed. No model is kept. Raises `RunError` where there is no
        run, or the service was shut down.
        """
        self._must_be_up()
        sweep_id = self.store.sweeps.create(groups, plan, owner, name, self.id)
        self._inbox.put(lambda: self._start(sweep_id, True))
        return sweep_id

    def pause(self, sweep_id: str) -> None:
        """Begin no more runs of a running sweep; those at work go on to their end.

        Raises `RunError` where it is unknown, or another server runs it.
        """
        self._must_not_be_elsewhere(sweep_id)
        if self.store.sweeps.change_state(sweep_id, "paused"):
            self._inbox.put(lambda: self._withdraw(sweep_id, False))

    def resume(self, sweep_id: str, again: bool = False) -> None:
        """Train what is left of a sweep; `again` also what failed in it.

        Raises `RunError` where it is unknown, another server runs it, or the service was shut down.
        """
        self._must_be_up()
        self._must_not_be_elsewhere(sweep_id)
        if self.store.sweeps.claim(sweep_id, self.id):
            self._inbox.put(lambda: self._start(sweep_id, again))

    def end(self, sweep_id: str) -> None:
        """Stop a sweep: what runs of it within two seconds, and what waits never begins.

        Raises `RunError` where it is unknown, or another server runs it.
        """
        self._must_not_be_elsewhere(sweep_id)
        states: tuple[SweepState, ...] = ("running", "paused")
        if any(self.store.sweeps.change_state(sweep_id, "stopped", was) for was in states):
            self._inbox.put(lambda: self._withdraw(sweep_id, True))

    def status(self) -> ServiceStatus:
        """Whether the service is ready, and how much it has to do."""
        runs = self.store.list(statuses=("queued", "running"), limit=1000, sweeps=True)
        mine = Counter(run.status for run in runs if run.service == self.id)
        link = self._link
        address = link.cluster.address if link else ""
        return ServiceStatus(self._state, address, mine["running"], mine["queued"])

    def _stop(self, run_id: str) -> None:
        run, task = self.store.get(run_id), self._tasks.get(run_id)
        if run.ended:
            return
        if run.status == "queued":
            self.store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))
        if task is not None:
            self._stop_task(task, run.status == "queued")

    def _start(self, sweep_id: str, again: bool) -> None:
        if self.store.sweeps.get(sweep_id).state == "running":
            self._sweeps.add(sweep_id)
            self._feeder.start(sweep_id, again)

    def _withdraw(self, sweep_id: str, all_of_it: bool) -> None:
        """Let no more of a sweep begin; have what is at work stop where it is `all_of_it`."""
        self._feeder.drop(sweep_id)
        self._sweeps.discard(sweep_id)
        for task in [task for task in self._tasks.values() if task.sweep == sweep_id]:
            waiting = [r for r in task.runs if self.store.get(r).status == "queued"]
            waits = len(waiting) == len(task.runs)
            if waits or all_of_it:
                for run_id in waiting:
                    self.store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))
                self._stop_task(task, waits)
            elif self._link is not None:
                self._link.client.run(dask_worker.cut, task.key, on_error="ignore")

    def _between(self) -> None:
        """Hand groups of sweeps to Dask, one more than is trained at a time; see sweeps end."""
        while self._feeder.waits() and self._in_flight() <= self._count_slots():
            handed = self._feeder.next()
            if handed is None:
                break
            self._hand(handed)
        for sweep_id in list(self._sweeps):
            if not self._feeder.waits(sweep_id) and not self._in_flight(sweep_id):
                self._sweeps.discard(sweep_id)
                done = settled(self.store, sweep_id)
                self.store.sweeps.change_state(sweep_id, "finished" if done else "paused")

    def _hand(self, handed: Handed) -> None:
        needed, refused = _checked(handed.requests, self._limits or Limits())
        run_ids = self.store.create_all(
            handed.requests, handed.owner, None, self.id, needed, handed.sweep
        )
        if refused is not None:
            for run_id in run_ids:
                self.store.append(run_id, Failed(message=str(refused)))
            return
        texts = [request.json_text() for request in handed.requests]
        runs = dict(zip(run_ids, texts, strict=True))
        if not self._send(Task(key_of(runs), runs, handed.sweep)):
            self.store.sweeps.change_state(handed.sweep, "paused")
            self._withdraw(handed.sweep, False)

    def _must_not_be_elsewhere(self, sweep_id: str) -> None:
        self.store.mark_interrupted()
        sweep = self.store.sweeps.get(sweep_id)
        if sweep.state == "running" and sweep.service != self.id:
            raise RunError(
                "A sweep is paused, resumed and ended on the server that runs it.",
                f"{sweep.name or sweep.id}, which another server runs",
                "Open that server, or wait for the sweep's end.",
            )


def _checked(requests: Sequence[RunRequest], limits: Limits) -> tuple[int, PlaygroundError | None]:
    """The memory one of the runs takes at most, in bytes, or why they cannot be trained."""
    try:
        return max(check_memory(request, limits) for request in requests), None
    except PlaygroundError as error:
        return 0, error


_service: Service | None = None
_service_lock = threading.Lock()


def service() -> Service:
    """The service of this process, made at the first call. Raises `RunError` as `Service` does."""
    global _service
    with _service_lock:
        if _service is None:
            _service = Service()
        return _service
