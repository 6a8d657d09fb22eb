"""Runs sweeps: sends their groups to the queue, a few at a time, until they are done."""

from __future__ import annotations

from collections.abc import Sequence

from components.core.errors import PlaygroundError
from components.training.events import Failed
from components.training.job_queue import Job, JobQueue, group_key
from components.training.limits import Limits, check_memory
from components.training.requests import RunRequest
from components.training.store import Store
from components.training.sweep_scheduler import SweepGroup, SweepScheduler, is_done


class SweepRunner:
    """Sends the groups of running sweeps to the queue. One thread calls all methods."""

    def __init__(self, store: Store, service: str, queue: JobQueue, limits: Limits | None) -> None:
        self._store, self._service, self._queue = store, service, queue
        self._limits = limits
        self._scheduler = SweepScheduler(store)

    def start(self, sweep_id: str, retry_failed: bool) -> None:
        """Start or resume a sweep."""
        if self._store.sweeps.get(sweep_id).state == "running":
            self._queue.active_sweeps.add(sweep_id)
            self._scheduler.add(sweep_id, retry_failed)

    def withdraw(self, sweep_id: str, stop_running: bool) -> None:
        """Start no more runs of a sweep, and stop its running ones if `stop_running` is true."""
        self._scheduler.remove(sweep_id)
        self._queue.active_sweeps.discard(sweep_id)
        self._queue.withdraw_sweep(sweep_id, stop_running)

    def tick(self) -> None:
        """Send groups to the queue, one more than are trained at a time, and end done sweeps."""
        queue, scheduler = self._queue, self._scheduler
        while scheduler.has_groups() and queue.count_groups() <= queue.count_slots():
            group = scheduler.next_group()
            if group is None:
                break
            self._send(group)
        for sweep_id in list(queue.active_sweeps):
            if not scheduler.has_groups(sweep_id) and not queue.count_groups(sweep_id):
                queue.active_sweeps.discard(sweep_id)
                done = is_done(self._store, sweep_id)
                self._store.sweeps.change_state(sweep_id, "finished" if done else "paused")

    def _send(self, group: SweepGroup) -> None:
        needed, error = _memory_needed(group.requests, self._limits or Limits())
        run_ids = self._store.create_all(
            group.requests, group.owner, None, self._service, needed, group.sweep
        )
        if error is not None:
            for run_id in run_ids:
                self._store.append(run_id, Failed(message=str(error)))
            return
        texts = [request.json_text() for request in group.requests]
        runs = dict(zip(run_ids, texts, strict=True))
        if not self._queue.send(Job(group_key(runs), runs, group.sweep)):
            self._store.sweeps.change_state(group.sweep, "paused")
            self.withdraw(group.sweep, False)


def _memory_needed(
    requests: Sequence[RunRequest], limits: Limits
) -> tuple[int, PlaygroundError | None]:
    """The most memory that one of the runs needs, in bytes, or why they can't be trained."""
    try:
        return max(check_memory(request, limits) for request in requests), None
    except PlaygroundError as error:
        return 0, error
