"""A run as the database stores it, how events change it, and what belongs to several runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError
from components.core.text import one_line
from components.database.database import chunks
from components.runs.tables import InspectionRow, PointRow, ReportRow, RunRow, SurfaceRow
from components.training.events import (
    ENDS,
    End,
    Epoch,
    Event,
    Inspected,
    Progress,
    Report,
    Started,
    Status,
    Surface,
)
from components.training.requests import RunRequest, parse_request

MAX_NAME_LENGTH = 80
_STATUS_RANK: Mapping[str, int] = {"finished": 3, "running": 2, "queued": 1}
"""How much a run shows about its request, by status. All other statuses rank 0."""


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
    estimated_bytes: int
    message: str
    seconds: float
    started: datetime | None
    progress: Progress | None
    """Progress of the current epoch, or `None` between epochs."""
    pinned: bool = False
    """Whether the run is pinned to the top of the table."""
    model_digest: str = ""
    """SHA-256 of the trained model's file, or empty if no file was kept."""
    model_bytes: int = 0
    sweep: str = ""
    """The sweep that the run belongs to, or empty for a single run."""
    shared: bool = False
    """Whether its owner lets others read it."""
    stop_requested: bool = False

    @property
    def ended(self) -> bool:
        """Whether the run has ended."""
        return self.status in ENDS

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop, and has not ended yet."""
        return self.stop_requested and not self.ended

    @property
    def request(self) -> RunRequest:
        """The run's request. Raises `PlaygroundError` if this version can't read it."""
        return parse_request(self.request_json)


def run_of(row: RunRow) -> Run:
    """The run in a row of the database."""
    return Run(
        id=row.id,
        created=datetime.fromtimestamp(row.created, UTC),
        owner=row.owner,
        name=row.name,
        status=row.status,  # type: ignore[arg-type]
        service=row.service,
        digest=row.digest,
        architecture=row.architecture,
        request_json=row.request,
        settings=row.settings,
        epochs=row.epochs,
        parameters=row.parameters,
        estimated_bytes=row.estimated_bytes,
        message=row.message,
        seconds=row.seconds,
        started=None if row.started is None else datetime.fromtimestamp(row.started, UTC),
        progress=None if row.progress is None else Progress(**row.progress),
        pinned=row.pinned,
        model_digest=row.model_digest,
        model_bytes=row.model_bytes,
        sweep=row.sweep,
        shared=row.shared,
        stop_requested=row.stop_requested,
    )


def new_row(
    request: RunRequest,
    owner: str,
    name: str | None,
    service: str,
    estimated_bytes: int = 0,
    sweep: str = "",
) -> RunRow:
    """The row of a new queued run. Raises `RunError` as `tidy_name` does."""
    return RunRow(
        id=uuid.uuid4().hex[:12],
        created=time.time(),
        owner=owner,
        name=tidy_name(request.architecture.name if name is None else name),
        status="queued",
        service=service,
        digest=request.digest,
        architecture=request.architecture.data(),
        request=request.json_text(),
        settings=request.settings.model_dump(mode="json"),
        epochs=request.settings.epochs,
        estimated_bytes=estimated_bytes,
        sweep=sweep,
    )


def tidy_name(name: str, of: str = "run") -> str:
    """A name of something without needless spaces. Raises `RunError` if it is empty or too long."""
    tidy = one_line(name)
    if not 1 <= len(tidy) <= MAX_NAME_LENGTH:
        raise RunError(
            f"The name of a {of} must have 1 to {MAX_NAME_LENGTH} characters.",
            f"{len(tidy)} characters",
            "Choose a short name, such as `gated, second try`.",
        )
    return tidy


def server_ended(received: str) -> RunError:
    """The reason why a run was interrupted."""
    return RunError(
        "The server must stay up until a run is done.",
        received,
        "Start the run again; the epochs it reached are kept.",
    )


def write_event(session: Session, run_id: str, status: str, event: Event) -> str:
    """Write one event of a run with this status, and return its new status."""
    changes: dict[str, Any] = {}
    if isinstance(event, Started):
        changes = {
            "status": "running",
            "started": time.time(),
            "parameters": event.parameters,
            "estimated_bytes": event.estimated_bytes,
        }
    elif isinstance(event, Progress):
        changes = {"progress": event.model_dump()}
    elif isinstance(event, Epoch):
        _add_point(session, run_id, event)
        changes = {"progress": None}
    elif isinstance(event, Report):
        session.merge(ReportRow(run=run_id, report=event.json_text()))
    elif isinstance(event, Surface):
        session.merge(SurfaceRow(run=run_id, surface=event.json_text()))
    elif isinstance(event, Inspected):
        session.merge(InspectionRow(run=run_id, inspection=event.inspection))
    elif isinstance(event, End):
        changes = {
            "status": event.kind,
            "message": event.message,
            "seconds": event.seconds,
            "progress": None,
        }
    if changes:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(changes))
    return str(changes.get("status", status))


def _add_point(session: Session, run_id: str, epoch: Epoch) -> None:
    if session.get(PointRow, (run_id, epoch.epoch)) is None:
        session.execute(
            insert(PointRow).values(
                run=run_id, epoch=epoch.epoch, logs=epoch.logs, seconds=epoch.seconds
            )
        )


def latest(session: Session, digests: Iterable[str]) -> dict[str, Run]:
    """The most informative run of each request, by digest, as `Store.latest`."""
    best: dict[str, tuple[int, int]] = {}
    for chunk in chunks(digests):
        query = select(RunRow.digest, RunRow.status, RunRow.number)
        for digest, status, number in session.execute(query.where(RunRow.digest.in_(chunk))):
            rank = (_STATUS_RANK.get(status, 0), number)
            best[digest] = max(rank, best.get(digest, rank))
    return {
        row.digest: run_of(row)
        for numbers in chunks(number for _, number in best.values())
        for row in session.scalars(select(RunRow).where(RunRow.number.in_(numbers)))
    }


def histories(session: Session, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
    """The epochs of several runs, in order. Runs without an epoch are left out."""
    epochs: dict[str, tuple[Epoch, ...]] = {}
    columns = (PointRow.run, PointRow.epoch, PointRow.logs, PointRow.seconds)
    for chunk in chunks(run_ids):
        query = select(*columns).where(PointRow.run.in_(chunk))
        points = session.execute(query.order_by(PointRow.run, PointRow.epoch))
        for run, rows in groupby(points, key=lambda point: point[0]):
            epochs[run] = tuple(
                Epoch.model_construct(epoch=e, logs=l, seconds=s) for _, e, l, s in rows
            )
    return epochs


def reports(session: Session, run_ids: Iterable[str]) -> dict[str, Report]:
    """The final reports of several runs. Runs without a report are left out."""
    by_run: dict[str, Report] = {}
    for chunk in chunks(run_ids):
        query = select(ReportRow.run, ReportRow.report).where(ReportRow.run.in_(chunk))
        for run, text in session.execute(query):
            with suppress(ValueError):
                by_run[run] = Report.model_validate_json(text)
    return by_run


def inspections(session: Session, digests: Iterable[str]) -> dict[str, str]:
    """The latest inspection of each request's model as JSON text, by the request's digest."""
    texts: dict[str, str] = {}
    for chunk in chunks(digests):
        query = select(RunRow.digest, InspectionRow.inspection).join(RunRow)
        query = query.where(RunRow.digest.in_(chunk)).order_by(RunRow.number)
        texts |= {row.digest: row.inspection for row in session.execute(query)}
    return texts
