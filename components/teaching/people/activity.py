"""Latest activity of people, read for many at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, union

from components.base.database.database import Database
from components.experiments.queue.tables import RunRow
from components.experiments.training.events import UNFINISHED, Status
from components.teaching.people.draft_store import DraftRow


@dataclass(frozen=True)
class RunBrief:
    """Summary of a run. Times are seconds since the epoch."""

    id: str
    name: str
    status: Status
    created: float


@dataclass(frozen=True)
class Activity:
    """Latest activity of one person. Times are seconds since the epoch."""

    changed: float = 0.0
    """Time of the last change of a model or start of a run."""
    run: RunBrief | None = None
    """Latest run that trains; otherwise the latest that waits; otherwise the latest of all."""


def activity_of(database: Database, owners: Collection[str]) -> dict[str, Activity]:
    """Return the activity of each of these people, in two queries."""
    drafts = select(DraftRow.owner, func.max(DraftRow.changed)).where(DraftRow.owner.in_(owners))
    latest = select(func.max(RunRow.number)).where(RunRow.owner.in_(owners))
    runs = select(RunRow.owner, RunRow.id, RunRow.name, RunRow.status, RunRow.created).where(
        RunRow.owner.in_(owners),
        RunRow.number.in_(latest.group_by(RunRow.owner)) | RunRow.status.in_(UNFINISHED),
    )
    changed = dict(database.rows(drafts.group_by("owner")))
    briefs: dict[str, RunBrief] = {}
    for owner, *columns in database.rows(runs.order_by(RunRow.number)):
        brief = RunBrief(*columns)
        if _urgency(brief) >= _urgency(briefs.get(owner, brief)):
            briefs[owner] = brief
    activity = {}
    for owner in owners:
        run = briefs.get(owner)
        last = max(changed.get(owner, 0.0), run.created if run else 0.0)
        activity[owner] = Activity(last, run)
    return activity


def count_active(database: Database, since: float) -> int:
    """Count the people who changed a model or started a run since a time (seconds, epoch)."""
    drafts = select(DraftRow.owner).where(DraftRow.changed >= since)
    runs = select(RunRow.owner).where(RunRow.created >= since, RunRow.owner != "")
    return database.first(select(func.count()).select_from(union(drafts, runs).subquery())) or 0


def _urgency(brief: RunBrief) -> int:
    """Return the rank of a run: training before waiting before ended; higher is shown first."""
    return 2 if brief.status == "running" else int(brief.status in UNFINISHED)
