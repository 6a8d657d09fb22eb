"""A run as the database stores it, and the changes that events make to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from components.base import clock
from components.base.errors import RunError
from components.base.text import one_line
from components.experiments.queue.tables import PointRow, ResultRow, RunRow
from components.experiments.training.events import (
    ENDS,
    NEVER_STARTED,
    STARTED_AGAIN,
    STOPPED_PAUSED,
    UNFINISHED,
    End,
    Epoch,
    Event,
    Inspected,
    Paused,
    Progress,
    Report,
    Started,
    Status,
    Surface,
    Xrayed,
)
from components.experiments.training.requests import RunRequest, parse_request

LONGEST_NAME, LONGEST_NOTE = 80, 200
STOPPED_WAITING = case((RunRow.started.is_(None), NEVER_STARTED), else_=STOPPED_PAUSED)
"""Message of a run that was stopped while no child had it; a paused run has started before."""


@dataclass(frozen=True)
class Run:
    """A stored run. Times are UTC; `seconds` is the duration of a run that has ended."""

    id: str
    created: datetime
    owner: str
    name: str
    status: Status
    service: str
    digest: str
    architecture: Mapping[str, Any]
    request_json: str
    settings: Mapping[str, Any]
    epochs: int
    parameters: int
    message: str
    seconds: float
    started: datetime | None
    progress: Progress | None
    """Progress of the current epoch, or `None` between epochs."""
    pinned: bool = False
    """`True` if the run is pinned to the top of the table."""
    note: str = ""
    """Note of its owner, which nobody else can read."""
    model_digest: str = ""
    """SHA-256 of the trained model's file; empty if no file was kept."""
    model_bytes: int = 0
    sweep: str = ""
    """Id of the run's sweep; empty for a single run."""
    shared: bool = False
    """`True` if its owner lets others read it."""
    stop_requested: bool = False
    pause_after: int | None = None
    """Number of epochs after which it pauses; `None` for no pause."""

    @property
    def ended(self) -> bool:
        return self.status in ENDS

    @property
    def stopping(self) -> bool:
        """`True` if it was asked to stop and has not ended yet."""
        return self.stop_requested and not self.ended

    @property
    def pausing(self) -> bool:
        """`True` if it was asked to pause and has not paused yet."""
        return self.pause_after is not None and self.status in UNFINISHED

    @property
    def request(self) -> RunRequest:
        """The run's request. Raises `PlaygroundError` if this version can't read it."""
        return parse_request(self.request_json)


def run_of(row: RunRow) -> Run:
    """Return the run of a database row, whose columns have the names of its fields."""
    values = {field.name: getattr(row, field.name) for field in fields(Run)}
    values["created"] = datetime.fromtimestamp(row.created, UTC)
    if row.started is not None:
        values["started"] = datetime.fromtimestamp(row.started, UTC)
    if row.progress is not None:
        values["progress"] = Progress(**row.progress)
    return Run(**values)


def new_row(
    request: RunRequest,
    owner: str,
    name: str | None,
    service: str,
    sweep: str = "",
    pause_after: int | None = None,
) -> RunRow:
    """Return the row of a new queued run. Raises `RunError` as `tidy_name` does."""
    return RunRow(
        id=uuid.uuid4().hex[:12],
        created=clock.now(),
        owner=owner,
        name=tidy_name(request.architecture.name if name is None else name),
        status="queued",
        service=service,
        digest=request.digest,
        architecture=request.architecture.data(),
        request_json=request.json_text(),
        settings=request.settings.model_dump(mode="json"),
        epochs=request.settings.epochs,
        sweep=sweep,
        pause_after=pause_after,
    )


def tidy_name(name: str, kind: str = "run") -> str:
    """Return a name without superfluous spaces. Raises `RunError` if it is empty or too long."""
    tidy = one_line(name)
    if not 1 <= len(tidy) <= LONGEST_NAME:
        raise RunError(
            f"The name of a {kind} needs 1 to {LONGEST_NAME} characters.",
            f"{len(tidy)} characters",
            "Choose a short name, such as `gated, second try`.",
        )
    return tidy


def server_ended(received: str) -> RunError:
    """Return the reason of a run that was interrupted because its server ended."""
    return RunError(
        "The server stopped before the run was done.",
        received,
        "Start the run again; the epochs it reached are kept.",
    )


def write_event(session: Session, run_id: str, status: str, event: Event) -> str:
    """Write one event of a run that has this status, and return its new status."""
    changes: dict[str, Any] = {}
    if isinstance(event, Started):
        changes = {
            "status": "running",
            "started": func.coalesce(RunRow.started, clock.now()),
            "parameters": event.parameters,
        }
        if _forget_after(session, run_id, event.epochs):
            changes["message"] = STARTED_AGAIN
    elif isinstance(event, Progress):
        changes = {"progress": event.model_dump()}
    elif isinstance(event, Epoch):
        session.merge(
            PointRow(run=run_id, epoch=event.epoch, logs=event.logs, seconds=event.seconds)
        )
        changes = {"progress": None}
    elif isinstance(event, Report | Surface):
        session.merge(ResultRow(run=run_id, kind=event.kind, text=event.model_dump_json()))
    elif isinstance(event, Inspected):
        session.merge(ResultRow(run=run_id, kind="inspection", text=event.inspection))
    elif isinstance(event, Xrayed):
        session.merge(ResultRow(run=run_id, kind="xray", text=event.xray))
    elif isinstance(event, Paused):
        changes = {"status": "paused", "paused": clock.now()}
    elif isinstance(event, End):
        message = STOPPED_WAITING if event.message == NEVER_STARTED else event.message
        changes = {
            "status": event.kind,
            "message": func.trim(RunRow.message + " " + message),
            "seconds": event.seconds,
            "progress": None,
        }
    if changes:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(changes))
    return str(changes.get("status", status))


def _forget_after(session: Session, run_id: str, epochs: int) -> bool:
    """Delete the later epochs of a run, and its results; return `False` if there are none."""
    later = (PointRow.run == run_id, PointRow.epoch > epochs)
    if session.scalar(select(PointRow.epoch).where(*later).limit(1)) is None:
        return False
    session.execute(delete(PointRow).where(*later))
    session.execute(delete(ResultRow).where(ResultRow.run == run_id))
    return True
