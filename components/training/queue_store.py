"""The queue in the database: single runs that wait for a runner, in the order of their turns."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import and_, func, select, update

from components.core.errors import RunError
from components.core.text import duration, plural
from components.training.database import Database
from components.training.limits import QueueLimits
from components.training.tables import RunRow

RECENT_RUNS = 10
"""How many of the latest runs show how long a run takes."""
RUN_SECONDS = 30.0
"""How long a run takes, before the first has finished."""
WAITING = and_(RunRow.status == "queued", RunRow.sweep == "", RunRow.dispatched.is_(None))
"""The condition for a run that waits. A sweep waits as a whole, without runs."""


@dataclass(frozen=True)
class WaitingRun:
    """A single run that no runner has taken."""

    id: str
    owner: str


@dataclass(frozen=True)
class QueuePosition:
    """Where a run waits: 1 is next. `seconds` is the expected wait."""

    number: int
    seconds: float


class QueueStore:
    """Stores which single runs wait. Each service takes its own runs only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, service: str) -> list[WaitingRun]:
        """The waiting runs of a service, in the order in which they are taken."""
        runs = select(RunRow.id, RunRow.owner).where(WAITING, RunRow.service == service)
        last_turns = (
            select(RunRow.owner, func.max(RunRow.dispatched))
            .where(RunRow.owner.in_(select(RunRow.owner).where(WAITING)))
            .group_by(RunRow.owner)
        )
        with self._database.read() as session:
            submitted = [WaitingRun(*row) for row in session.execute(runs.order_by(RunRow.number))]
            if len(submitted) < 2:
                return submitted
            return in_turns(submitted, {row[0]: row[1] for row in session.execute(last_turns)})

    def take(self, run_id: str, service: str) -> bool:
        """Take a run from the queue for a runner, and return whether it still waited."""
        query = update(RunRow).where(WAITING, RunRow.id == run_id, RunRow.service == service)
        return bool(self._database.execute(query.values(dispatched=time.time())))

    def put_back(self, run_id: str) -> None:
        """Let a run that was taken but never started wait again."""
        query = update(RunRow).where(RunRow.id == run_id, RunRow.status == "queued")
        self._database.execute(query.values(dispatched=None))

    def adopt(self, service: str, alive: Iterable[str]) -> None:
        """Let a service have the waiting runs of services that are not alive."""
        query = update(RunRow).where(WAITING, RunRow.service.not_in([*alive]))
        self._database.execute(query.values(service=service))

    def position(self, run_id: str, service: str, slots: int) -> QueuePosition | None:
        """Where a run waits if `slots` runs are trained at a time; `None` if it does not wait."""
        ids = [run.id for run in self.waiting(service)]
        if run_id not in ids:
            return None
        number = ids.index(run_id) + 1
        return QueuePosition(number, self._run_seconds() * number / slots)

    def require_room(self, owner: str, service: str, limits: QueueLimits, slots: int) -> None:
        """Raise `RunError` if no other run of this owner may wait."""
        runs = self.waiting(service)
        own = [index for index, run in enumerate(runs) if run.owner == owner]
        if len(own) >= limits.waiting_each:
            number, whose, received = own[0] + 1, "of yours ", len(own)
        elif len(runs) >= limits.waiting:
            number, whose, received = 1, "", len(runs)
        else:
            return
        most = limits.waiting_each if whose else limits.waiting
        seconds = self._run_seconds() * number / slots
        raise RunError(
            f"At most {plural(most, 'run')} {whose}may wait.",
            f"{received} that wait",
            f"The queue is full: try again in about {duration(seconds)}, or stop a run that waits.",
        )

    def _run_seconds(self) -> float:
        """How long a run takes: the mean of the latest runs."""
        query = (
            select(RunRow.seconds)
            .where(RunRow.status == "finished", RunRow.sweep == "")
            .order_by(RunRow.number.desc())
            .limit(RECENT_RUNS)
        )
        with self._database.read() as session:
            seconds = session.scalars(query).all()
        return fmean(seconds) if seconds else RUN_SECONDS


def in_turns(
    runs: Sequence[WaitingRun], last_turns: Mapping[str, float | None]
) -> list[WaitingRun]:
    """Runs in the order of their owners' turns; `runs` are in the order of their submission.

    First comes a run of each owner, then a second of each. The owner whose last turn was longest
    ago comes first, or who submitted first if both had none.
    """
    turns: Counter[str] = Counter()
    first: dict[str, int] = {}
    keys: dict[str, tuple[int, float, int]] = {}
    for index, run in enumerate(runs):
        first.setdefault(run.owner, index)
        keys[run.id] = (turns[run.owner], last_turns.get(run.owner) or 0.0, first[run.owner])
        turns[run.owner] += 1
    return sorted(runs, key=lambda run: keys[run.id])
