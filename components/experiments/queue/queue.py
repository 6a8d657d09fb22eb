"""The queue of runs that wait for a server: single runs and runs of sweeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from components.base.database.database import Database
from components.base.errors import RunError
from components.base.limits import RUNS_WAITING
from components.base.text import duration, plural
from components.experiments.queue.run import STOPPED_WAITING
from components.experiments.queue.tables import CellRow, PointRow, RunRow, SweepRow
from components.experiments.training.events import OPEN
from components.experiments.training.limits import QueueLimits

RECENT_RUNS = 10
"""Number of latest runs from which the duration of a run is estimated."""
RUN_SECONDS = 30.0
"""Assumed duration of a run before the first one has finished."""
WAITING = and_(RunRow.status == "queued", RunRow.turn.is_(None))
"""Condition for a run that no server has taken."""
SINGLE = and_(WAITING, RunRow.sweep == "")
"""Condition for a waiting run outside all sweeps."""
KEPT = and_(RunRow.status == "paused", RunRow.turn.is_(None))
"""Condition for a paused run that no server has; its checkpoint keeps its state."""
_STOPPED = {"status": "stopped", "message": STOPPED_WAITING, "sender": ""}


@dataclass(frozen=True)
class WaitingRun:
    """A single run that no server has taken."""

    id: str
    owner: str
    sender: str = ""
    """The owner's network address; empty for the server's own machine."""


@dataclass(frozen=True)
class Asked:
    """Requests of a run's owner to the server that has the run."""

    stop: bool
    pause_after: int | None
    """Number of epochs after which it pauses; `None` to continue."""


@dataclass(frozen=True)
class QueuePosition:
    """Position of a run in the queue, from 1 (the next one). `seconds` is the expected wait."""

    number: int
    seconds: float


class RunQueue:
    """Waiting runs and their order. All servers on the database share the queue.

    Single runs come before those of sweeps, whose rows wait in groups. Owners take turns, and so do
    the sweeps of one owner. A waiting run of a sweep is taken by the server of any running sweep
    that has its digest. That server may take a single run for its sweep, even if it takes no other
    single runs: there may be no other server to train it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> list[WaitingRun]:
        """Return the waiting single runs in the order in which they will be taken."""
        with self._database.read() as session:
            return _waiting(session)

    def allowed(self, running_each: int) -> list[WaitingRun]:
        """Return the waiting single runs of owners with fewer than `running_each` in training."""
        with self._database.read() as session:
            return _allowed(session, running_each)

    def take(self, service: str, running_each: int) -> tuple[str, ...]:
        """Take the next single run, or group of a sweep, for a server. Return the ids of its runs.

        No other server can take the same run, or another one at the same time.
        """
        with self._database.read() as session:
            if not _next(session, service, running_each):
                return ()
        with self._database.write(alone=True) as session:
            run_ids = _next(session, service, running_each)
            turn = (session.scalar(select(func.max(RunRow.last_turn))) or 0) + 1
            values = {"service": service, "turn": turn, "last_turn": turn, "sender": ""}
            session.execute(update(RunRow).where(RunRow.id.in_(run_ids)).values(values))
            return run_ids

    def put_back(self, run_ids: Sequence[str]) -> None:
        """Return taken runs that never started to the queue, or stop them if that was requested.

        Paused runs stay paused without a server, unless they were asked to continue.
        """
        query = update(RunRow).where(RunRow.id.in_(run_ids))
        open_ones = query.where(RunRow.status.in_(("queued", "paused")))
        with self._database.write() as session:
            session.execute(open_ones.where(RunRow.stop_requested).values(_STOPPED))
            session.execute(open_ones.values(turn=None))
            session.execute(query.where(RunRow.started.is_(None)).values(last_turn=None))
            _wake(session, run_ids)
            drop_unwanted(session)

    def taken(self, service: str) -> Sequence[str]:
        """Return the ids of the runs that a server has taken and that have not started."""
        query = select(RunRow.id).where(
            RunRow.status == "queued", RunRow.service == service, RunRow.turn.is_not(None)
        )
        return self._database.column(query)

    def request_stop(self, run_id: str) -> None:
        """Ask the server that has a run to stop it. A run that waits is stopped at once."""
        waiting = update(RunRow).where(or_(WAITING, KEPT), RunRow.id == run_id)
        others = update(RunRow).where(RunRow.id == run_id, RunRow.status.in_(OPEN))
        with self._database.write(alone=True) as session:
            session.execute(waiting.values(_STOPPED))
            session.execute(others.values(stop_requested=True))

    def pause_after(
        self,
        run_id: str,
        epochs: int | None,
        sender: str,
        limits: QueueLimits,
        slots: int,
    ) -> None:
        """Ask a single run to pause after a number of epochs, or to continue with `None`.

        A paused run without a server joins the queue if it may continue. Raises `RunError` if the
        queue is full.
        """
        this = and_(RunRow.id == run_id, RunRow.sweep == "")
        with self._database.write(alone=True) as session:
            session.execute(update(RunRow).where(this).values(pause_after=epochs))
            wakes = select(RunRow.owner).where(this, KEPT, _may_continue())
            if (owner := session.scalar(wakes)) is not None:
                self.require_place(session, owner, sender, limits, slots)
                _wake(session, [run_id], sender)

    def asked(self, service: str) -> dict[str, Asked]:
        """Return the requests to the runs that a server has, by run id."""
        query = select(RunRow.id, RunRow.stop_requested, RunRow.pause_after).where(
            RunRow.status.in_(OPEN), RunRow.turn.is_not(None), RunRow.service == service
        )
        return {run_id: Asked(*asked) for run_id, *asked in self._database.rows(query)}

    def position(self, run_id: str, slots: int) -> QueuePosition | None:
        """Return the position of a single run if `slots` are trained at a time.

        `None` if the run does not wait.
        """
        ids = [run.id for run in self.waiting()]
        if run_id not in ids:
            return None
        number = ids.index(run_id) + 1
        return QueuePosition(number, self._run_seconds() * number / slots)

    def require_place(
        self, session: Session, owner: str, sender: str, limits: QueueLimits, slots: int
    ) -> None:
        """Raise `RunError` if no further run of this owner, or from this sender, may wait.

        The sender is a network address. An empty one is limited by the whole queue only.
        """
        runs = _waiting(session)
        own = [index for index, run in enumerate(runs) if run.owner == owner]
        of_sender = sum(run.sender == sender for run in runs) if sender else 0
        number, whose, setting = 1, "", ""
        if len(own) >= limits.waiting_each:
            number, whose, received = own[0] + 1, "of yours ", len(own)
            most = limits.waiting_each
        elif of_sender >= limits.waiting_sender:
            whose, received = "from your network address ", of_sender
            most = limits.waiting_sender
        elif len(runs) >= limits.waiting:
            received, most = len(runs), limits.waiting
            setting = f" {RUNS_WAITING.variable} sets the limit."
        else:
            return
        seconds = self._run_seconds() * number / slots
        raise RunError(
            f"At most {plural(most, 'run')} {whose}may wait.",
            f"{received} that wait",
            f"The queue is full: try again in about {duration(seconds)}, or stop a run that waits."
            f"{setting}",
        )

    def _run_seconds(self) -> float:
        """Return the mean duration of the latest runs in seconds."""
        query = (
            select(RunRow.seconds)
            .where(RunRow.status == "finished", RunRow.sweep == "")
            .order_by(RunRow.number.desc())
            .limit(RECENT_RUNS)
        )
        seconds = self._database.column(query)
        return fmean(seconds) if seconds else RUN_SECONDS


def drop_unwanted(session: Session) -> None:
    """Stop the waiting runs that no running or paused sweep needs any more."""
    wanted = _named_by(SweepRow.state.in_(("running", "paused")))
    query = update(RunRow).where(WAITING, RunRow.sweep != "", RunRow.digest.not_in(wanted))
    session.execute(query.values(_STOPPED).execution_options(synchronize_session=False))


def _may_continue() -> Any:
    """Return the condition for a run that may train further than the epochs that it has done."""
    done = select(func.max(PointRow.epoch)).where(PointRow.run == RunRow.id).scalar_subquery()
    return or_(RunRow.pause_after.is_(None), RunRow.pause_after > done)


def _wake(session: Session, run_ids: Sequence[str], sender: str = "") -> None:
    """Put paused runs without a server into the queue if they may continue."""
    query = update(RunRow).where(RunRow.id.in_(run_ids), KEPT, _may_continue())
    values = {"status": "queued", "sender": sender}
    session.execute(query.values(values).execution_options(synchronize_session=False))


def _named_by(sweeps: Any) -> Select[str]:
    """Select the digests of the sweeps that meet a condition."""
    return select(CellRow.digest).join(SweepRow, SweepRow.id == CellRow.sweep).where(sweeps)


def _next(session: Session, service: str, running_each: int) -> tuple[str, ...]:
    """Return the ids of the runs that a server takes next."""
    single = _allowed(session, running_each)
    return (single[0].id,) if single else _next_group(session, service)


def _next_group(session: Session, service: str) -> tuple[str, ...]:
    """Return the ids of the waiting group that is next: owners take turns, and so do their sweeps.

    A single run that a sweep needs is a group of its own.
    """
    mine = _named_by(and_(SweepRow.state == "running", SweepRow.service == service))
    query = select(RunRow.id, RunRow.owner, RunRow.sweep, RunRow.group).where(
        WAITING, RunRow.digest.in_(mine)
    )
    rows = session.execute(query.order_by(RunRow.number)).all()
    if not rows:
        return ()
    owners = _last_turns(session, RunRow.owner, {row.owner for row in rows})
    sweeps = _last_turns(session, RunRow.sweep, {row.sweep for row in rows})
    first = min(rows, key=lambda row: (owners.get(row.owner, 0), sweeps.get(row.sweep, 0)))
    if not first.sweep:
        return (first.id,)
    group = first.sweep, first.group
    return tuple(row.id for row in rows if (row.sweep, row.group) == group)


def _last_turns(session: Session, column: Any, values: set[str]) -> dict[str, int]:
    """Return the last turn of a sweep's run for each value of a column."""
    query = select(column, func.max(RunRow.last_turn)).where(
        column.in_(values), RunRow.sweep != "", RunRow.last_turn.is_not(None)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(column))}


def _waiting(session: Session) -> list[WaitingRun]:
    """Return the waiting single runs in the order in which they will be taken.

    First comes one run of each owner, then a second of each. The owner whose last turn is longest
    ago comes first; among owners without a turn, the first to submit.
    """
    nth = func.row_number().over(partition_by=RunRow.owner, order_by=RunRow.number)
    first = func.min(RunRow.number).over(partition_by=RunRow.owner)
    before = aliased(RunRow)
    last_turn = select(func.max(before.last_turn)).where(
        before.owner == RunRow.owner, before.sweep == ""
    )
    runs = select(RunRow.id, RunRow.owner, RunRow.sender).where(SINGLE)
    turns = func.coalesce(last_turn.scalar_subquery(), 0)
    return [WaitingRun(*row) for row in session.execute(runs.order_by(nth, turns, first))]


def _allowed(session: Session, running_each: int) -> list[WaitingRun]:
    """Return the waiting runs of owners with fewer than `running_each` in training, in order."""
    waiting = _waiting(session)
    if not waiting:
        return []
    in_training = select(RunRow.owner).where(
        RunRow.status.in_(OPEN), RunRow.sweep == "", RunRow.turn.is_not(None)
    )
    running = Counter(session.scalars(in_training))
    return [run for run in waiting if running[run.owner] < running_each]
