"""Which group of the running sweeps is trained next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from components.training.requests import RunRequest, parse_request
from components.training.runs import Run
from components.training.store import Store


@dataclass(frozen=True)
class Handed:
    """A group of a sweep, without what need not be trained."""

    sweep: str
    owner: str
    requests: tuple[RunRequest, ...]


@dataclass
class _Line:
    """The groups of one sweep that wait."""

    sweep: str
    owner: str
    groups: deque[int]
    digests: tuple[tuple[str, ...], ...]
    again: bool
    """Whether what failed in this sweep before is tried again."""


class SweepScheduler:
    """Hands the groups of running sweeps out, one of each sweep in turn.

    What has finished is not trained again, whoever trained it; what another is training is waited
    for. Each group is handed out once for each `start`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: deque[_Line] = deque()

    def waits(self, sweep_id: str | None = None) -> bool:
        """Whether anything is left to hand out, of one sweep where given."""
        return any(line.groups for line in self._lines if sweep_id in (None, line.sweep))

    def start(self, sweep_id: str, again: bool) -> None:
        """Hand the groups of a sweep out; `again` also what failed in it before."""
        self.drop(sweep_id)
        sweep = self._store.sweeps.get(sweep_id)
        groups = deque(range(len(sweep.groups)))
        self._lines.append(_Line(sweep_id, sweep.owner, groups, sweep.groups, again))

    def drop(self, sweep_id: str) -> None:
        """Hand nothing more of a sweep out."""
        self._lines = deque(line for line in self._lines if line.sweep != sweep_id)

    def next(self) -> Handed | None:
        """The next group; nothing where none is left, or others train what is."""
        for _ in range(len(self._lines)):
            line = self._lines[0]
            self._lines.rotate(-1)
            handed = next(self._ready(line), None)
            if handed is not None:
                return handed
        return None

    def _ready(self, line: _Line) -> Iterator[Handed]:
        """The groups that can be trained now, taken from the line; others' wait at its end."""
        for _ in range(len(line.groups)):
            group = line.groups.popleft()
            digests = line.digests[group]
            latest = self._store.latest(digests)
            if any(not run.ended for run in latest.values()):
                line.groups.append(group)
                continue
            wanted = [d for d in digests if _to_train(latest.get(d), line)]
            if wanted:
                texts = self._store.sweeps.requests(line.sweep, group)
                requests = tuple(parse_request(texts[digest]) for digest in wanted)
                yield Handed(line.sweep, line.owner, requests)


def _to_train(latest: Run | None, line: _Line) -> bool:
    if latest is None:
        return True
    failed_here = latest.status == "failed" and latest.sweep == line.sweep
    return latest.status != "finished" and (line.again or not failed_here)


def settled(store: Store, sweep_id: str) -> bool:
    """Whether all of a sweep has finished or failed."""
    digests = store.sweeps.get(sweep_id).digests
    latest = store.latest(digests)
    return all(d in latest and latest[d].status in ("finished", "failed") for d in digests)
