"""How many people do something."""

from __future__ import annotations

from sqlalchemy import func, select, union

from components.database.database import Database
from components.people.tables import DraftRow
from components.runs.tables import RunRow


def count_active(database: Database, since: float) -> int:
    """People who changed a model or started a run since a time, in seconds since the epoch."""
    drafts = select(DraftRow.owner).where(DraftRow.changed >= since)
    runs = select(RunRow.owner).where(RunRow.created >= since, RunRow.owner != "")
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(union(drafts, runs).subquery())) or 0
