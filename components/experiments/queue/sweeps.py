"""Sweeps in the database: groups of runs that are started, paused and resumed together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import Select, func, insert, not_, select, update
from sqlalchemy.orm import Session

from components.base import clock
from components.base.database.database import Database
from components.base.errors import RunError, suggest
from components.base.text import one_line
from components.experiments.queue.queue import drop_unwanted
from components.experiments.queue.run import LONGEST_NAME, new_row
from components.experiments.queue.tables import CellRow, RunRow, SweepRow
from components.experiments.training.events import UNFINISHED
from components.experiments.training.requests import RunRequest, parse_request

SweepState = Literal["running", "paused", "stopped", "finished", "failed"]
"""State of a sweep. When all runs have ended, it is `finished`, or `failed` if no run finished."""
LESSON_PLAN = "lesson"
"""Plan of a sweep that is no race: the seeds that a check of a lesson needs."""


@dataclass(frozen=True)
class SweepOrder:
    """Groups of runs to be trained as one sweep."""

    groups: Sequence[Sequence[RunRequest]]
    """Requests of each group, which one child process trains. Repeated requests count once."""
    plan: str = ""
    """Plan behind the runs, which the sweep keeps."""
    name: str = ""
    """Name of the sweep; a long one is cut."""
    refits: str = ""
    """Id of the run whose model is retrained without each of its inputs; empty for other races."""
    id: str = ""
    """Id of the sweep, if chosen in advance.

    It is stored once, even if several servers queue it.
    """


@dataclass(frozen=True)
class Sweep:
    """Groups of runs that the service trains one after another, as the database stores them.

    A sweep lists digests of requests, not runs: another sweep may have trained the same request.
    """

    id: str
    created: datetime
    owner: str
    name: str
    state: SweepState
    service: str
    """Service that runs the sweep, or ran it last."""
    plan: str
    """Plan behind the sweep, as submitted."""
    groups: tuple[tuple[str, ...], ...]
    """Digests of the requests in each group, which one child process trains."""
    shared: bool = False
    """`True` if its owner lets others read it."""
    refits: str = ""
    """Id of the run whose model is retrained without each of its inputs; empty for other races."""

    @property
    def is_race(self) -> bool:
        """`True` if its runs were started as a race, not for a check of a lesson."""
        return self.plan != LESSON_PLAN

    @property
    def digests(self) -> tuple[str, ...]:
        """Digests of all groups, in order."""
        return tuple(digest for group in self.groups for digest in group)


class SweepStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, order: SweepOrder, owner: str = "", service: str = "") -> str:
        """Store a new running sweep and return its id. Raises `RunError` if it has no run.

        If a sweep with the same id exists, nothing is stored.
        """
        cells: dict[str, dict[str, str | int]] = {}
        for group, requests in enumerate(order.groups):
            for request in requests:
                cell: dict[str, str | int] = {"position": len(cells), "group": group}
                cell |= {"digest": request.digest, "request": request.json_text()}
                cells.setdefault(request.digest, cell)
        if not cells:
            raise RunError(
                "Nothing here can be trained.", "", "Choose something that can be trained."
            )
        sweep = SweepRow(
            id=order.id or uuid.uuid4().hex[:12],
            created=clock.now(),
            owner=owner,
            name=one_line(order.name)[:LONGEST_NAME],
            state="running",
            service=service,
            plan=order.plan,
            refits=order.refits,
        )
        with self._database.write(alone=bool(order.id)) as session:
            same = select(SweepRow.number).where(SweepRow.id == order.id)
            if order.id and session.scalar(same) is not None:
                return order.id
            session.add(sweep)
            session.flush()
            rows = [{"sweep": sweep.id, **cell} for cell in cells.values()]
            session.execute(insert(CellRow), rows)
            return sweep.id

    def ask(self, sweep_id: str, retry_failed: bool = False) -> bool:
        """Queue the runs that a running sweep still needs. Return `True` if any were queued.

        Not needed are requests that have finished, wait or are in training, and those that failed
        in this sweep, unless `retry_failed` is true.
        """
        with self._database.write(alone=True) as session:
            sweep = session.scalars(select(SweepRow).where(SweepRow.id == sweep_id)).one()
            sweep.asked = session.scalar(select(func.max(RunRow.number))) or 0
            return sweep.state == "running" and _queue_needed(session, sweep, retry_failed)

    def ended(self, sweep_id: str) -> dict[str, str]:
        """Return the status of each request that finished, or failed since the start, by digest."""
        query = (
            select(RunRow.digest, RunRow.status)
            .join(CellRow, CellRow.digest == RunRow.digest)
            .join(SweepRow, SweepRow.id == CellRow.sweep)
            .where(
                SweepRow.id == sweep_id,
                (RunRow.status == "finished")
                | ((RunRow.status == "failed") & (RunRow.number > SweepRow.asked)),
            )
        )
        return {row.digest: row.status for row in self._database.rows(query)}

    def done(self, service: str) -> tuple[str, ...]:
        """Return the running sweeps of a server that have no run waiting or in training."""
        going = (
            select(CellRow.digest)
            .join(RunRow, RunRow.digest == CellRow.digest)
            .where(CellRow.sweep == SweepRow.id, RunRow.status.in_(UNFINISHED))
        )
        query = select(SweepRow.id).where(
            SweepRow.state == "running", SweepRow.service == service, not_(going.exists())
        )
        return tuple(self._database.column(query))

    def settle(self, sweep_id: str) -> None:
        """End a sweep that has no run waiting or in training.

        Runs that were queued for another sweep, and did not finish, are queued once more. The sweep
        is `paused` if runs have neither finished nor failed.
        """
        with self._database.write(alone=True) as session:
            sweep = session.scalars(select(SweepRow).where(SweepRow.id == sweep_id)).one()
            statuses = {_best_status(runs) for runs in _runs_of(session, sweep_id).values()}
            going = sweep.state != "running" or statuses & {*UNFINISHED}
            if going or _queue_needed(session, sweep, retry_failed=False):
                return
            if statuses - {"finished", "failed"}:
                sweep.state = "paused"
            else:
                sweep.state = "finished" if "finished" in statuses else "failed"

    def end(self, sweep_id: str) -> None:
        """End a sweep. Its waiting runs do not start unless another sweep needs them."""
        query = update(SweepRow).where(SweepRow.id == sweep_id)
        with self._database.write() as session:
            going = SweepRow.state.in_(("running", "paused"))
            session.execute(query.where(going).values(state="stopped"))
            drop_unwanted(session)

    def get(self, sweep_id: str) -> Sweep:
        """Return the sweep with this id. Raises `RunError` if there is none."""
        if sweep := self.find(sweep_id):
            return sweep
        known = self._database.column(select(SweepRow.id).limit(1000))
        raise RunError(f"There is no race {sweep_id}.", sweep_id, suggest(sweep_id, known))

    def find(self, sweep_id: str) -> Sweep | None:
        """Return the sweep with this id, or `None`."""
        return next(iter(self._sweeps_of(select(SweepRow).where(SweepRow.id == sweep_id))), None)

    def share(self, sweep_id: str, shared: bool = True) -> None:
        """Share a sweep with others, or stop sharing it."""
        query = update(SweepRow).where(SweepRow.id == sweep_id)
        self._database.execute(query.values(shared=shared))

    def shows(self, digest: str, owner: str) -> bool:
        """Return `True` if a sweep that is shared, or belongs to this owner, has this request."""
        query = (
            select(CellRow.digest)
            .join(SweepRow, SweepRow.id == CellRow.sweep)
            .where(CellRow.digest == digest, (SweepRow.owner == owner) | SweepRow.shared)
        )
        return self._database.first(query) is not None

    def refit_of(self, run_id: str) -> Sweep | None:
        """Return the latest race that retrains a run's model without each input, or `None`."""
        query = select(SweepRow).where(SweepRow.refits == run_id).order_by(SweepRow.number.desc())
        return next(iter(self._sweeps_of(query.limit(1))), None)

    def list(
        self,
        owner: str | None = None,
        limit: int = 50,
        of_lessons: bool | None = None,
    ) -> tuple[Sweep, ...]:
        """Return the latest sweeps, newest first, of one owner or of all.

        `of_lessons` selects only those of lessons, or only the races.
        """
        query = select(SweepRow).order_by(SweepRow.number.desc()).limit(limit)
        if owner is not None:
            query = query.where(SweepRow.owner == owner)
        if of_lessons is not None:
            query = query.where((SweepRow.plan == LESSON_PLAN) == of_lessons)
        return self._sweeps_of(query)

    def change_state(
        self, sweep_id: str, state: SweepState, expected: SweepState = "running"
    ) -> bool:
        """Change the state if it is the expected one. Return `True` if it was."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state == expected)
        return bool(self._database.execute(query.values(state=state)))

    def claim(self, sweep_id: str, service: str) -> bool:
        """Start a sweep on a service if it is not running. Return `True` if it was started."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state != "running")
        return bool(self._database.execute(query.values(state="running", service=service)))

    def states(self, sweep_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the state of each sweep and the service that runs it, by id."""
        query = select(SweepRow.id, SweepRow.state, SweepRow.service)
        rows = self._database.rows(query.where(SweepRow.id.in_(sweep_ids)))
        return {sweep_id: (state, service) for sweep_id, state, service in rows}

    def count_before(self, sweep_id: str) -> int:
        """Return the number of running sweeps that were stored before this one."""
        number = select(SweepRow.number).where(SweepRow.id == sweep_id).scalar_subquery()
        query = select(func.count()).where(SweepRow.state == "running", SweepRow.number < number)
        return self._database.first(query) or 0

    def pause_orphans(self, alive: Iterable[str]) -> None:
        """Pause the running sweeps of services that are not alive."""
        orphaned = (SweepRow.state == "running", SweepRow.service.not_in([*alive]))
        if self._database.first(select(SweepRow.id).where(*orphaned)):
            # Only one process can write at a time, and this is called often.
            self._database.execute(update(SweepRow).where(*orphaned).values(state="paused"))

    def _sweeps_of(self, query: Select[SweepRow]) -> tuple[Sweep, ...]:
        """Return the sweeps that a query finds."""
        rows = self._database.column(query)
        cells = select(CellRow.sweep, CellRow.group, CellRow.digest)
        cells = cells.where(CellRow.sweep.in_([row.id for row in rows]))
        groups: dict[str, list[tuple[str, ...]]] = {row.id: [] for row in rows}
        ordered = self._database.rows(cells.order_by(CellRow.sweep, CellRow.position))
        for (sweep, _), of_group in groupby(ordered, key=lambda cell: (cell[0], cell[1])):
            groups[sweep].append(tuple(digest for _, _, digest in of_group))
        columns = [field.name for field in fields(Sweep) if field.name not in ("created", "groups")]
        return tuple(
            Sweep(
                created=datetime.fromtimestamp(row.created, UTC),
                groups=tuple(groups[row.id]),
                **{name: getattr(row, name) for name in columns},
            )
            for row in rows
        )


def _queue_needed(session: Session, sweep: SweepRow, retry_failed: bool) -> bool:
    """Queue the runs that a sweep needs. Return `True` if any were queued."""
    cells = select(CellRow).where(CellRow.sweep == sweep.id).order_by(CellRow.position)
    known, needed = _runs_of(session, sweep.id), False
    for cell in session.scalars(cells).all():
        if all(_needs_another(run, sweep, retry_failed) for run in known[cell.digest]):
            request = parse_request(cell.request)
            row = new_row(request, sweep.owner, None, sweep.service, sweep=sweep.id)
            row.group, needed = cell.group, True
            session.add(row)
    return needed


def _needs_another(run: RunRow, sweep: SweepRow, retry_failed: bool) -> bool:
    """Return `True` if a sweep needs another run of the same request in spite of this one."""
    if run.status in UNFINISHED or run.status == "finished":
        return False
    if run.sweep != sweep.id:
        return True
    return run.number <= sweep.asked and (retry_failed or run.status != "failed")


def _runs_of(session: Session, sweep_id: str) -> dict[str, list[RunRow]]:
    """Return all runs of a sweep's requests, by digest, including those of other sweeps."""
    digests = select(CellRow.digest).where(CellRow.sweep == sweep_id)
    runs: dict[str, list[RunRow]] = {digest: [] for digest in session.scalars(digests)}
    for run in session.scalars(select(RunRow).where(RunRow.digest.in_(digests))):
        runs[run.digest].append(run)
    return runs


def _best_status(runs: Sequence[RunRow]) -> str:
    """Return the status of the most informative run of a request; empty if there is none."""
    for status in ("finished", *UNFINISHED):
        if any(run.status == status for run in runs):
            return status
    return max(runs, key=lambda run: run.number).status if runs else ""
