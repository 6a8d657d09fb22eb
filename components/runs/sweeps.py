"""Sweeps in the database: many runs as one piece of work, which can be paused and resumed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError, suggest
from components.core.text import one_line
from components.database.database import Database
from components.runs.tables import CellRow, SweepRow
from components.training.requests import RunRequest

SweepState = Literal["running", "paused", "stopped", "finished", "failed"]
"""One whose runs have all ended has `finished`, or `failed` if not one run has finished."""
LESSON_PLAN = "lesson"
"""The plan of a sweep that is no race: the seeds that a check of a lesson asks for."""


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
    """The service that runs the sweep, or ran it last."""
    plan: str
    """The plan behind the sweep, as its submitter wrote it."""
    groups: tuple[tuple[str, ...], ...]
    """Digests of the requests. One child process trains a whole group."""
    shared: bool = False
    """Whether its owner lets others read it."""
    refits: str = ""
    """The run whose model is trained again without each of its inputs; empty for a race."""

    @property
    def is_race(self) -> bool:
        """Whether its runs were started as a race, not for a check of a lesson or as refits."""
        return not self.refits and self.plan != LESSON_PLAN

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of all groups, in order."""
        return tuple(digest for group in self.groups for digest in group)


class SweepStore:
    """Stores sweeps in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        groups: Sequence[Sequence[RunRequest]],
        plan: str = "",
        owner: str = "",
        name: str = "",
        service: str = "",
        refits: str = "",
    ) -> str:
        """Store a new running sweep and return its id. Raises `RunError` if it has no run."""
        cells = _cells(groups)
        if not cells:
            raise RunError(
                "A sweep needs at least one run.", "none", "Choose something that can be trained."
            )
        sweep = SweepRow(
            id=uuid.uuid4().hex[:12],
            created=time.time(),
            owner=owner,
            name=one_line(name),
            state="running",
            service=service,
            plan=plan,
            refits=refits,
        )
        with self._database.write() as session:
            session.add(sweep)
            session.flush()
            session.execute(insert(CellRow), [{"sweep": sweep.id, **cell} for cell in cells])
            return sweep.id

    def get(self, sweep_id: str) -> Sweep:
        """The sweep with this id. Raises `RunError` if there is none."""
        if sweep := self.find(sweep_id):
            return sweep
        with self._database.read() as session:
            known = session.scalars(select(SweepRow.id).limit(1000))
            raise RunError("A sweep must exist in the store.", sweep_id, suggest(sweep_id, known))

    def find(self, sweep_id: str) -> Sweep | None:
        """The sweep with this id, or `None`."""
        with self._database.read() as session:
            row = session.scalar(select(SweepRow).where(SweepRow.id == sweep_id))
            return None if row is None else _sweeps(session, [row])[0]

    def share(self, sweep_id: str, shared: bool = True) -> None:
        """Share a sweep with others, or no longer."""
        query = update(SweepRow).where(SweepRow.id == sweep_id)
        self._database.execute(query.values(shared=shared))

    def shows(self, digest: str, owner: str) -> bool:
        """Whether a sweep that is shared, or belongs to this owner, has this request."""
        query = (
            select(CellRow.digest)
            .join(SweepRow, SweepRow.id == CellRow.sweep)
            .where(CellRow.digest == digest, (SweepRow.owner == owner) | SweepRow.shared)
        )
        with self._database.read() as session:
            return session.scalar(query.limit(1)) is not None

    def refit_of(self, run_id: str) -> Sweep | None:
        """The latest sweep that trains a run's model again without each of its inputs."""
        query = select(SweepRow).where(SweepRow.refits == run_id).order_by(SweepRow.number.desc())
        with self._database.read() as session:
            row = session.scalar(query.limit(1))
            return None if row is None else _sweeps(session, [row])[0]

    def stop_refits(self, run_id: str) -> None:
        """Stop the sweeps that train a run's model again."""
        query = update(SweepRow).where(SweepRow.refits == run_id, SweepRow.state == "running")
        self._database.execute(query.values(state="stopped"))

    def list(
        self,
        owner: str | None = None,
        limit: int = 50,
        or_shared: bool = False,
        refits: bool = False,
        of_lessons: bool | None = None,
    ) -> tuple[Sweep, ...]:
        """The latest sweeps, newest first, of one owner or of all.

        With `or_shared`, the shared sweeps of other owners are listed too; with `refits`, those
        that belong to a run. `of_lessons` lists either those of lessons or the others.
        """
        query = select(SweepRow).order_by(SweepRow.number.desc()).limit(limit)
        if not refits:
            query = query.where(SweepRow.refits == "")
        if owner is not None:
            query = query.where((SweepRow.owner == owner) | (SweepRow.shared & or_shared))
        if of_lessons is not None:
            query = query.where((SweepRow.plan == LESSON_PLAN) == of_lessons)
        with self._database.read() as session:
            return tuple(_sweeps(session, session.scalars(query).all()))

    def requests(self, sweep_id: str, group: int) -> dict[str, str]:
        """The requests of one group as JSON texts by digest, in order."""
        query = (
            select(CellRow.digest, CellRow.request)
            .where(CellRow.sweep == sweep_id, CellRow.group == group)
            .order_by(CellRow.position)
        )
        with self._database.read() as session:
            return {row.digest: row.request for row in session.execute(query)}

    def change_state(
        self, sweep_id: str, state: SweepState, expected: SweepState = "running"
    ) -> bool:
        """Change the state if it is the expected one, and return whether it was."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state == expected)
        return bool(self._database.execute(query.values(state=state)))

    def claim(self, sweep_id: str, service: str) -> bool:
        """Let a service run a sweep that is not running, and return whether it does now."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state != "running")
        return bool(self._database.execute(query.values(state="running", service=service)))

    def running(self, service: str) -> frozenset[str]:
        """The ids of the sweeps that this service runs."""
        query = select(SweepRow.id).where(SweepRow.state == "running", SweepRow.service == service)
        with self._database.read() as session:
            return frozenset(session.scalars(query))

    def count_before(self, sweep_id: str) -> int:
        """How many running sweeps were stored before this one."""
        number = select(SweepRow.number).where(SweepRow.id == sweep_id).scalar_subquery()
        query = select(func.count()).where(SweepRow.state == "running", SweepRow.number < number)
        with self._database.read() as session:
            return session.scalar(query) or 0

    def is_stopped(self, sweep_id: str) -> bool:
        """Whether somebody has ended the sweep."""
        query = select(SweepRow.state).where(SweepRow.id == sweep_id)
        with self._database.read() as session:
            return session.scalar(query) == "stopped"

    def pause_orphans(self, alive: Iterable[str]) -> None:
        """Pause the running sweeps of services that are not alive."""
        orphaned = (SweepRow.state == "running", SweepRow.service.not_in([*alive]))
        with self._database.read() as session:
            if session.scalar(select(SweepRow.id).where(*orphaned).limit(1)) is None:
                return
        self._database.execute(update(SweepRow).where(*orphaned).values(state="paused"))


def _cells(groups: Sequence[Sequence[RunRequest]]) -> list[dict[str, str | int]]:
    """A row for each request. Repeated requests and empty groups are left out."""
    seen: set[str] = set()
    cells: list[dict[str, str | int]] = []
    group = 0
    for requests in groups:
        new = {r.digest: r for r in requests if r.digest not in seen}
        for digest, request in new.items():
            row = {"digest": digest, "request": request.json_text()}
            cells.append({"position": len(cells), "group": group, **row})
        seen |= new.keys()
        group += bool(new)
    return cells


def _sweeps(session: Session, rows: Sequence[SweepRow]) -> list[Sweep]:
    query = (
        select(CellRow.sweep, CellRow.group, CellRow.digest)
        .where(CellRow.sweep.in_([row.id for row in rows]))
        .order_by(CellRow.sweep, CellRow.position)
    )
    groups: dict[str, list[tuple[str, ...]]] = {row.id: [] for row in rows}
    for (sweep, _), cells in groupby(session.execute(query), key=lambda cell: (cell[0], cell[1])):
        groups[sweep].append(tuple(digest for _, _, digest in cells))
    return [
        Sweep(
            id=row.id,
            created=datetime.fromtimestamp(row.created, UTC),
            owner=row.owner,
            name=row.name,
            state=row.state,  # type: ignore[arg-type]
            service=row.service,
            plan=row.plan,
            groups=tuple(groups[row.id]),
            shared=row.shared,
            refits=row.refits,
        )
        for row in rows
    ]
