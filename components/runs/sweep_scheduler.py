"""Chooses which group of the running sweeps is trained next."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from components.core.errors import PlaygroundError
from components.runs.run import Run
from components.runs.runner import Job
from components.runs.store import Store
from components.runs.sweeps import SweepState
from components.training.events import Failed
from components.training.limits import Limits, check_limits
from components.training.requests import RunRequest, parse_request


@dataclass
class _SweepQueue:
    """The groups of one sweep that wait."""

    sweep: str
    owner: str
    groups: deque[int]
    digests: tuple[tuple[str, ...], ...]
    retry_failed: bool
    """Whether runs that failed in this sweep are trained again."""
    jobs: deque[Job] = field(default_factory=deque)
    """Jobs that were interrupted or lost; they come before the groups."""
    turn: int = -1
    """The number of its last turn."""

    @property
    def is_empty(self) -> bool:
        return not self.groups and not self.jobs


class SweepScheduler:
    """Chooses the next group of runs to train: owners take turns, and so do the sweeps of each.

    Runs that have finished in any sweep are skipped. A group with a run that is being trained
    elsewhere goes to the end of its sweep's queue. Each group is returned once after each `add`.
    """

    def __init__(self, store: Store, service: str, limits: Limits | None = None) -> None:
        self._store, self._service, self._limits = store, service, limits
        self._queues: dict[str, _SweepQueue] = {}
        self._turns: Iterator[int] = count()
        self._owner_turns: dict[str, int] = {}

    def has_groups(self) -> bool:
        """Whether groups wait."""
        return any(not queue.is_empty for queue in self._queues.values())

    def scheduled(self) -> set[str]:
        """The ids of the sweeps that have groups, or runs in training."""
        return set(self._queues)

    def add(self, sweep_id: str, retry_failed: bool) -> None:
        """Schedule the groups of a sweep, if it is running."""
        sweep = self._store.sweeps.get(sweep_id)
        if sweep.state == "running":
            groups = deque(range(len(sweep.groups)))
            self._queues[sweep_id] = _SweepQueue(
                sweep_id, sweep.owner, groups, sweep.groups, retry_failed
            )

    def remove(self, sweep_id: str) -> list[Job]:
        """Schedule no more groups of a sweep, and return the jobs that were put back."""
        queue = self._queues.pop(sweep_id, None)
        return list(queue.jobs) if queue else []

    def put_back(self, job: Job) -> bool:
        """Schedule what is left of a job, and return whether its sweep is still scheduled."""
        queue = self._queues.get(job.sweep)
        if queue is not None:
            queue.jobs.append(job)
        return queue is not None

    def next_job(self) -> Job | None:
        """The next group as a job, or `None` if no sweep has one that can be trained now."""
        for queue in sorted(self._queues.values(), key=self._last_turns):
            if (job := self._job_of(queue)) is not None:
                self._owner_turns[queue.owner] = queue.turn = next(self._turns)
                return job
        return None

    def end_done(self, busy: Collection[str]) -> None:
        """End the sweeps that have no more groups, except those whose jobs are being trained."""
        for queue in list(self._queues.values()):
            if queue.is_empty and queue.sweep not in busy:
                self._store.sweeps.change_state(
                    queue.sweep, _state_at_end(self._store, queue.digests)
                )
                del self._queues[queue.sweep]

    def _last_turns(self, queue: _SweepQueue) -> tuple[int, int]:
        return self._owner_turns.get(queue.owner, -1), queue.turn

    def _job_of(self, queue: _SweepQueue) -> Job | None:
        if queue.jobs:
            return queue.jobs.popleft()
        for _ in range(len(queue.groups)):
            if (job := self._try_group(queue, queue.groups[0])) is not None:
                return job
        return None

    def _try_group(self, queue: _SweepQueue, group: int) -> Job | None:
        """The first group as a job, if it needs training. One trained elsewhere goes to the end.

        The group leaves the queue last of all, so that it is still there if the database fails.
        """
        digests, job = queue.digests[group], None
        latest = self._store.latest(digests)
        if any(not run.ended for run in latest.values()):
            queue.groups.rotate(-1)
            return None
        wanted = [d for d in digests if _needs_training(latest.get(d), queue)]
        if wanted:
            texts = self._store.sweeps.requests(queue.sweep, group)
            job = self._create_runs(queue, [parse_request(texts[digest]) for digest in wanted])
        queue.groups.popleft()
        return job

    def _create_runs(self, queue: _SweepQueue, requests: Sequence[RunRequest]) -> Job | None:
        """Store the runs of a group. If they are too large or have no data, they fail."""
        limits = self._limits or Limits()
        needed, error = _memory_needed(requests, limits)
        run_ids = self._store.create_all(
            requests, queue.owner, None, self._service, needed, queue.sweep
        )
        if error is not None:
            for run_id in run_ids:
                self._store.append(run_id, Failed(message=str(error)))
            return None
        texts = [request.json_text() for request in requests]
        return Job(dict(zip(run_ids, texts, strict=True)), queue.owner, limits, queue.sweep)


def _memory_needed(
    requests: Sequence[RunRequest], limits: Limits
) -> tuple[int, PlaygroundError | None]:
    """The most memory that one of the runs needs, in bytes, or why they can't be trained."""
    try:
        return max(check_limits(request, limits) for request in requests), None
    except PlaygroundError as error:
        return 0, error


def _needs_training(latest: Run | None, queue: _SweepQueue) -> bool:
    if latest is None:
        return True
    failed_here = latest.status == "failed" and latest.sweep == queue.sweep
    return latest.status != "finished" and (queue.retry_failed or not failed_here)


def _state_at_end(store: Store, groups: Sequence[Sequence[str]]) -> SweepState:
    """The state of a sweep without groups: `paused` if runs have neither finished nor failed."""
    digests = [digest for group in groups for digest in group]
    latest: Mapping[str, Run] = store.latest(digests)
    statuses = {latest[digest].status if digest in latest else "" for digest in digests}
    if statuses - {"finished", "failed"}:
        return "paused"
    return "finished" if "finished" in statuses else "failed"
