"""Inspections in the database: their results, kept with the runs whose models they are of."""

from __future__ import annotations

from sqlalchemy import select

from components.training.database import Database
from components.training.runs import Run, run_of
from components.training.tables import InspectionRow, RunRow


class InspectionStore:
    """Reads what inspections have found. An inspection that is under way is itself a run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> str | None:
        """The JSON text of the latest inspection of a run's model, if there is one."""
        query = select(InspectionRow.inspection).where(InspectionRow.run == run_id).join(RunRow)
        with self._database.read() as session:
            return session.scalar(query)

    def latest(self, run_id: str) -> Run | None:
        """The latest inspection of a run's model as a run, whether it has ended or not."""
        query = select(RunRow).where(RunRow.inspects == run_id).order_by(RunRow.number.desc())
        with self._database.read() as session:
            row = session.scalar(query.limit(1))
            return None if row is None else run_of(row)
