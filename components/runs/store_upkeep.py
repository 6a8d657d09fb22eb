"""Removes runs for good, and frees space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from components.database.database import DELETED_TOO, Database, chunks
from components.database.upkeep import for_good, remove_old, upkeep
from components.runs.tables import (
    InspectionRow,
    PointRow,
    ReportRow,
    RunRow,
    SurfaceRow,
)
from components.training.models import ModelFolder


@dataclass(frozen=True)
class FreedSpace:
    """What a vacuum has freed, in bytes."""

    database: int
    models: int


class StoreUpkeep:
    """Removes runs with all that they have."""

    def __init__(self, database: Database, models: ModelFolder) -> None:
        self._database, self._models = database, models

    def ids(self) -> set[str]:
        """The ids of all runs."""
        with self._database.read() as session:
            return set(session.scalars(select(RunRow.id)))

    def remove_runs(self, run_ids: Sequence[str]) -> None:
        """Remove runs for good, with all that is kept with them: curves, reports, surfaces,
        inspections and trained models."""
        with self._database.write() as session:
            for chunk in chunks(run_ids):
                for table in (PointRow, ReportRow, SurfaceRow, InspectionRow):
                    session.execute(delete(table).where(table.run.in_(chunk)))
                session.execute(for_good(RunRow).where(RunRow.id.in_(chunk)))
        for run_id in run_ids:
            self._models.remove(run_id)

    def vacuum(self) -> FreedSpace:
        """Remove what was deleted for good, and give free space back to the disk."""
        remove_old(self._database, 0.0)
        models = self._models.remove_others(self.ids())
        before = self._database.size()
        self._database.vacuum()
        return FreedSpace(max(0, before - self._database.size()), models)


@upkeep
def _remove_deleted(database: Database, before: float) -> None:
    """Remove the runs for good that were deleted before a time."""
    deleted = select(RunRow.id).where(RunRow.deleted <= before)
    with database.read() as session:
        gone = session.scalars(deleted, execution_options=DELETED_TOO).all()
    StoreUpkeep(database, ModelFolder(database.folder / "models")).remove_runs(gone)
