"""Work on the whole store that no server does: add runs from elsewhere, and free space."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Delete, and_, delete, func, select
from sqlalchemy.orm import Session

from components.core.limits import DRAFT_DAYS, DRAFTS_BYTES
from components.training.database import DELETED_TOO, Database, chunks
from components.training.database_size import database_bytes
from components.training.events import Event
from components.training.models import ModelFolder
from components.training.room_store import remove_rooms
from components.training.runs import write_event
from components.training.tables import (
    CellRow,
    Deletable,
    DraftRow,
    InspectionRow,
    LessonRow,
    PointRow,
    ReportRow,
    RunRow,
    SurfaceRow,
    SweepRow,
)

DAY_SECONDS = 86_400.0
UNDO_SECONDS = DAY_SECONDS
"""How long what was deleted can be brought back."""


@dataclass(frozen=True)
class FreedSpace:
    """What a vacuum has freed, in bytes."""

    database: int
    models: int


class StoreUpkeep:
    """Adds and removes what belongs to no server."""

    def __init__(self, database: Database, models: ModelFolder) -> None:
        self._database, self._models = database, models

    def ids(self) -> set[str]:
        """The ids of all runs."""
        with self._database.read() as session:
            return set(session.scalars(select(RunRow.id)))

    def add(self, runs: Iterable[tuple[RunRow, Sequence[Event]]]) -> None:
        """Store new runs, each with its events, the end last: all of them or none."""
        with self._database.write() as session:
            for row, events in runs:
                session.add(row)
                session.flush()
                status = row.status
                for event in events:
                    status = write_event(session, row.id, status, event)

    def remove_old(self, undo_seconds: float = UNDO_SECONDS) -> None:
        """Remove for good what was deleted `undo_seconds` ago, and what is old.

        Drafts and progress on lessons are old after FUSION_DRAFT_DAYS without a change, rooms a
        day after they were opened.
        """
        now, days = time.time(), DRAFT_DAYS.value()
        deleted = select(RunRow.id).where(RunRow.deleted <= now - undo_seconds)
        with self._database.read() as session:
            gone = session.scalars(deleted, execution_options=DELETED_TOO).all()
        self.remove_runs(gone)
        with self._database.write() as session:
            session.execute(_for_good(DraftRow).where(DraftRow.deleted <= now - undo_seconds))
            if days:
                old = and_(DraftRow.name == "", DraftRow.changed < now - days * DAY_SECONDS)
                session.execute(_for_good(DraftRow).where(old))
                idle = LessonRow.changed < now - days * DAY_SECONDS
                session.execute(delete(LessonRow).where(idle))
            _remove_oldest_drafts(session, DRAFTS_BYTES.value())
            remove_rooms(session, now - DAY_SECONDS)

    def remove_runs(self, run_ids: Sequence[str]) -> None:
        """Remove runs for good, with all that is kept with them: curves, reports, surfaces,
        inspections, refits and trained models."""
        with self._database.read() as session:
            run_ids = [*run_ids, *_refits(session, run_ids)]
        with self._database.write() as session:
            for chunk in chunks(run_ids):
                refits = select(SweepRow.id).where(SweepRow.refits.in_(chunk))
                session.execute(delete(CellRow).where(CellRow.sweep.in_(refits)))
                session.execute(delete(SweepRow).where(SweepRow.refits.in_(chunk)))
                for table in (PointRow, ReportRow, SurfaceRow, InspectionRow):
                    session.execute(delete(table).where(table.run.in_(chunk)))
                listed = RunRow.id.in_(chunk) | RunRow.inspects.in_(chunk)
                session.execute(_for_good(RunRow).where(listed))
        for run_id in run_ids:
            self._models.remove(run_id)

    def vacuum(self) -> FreedSpace:
        """Remove what was deleted for good, and give free space back to the disk."""
        self.remove_old(0.0)
        models = self._models.remove_others(self.ids())
        before = self._bytes()
        self._database.vacuum()
        return FreedSpace(max(0, before - self._bytes()), models)

    def _bytes(self) -> int:
        with self._database.read() as session:
            return database_bytes(session)


def _refits(session: Session, run_ids: Iterable[str]) -> list[str]:
    """The runs that were trained as refits of these, unless a race has them, too."""
    ids: list[str] = []
    for chunk in chunks(run_ids):
        own = select(SweepRow.id).where(SweepRow.refits.in_(chunk))
        others = select(CellRow.digest).where(CellRow.sweep.not_in(own))
        query = select(RunRow.id).where(RunRow.sweep.in_(own), RunRow.digest.not_in(others))
        ids += session.scalars(query)
    return ids


def _remove_oldest_drafts(session: Session, most: int) -> None:
    """Remove the oldest drafts of all until the others take at most `most` bytes."""
    columns = (DraftRow.owner, DraftRow.id, func.length(DraftRow.content))
    query = select(*columns).where(DraftRow.name == "").order_by(DraftRow.changed.desc())
    size = 0
    for owner, draft_id, length in session.execute(query).all():
        size += length
        if size > most:
            one = and_(DraftRow.owner == owner, DraftRow.id == draft_id)
            session.execute(_for_good(DraftRow).where(one))


def _for_good(table: type[Deletable]) -> Delete:
    return delete(table).execution_options(**DELETED_TOO)
