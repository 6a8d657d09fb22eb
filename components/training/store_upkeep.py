"""Work on the whole store that no server does: add runs from elsewhere, and free space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from components.training.database import Database
from components.training.database_size import database_bytes
from components.training.events import Event
from components.training.models import ModelFolder
from components.training.runs import write_event
from components.training.tables import RunRow


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

    def vacuum(self) -> FreedSpace:
        """Remove the models of runs that are gone, and give free space back to the disk."""
        models = self._models.remove_others(self.ids())
        before = self._bytes()
        self._database.vacuum()
        return FreedSpace(max(0, before - self._bytes()), models)

    def _bytes(self) -> int:
        with self._database.read() as session:
            return database_bytes(session)
