"""Inspections in the database: their results, kept with the runs whose models they are of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from components.database.database import Database, chunks
from components.runs.inspection_rows import inspection_of_race
from components.runs.queue import RunQueue
from components.runs.run import Run, run_of
from components.runs.tables import InspectionRow, RunRow
from components.training.limits import QueueLimits


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

    def of_requests(self, digests: Iterable[str]) -> dict[str, str]:
        """The latest inspection of each request's model as JSON text, by the request's digest."""
        texts: dict[str, str] = {}
        with self._database.read() as session:
            for chunk in chunks(digests):
                query = select(RunRow.digest, InspectionRow.inspection).join(RunRow)
                query = query.where(RunRow.digest.in_(chunk)).order_by(RunRow.number)
                texts |= {row.digest: row.inspection for row in session.execute(query)}
        return texts

    def latest_of(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """The latest inspection of each run's model as a run, by the inspected run's id."""
        latest: dict[str, Run] = {}
        with self._database.read() as session:
            for chunk in chunks(run_ids):
                query = select(RunRow).where(RunRow.inspects.in_(chunk)).order_by(RunRow.number)
                latest |= {row.inspects: run_of(row) for row in session.scalars(query)}
        return latest

    def submit_in_turn(
        self,
        run_ids: Sequence[str],
        owner: str,
        service: str,
        limits: QueueLimits,
        slots: int,
        sender: str = "",
    ) -> str:
        """Queue an inspection of the first run; each of the others follows when one has ended.

        So a race waits in one place of the queue, and goes on in another server. A run whose model
        was not kept is trained again first. Returns the id of the first inspection. Raises
        `RunError` if the queue is full.
        """
        first, *rest = run_ids
        with self._database.write(alone=True) as session:
            RunQueue(self._database).require_place(session, owner, sender, limits, slots)
            run = session.scalars(select(RunRow).where(RunRow.id == first)).one()
            row = inspection_of_race(run, owner, service, rest)
            row.sender, inspection_id = sender, row.id
            session.add(row)
        return inspection_id
