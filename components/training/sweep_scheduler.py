"""Chooses which group of the running sweeps is trained next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from components.training.requests import RunRequest, parse_request
from components.training.runs import Run
from components.training.store import Store


@dataclass(frozen=True)
class SweepGroup:
    """A group of a sweep, without the runs that need no training."""

    sweep: str
    owner: str
    requests: tuple[RunRequest, ...]


@dataclass
class _SweepQueue:
    """The groups of one sweep that wait."""

    sweep: str
    owner: str
    groups: deque[int]
    digests: tuple[tuple[str, ...], ...]
    retry_failed: bool
    """Whether runs that failed in this sweep are trained again."""


class SweepScheduler:
    """Chooses the next group of runs to train: one group from each running sweep in turn.

    Runs that have finished in any sweep are skipped. A group with a run that is being trained
    elsewhere goes to the end of its sweep's queue. Each group is returned once after each `add`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queues: deque[_SweepQueue] = deque()

    def has_groups(self, sweep_id: str | None = None) -> bool:
        """Whether groups of this sweep, or of any sweep, wait."""
        return any(queue.groups for queue in self._queues if sweep_id in (None, queue.sweep))

    def add(self, sweep_id: str, retry_failed: bool) -> None:
        """Schedule the groups of a sweep."""
        self.remove(sweep_id)
        sweep = self._store.sweeps.get(sweep_id)
        groups = deque(range(len(sweep.groups)))
        self._queues.append(_SweepQueue(sweep_id, sweep.owner, groups, sweep.groups, retry_failed))

    def remove(self, sweep_id: str) -> None:
        """Schedule no more groups of a sweep."""
        self._queues = deque(queue for queue in self._queues if queue.sweep != sweep_id)

    def next_group(self) -> SweepGroup | None:
        """The next group, or `None` if no sweep has one that can be trained now."""
        for _ in range(len(self._queues)):
            queue = self._queues[0]
            self._queues.rotate(-1)
            if (group := self._first_ready(queue)) is not None:
                return group
        return None

    def _first_ready(self, queue: _SweepQueue) -> SweepGroup | None:
        """Take the first group that can be trained now. Groups trained elsewhere go to the end."""
        for _ in range(len(queue.groups)):
            group = queue.groups.popleft()
            digests = queue.digests[group]
            latest = self._store.latest(digests)
            if any(not run.ended for run in latest.values()):
                queue.groups.append(group)
                continue
            wanted = [d for d in digests if _needs_training(latest.get(d), queue)]
            if wanted:
                texts = self._store.sweeps.requests(queue.sweep, group)
                requests = tuple(parse_request(texts[digest]) for digest in wanted)
                return SweepGroup(queue.sweep, queue.owner, requests)
        return None


def _needs_training(latest: Run | None, queue: _SweepQueue) -> bool:
    if latest is None:
        return True
    failed_here = latest.status == "failed" and latest.sweep == queue.sweep
    return latest.status != "finished" and (queue.retry_failed or not failed_here)


def is_done(store: Store, sweep_id: str) -> bool:
    """Whether all runs of a sweep have finished or failed."""
    digests = store.sweeps.get(sweep_id).digests
    latest = store.latest(digests)
    return all(d in latest and latest[d].status in ("finished", "failed") for d in digests)
