"""Sweeps in the database: many runs as one piece of work, that can be paused and gone on with."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError, suggest
from components.training.database import Database, count
from components.training.requests import RunRequest
from components.training.tables import CellRow, SweepRow

SweepState = Literal["running", "paused", "stopped", "finished"]


@dataclass(frozen=True)
class Sweep:
    """Groups of runs that the service trains one after another, as the database has them.

    The runs themselves are told by their digests: one may have been trained for something else.
    """

    id: str
    created: datetime
    owner: str
    name: str
    state: SweepState
    service: str
    """The one that has it, or had it last."""
    plan: str
    """What it was made from, as whoever submitted it wrote it."""
    groups: tuple[tuple[str, ...], ...]
    """Digests of the requests; those of a group are trained in one process."""

    @property
    def digests(self) -> tuple[str, ...]:
        """Those of all groups, in order."""
        return tuple(digest for group in self.groups for digest in group)


class SweepStore(Database):
    """The part of the store that keeps sweeps."""

    def create_sweep(
        self,
        groups: Sequence[Sequence[RunRequest]],
        plan: str = "",
        owner: str = "",
        name: str = "",
        service: str = "",
    ) -> str:
        """A new running sweep of the service; its id. Raises `RunError` where it has no run."""
        cells = _cells(groups)
        if not cells:
            raise RunError(
                "A sweep has one run or more.", "none", "Choose something that can be trained."
            )
        sweep = SweepRow(
            id=uuid.uuid4().hex[:12],
            created=time.time(),
            owner=owner,
            name=" ".join(name.split()),
            state="running",
            service=service,
            plan=plan,
        )
        with self._write() as session:
            session.add(sweep)
            session.flush()
            session.execute(insert(CellRow), [{"sweep": sweep.id, **cell} for cell in cells])
            return sweep.id

    def sweep(self, sweep_id: str) -> Sweep:
        """The sweep. Raises `RunError` where there is none of that id."""
        with self._read() as session:
            found = session.scalar(select(SweepRow).where(SweepRow.id == sweep_id))
            if found is None:
                known = session.scalars(select(SweepRow.id).limit(1000))
                raise RunError(
                    "A sweep must be one the store has.", sweep_id, suggest(sweep_id, known)
                )
            return _values(session, [found])[0]

    def sweeps(self, owner: str | None = None, limit: int = 50) -> tuple[Sweep, ...]:
        """The latest sweeps, newest first; of one owner where given."""
        query = select(SweepRow).order_by(SweepRow.number.desc()).limit(limit)
        if owner is not None:
            query = query.where(SweepRow.owner == owner)
        with self._read() as session:
            return tuple(_values(session, session.scalars(query).all()))

    def requests(self, sweep_id: str, group: int) -> dict[str, str]:
        """What a group of a sweep asks for: JSON texts by digest, in order."""
        query = (
            select(CellRow.digest, CellRow.request)
            .where(CellRow.sweep == sweep_id, CellRow.group == group)
            .order_by(CellRow.place)
        )
        with self._read() as session:
            return {row.digest: row.request for row in session.execute(query)}

    def turn_sweep(self, sweep_id: str, state: SweepState, was: SweepState = "running") -> bool:
        """Put a sweep that is in one state into another; whether it was in it."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state == was)
        with self._write() as session:
            return bool(count(session, query.values(state=state)))

    def take_sweep(self, sweep_id: str, service: str) -> bool:
        """Have the service run a sweep that no other one does; whether it does now."""
        query = update(SweepRow).where(SweepRow.id == sweep_id, SweepRow.state != "running")
        with self._write() as session:
            return bool(count(session, query.values(state="running", service=service)))

    def pause_orphans(self, alive: Iterable[str]) -> None:
        """Pause the sweeps that run on a service which is not among those alive."""
        left = (SweepRow.state == "running", SweepRow.service.not_in(list(alive)))
        with self._read() as session:
            if session.scalar(select(SweepRow.id).where(*left).limit(1)) is None:
                return
        with self._write() as session:
            session.execute(update(SweepRow).where(*left).values(state="paused"))


def _cells(groups: Sequence[Sequence[RunRequest]]) -> list[dict[str, str | int]]:
    """A row for each request; one that was there before is left out, and so are empty groups."""
    places: dict[str, int] = {}
    cells: list[dict[str, str | int]] = []
    group = 0
    for requests in groups:
        fresh = {r.digest: r for r in requests if r.digest not in places}
        for digest, request in fresh.items():
            places[digest] = len(cells)
            row = {"digest": digest, "request": request.json_text()}
            cells.append({"place": places[digest], "group": group, **row})
        group += bool(fresh)
    return cells


def _values(session: Session, rows: Sequence[SweepRow]) -> list[Sweep]:
    query = (
        select(CellRow.sweep, CellRow.group, CellRow.digest)
        .where(CellRow.sweep.in_([row.id for row in rows]))
        .order_by(CellRow.sweep, CellRow.place)
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
        )
        for row in rows
    ]
