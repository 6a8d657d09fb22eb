"""Rows of inspections: what is kept of their results, and which one follows another."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.runs.tables import InspectionRow, RunRow
from components.training.events import Inspected

INSPECTION = "inspects "
"""Starts the digest of an inspection, so that it is not taken for a run of the same request."""


def keep_inspection(session: Session, run_id: str, event: Inspected) -> None:
    """Keep an inspection with the run whose model it is of, unless that is gone."""
    inspects = session.scalar(select(RunRow.inspects).where(RunRow.id == run_id))
    if session.scalar(select(RunRow.id).where(RunRow.id == inspects)):
        session.merge(InspectionRow(run=inspects, inspection=event.inspection))


def inspection_of_race(row: RunRow, owner: str, service: str, then: Sequence[str]) -> RunRow:
    """The row of a queued inspection that trains a run again if its model was not kept.

    The runs `then` are inspected after it, one after another.
    """
    return RunRow(
        id=uuid.uuid4().hex[:12],
        created=time.time(),
        owner=owner,
        name=row.name,
        status="queued",
        service=service,
        digest=f"{INSPECTION}{row.id}",
        architecture=row.architecture,
        request=row.request,
        settings=row.settings,
        epochs=1,
        estimated_bytes=row.estimated_bytes,
        inspects=row.id,
        then_inspects=" ".join(then),
    )


def inspect_next(session: Session, run_id: str) -> None:
    """Queue what is to be inspected after an inspection, in its place, unless that was stopped."""
    ended = session.scalar(select(RunRow).where(RunRow.id == run_id))
    if ended is None or not ended.then_inspects or ended.stop_requested:
        return
    ids = ended.then_inspects.split()
    for index, run in enumerate(ids):
        row = session.scalar(select(RunRow).where(RunRow.id == run))
        if row is not None:
            rest = ids[index + 1 :]
            session.add(inspection_of_race(row, ended.owner, ended.service, rest))
            return
