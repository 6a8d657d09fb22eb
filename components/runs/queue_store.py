"""The queue in the database: single runs that wait for a runner, in the order of their turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError
from components.core.limits import RUNS_WAITING, RUNS_WAITING_EACH, RUNS_WAITING_SENDER
from components.core.text import duration, plural
from components.database.database import Database
from components.runs.tables import RunRow
from components.training.events import NEVER_STARTED, UNFINISHED
from components.training.limits import QueueLimits

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
    sender: str = ""
    """The owner's network address; empty for the server's own machine."""


@dataclass(frozen=True)
class QueuePosition:
    """Where a run waits: 1 is next. `seconds` is the expected wait."""

    number: int
    seconds: float


class QueueStore:
    """Stores which single runs wait. All services on the database share the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> list[WaitingRun]:
        """The waiting runs in the order in which they are taken."""
        with self._database.read() as session:
            return _waiting(session)

    def allowed(self, running_each: int) -> list[WaitingRun]:
        """The waiting runs of people with fewer than `running_each` runs in training, in order."""
        with self._database.read() as session:
            return _allowed(session, running_each)

    def take(self, service: str, running_each: int) -> str | None:
        """Take the next allowed run for a service's runner: its id, or `None` if there is none.

        No other service can take the same run, or another one at the same time.
        """
        if not self.allowed(running_each):
            return None
        with self._database.write(alone=True) as session:
            runs = _allowed(session, running_each)
            if not runs:
                return None
            last_turn = session.scalar(select(func.max(RunRow.dispatched))) or 0.0
            values = {"service": service, "dispatched": last_turn + 1, "sender": ""}
            session.execute(update(RunRow).where(RunRow.id == runs[0].id).values(values))
            return runs[0].id

    def put_back(self, run_id: str) -> None:
        """Let a run that was taken but never started wait again, unless it is to be stopped."""
        query = update(RunRow).where(RunRow.id == run_id, RunRow.status == "queued")
        stopped = {"status": "stopped", "message": NEVER_STARTED}
        with self._database.write() as session:
            session.execute(query.where(RunRow.stop_requested).values(stopped))
            session.execute(query.values(dispatched=None))

    def taken(self, service: str) -> list[str]:
        """The single runs that a service has taken and that have not started."""
        query = select(RunRow.id).where(
            RunRow.status == "queued",
            RunRow.sweep == "",
            RunRow.service == service,
            RunRow.dispatched.is_not(None),
        )
        with self._database.read() as session:
            return list(session.scalars(query))

    def request_stop(self, run_id: str) -> None:
        """Ask the service that has a run to stop it. A run that waits is stopped at once."""
        waiting = update(RunRow).where(WAITING, RunRow.id == run_id)
        ended = {"status": "stopped", "message": NEVER_STARTED, "sender": ""}
        others = update(RunRow).where(RunRow.id == run_id, RunRow.status.in_(UNFINISHED))
        with self._database.write(alone=True) as session:
            session.execute(waiting.values(ended))
            session.execute(others.values(stop_requested=True))

    def stop_requests(self, service: str) -> list[str]:
        """The unfinished runs of a service that someone wants to stop."""
        query = select(RunRow.id).where(
            RunRow.status.in_(UNFINISHED), RunRow.stop_requested, RunRow.service == service
        )
        with self._database.read() as session:
            return list(session.scalars(query))

    def position(self, run_id: str, slots: int) -> QueuePosition | None:
        """Where a run waits if `slots` runs are trained at a time; `None` if it does not wait."""
        ids = [run.id for run in self.waiting()]
        if run_id not in ids:
            return None
        number = ids.index(run_id) + 1
        return QueuePosition(number, self._run_seconds() * number / slots)

    def require_room(
        self, session: Session, owner: str, sender: str, limits: QueueLimits, slots: int
    ) -> None:
        """Raise `RunError` if no other run of this owner, or from this sender, may wait.

        The sender is a network address; an empty one has the whole queue.
        """
        runs = _waiting(session)
        own = [index for index, run in enumerate(runs) if run.owner == owner]
        of_sender = sum(run.sender == sender for run in runs) if sender else 0
        number, whose = 1, ""
        if len(own) >= limits.waiting_each:
            number, whose, received = own[0] + 1, "of yours ", len(own)
            most, limit = limits.waiting_each, RUNS_WAITING_EACH
        elif of_sender >= limits.waiting_sender:
            whose, received = "from your network address ", of_sender
            most, limit = limits.waiting_sender, RUNS_WAITING_SENDER
        elif len(runs) >= limits.waiting:
            received, most, limit = len(runs), limits.waiting, RUNS_WAITING
        else:
            return
        seconds = self._run_seconds() * number / slots
        raise RunError(
            f"At most {plural(most, 'run')} {whose}may wait.",
            f"{received} that wait",
            f"The queue is full: try again in about {duration(seconds)}, or stop a run that waits. "
            f"{limit.variable} sets the limit.",
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


def _waiting(session: Session) -> list[WaitingRun]:
    """The waiting runs in the order in which they are taken."""
    runs = select(RunRow.id, RunRow.owner, RunRow.sender).where(WAITING).order_by(RunRow.number)
    submitted = [WaitingRun(*row) for row in session.execute(runs)]
    if len(submitted) < 2:
        return submitted
    last_turns = (
        select(RunRow.owner, func.max(RunRow.dispatched))
        .where(RunRow.owner.in_(select(RunRow.owner).where(WAITING)))
        .group_by(RunRow.owner)
    )
    return in_turns(submitted, {row[0]: row[1] for row in session.execute(last_turns)})


def _allowed(session: Session, running_each: int) -> list[WaitingRun]:
    """The waiting runs of people with fewer than `running_each` runs in training, in order."""
    waiting = _waiting(session)
    if not waiting:
        return []
    in_training = select(RunRow.owner).where(
        RunRow.status.in_(UNFINISHED), RunRow.sweep == "", RunRow.dispatched.is_not(None)
    )
    running = Counter(session.scalars(in_training))
    return [run for run in waiting if running[run.owner] < running_each]


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
