"""Runs and their curves in a database: what the pages read, whatever happens to the service."""

from __future__ import annotations

import csv
import io
import os
import socket
import time
import uuid
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, TypeVar

import psutil
from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError, suggest
from components.training.database import count
from components.training.events import (
    ENDS,
    End,
    Epoch,
    Event,
    Interrupted,
    Progress,
    Report,
    Started,
    Status,
    Surface,
    parse_event,
)
from components.training.models import Models, folder_bytes
from components.training.requests import RunRequest, parse_request
from components.training.sweeps import SweepStore
from components.training.tables import (
    PointRow,
    ReportRow,
    RunRow,
    ServiceRow,
    SurfaceRow,
)

T = TypeVar("T", bound=Hashable)

STALE_SECONDS = 15.0
"""A service whose last sign of life is older is taken for dead."""
NAME_LENGTH = 80
ASKED_AT_ONCE = 500
"""How many values a query names at most."""
_TELLS: Mapping[str, int] = {"finished": 3, "running": 2, "queued": 1}
"""How much a run tells of its request, by its state; the others tell least."""


@dataclass(frozen=True)
class Run:
    """One run as the store has it. Times are UTC; `seconds` is how long it took, once it ended."""

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
    """How far the epoch at work is; nothing between epochs."""
    pinned: bool = False
    """Whether it is to be kept in sight."""
    model_digest: str = ""
    """The SHA-256 of the trained model's file; empty where none was kept."""
    model_bytes: int = 0
    sweep: str = ""
    """The sweep it was made for; empty where it is a run of its own."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDS

    @property
    def request(self) -> RunRequest:
        """What was asked for. Raises `PlaygroundError` where this version cannot read it."""
        return parse_request(self.request_json)


class Store(SweepStore):
    """Runs in a database. Safe under threads and several processes.

    `url` is that of `Database`. Trained models are files in `models` beside that
    file, or in `.data/models` for a database elsewhere. Raises `RunError` where FUSION_MODELS_BYTES
    is wrong.
    """

    def __init__(self, url: str | None = None) -> None:
        super().__init__(url)
        self.models = Models(self.folder / "models", folder_bytes())

    def create(
        self,
        request: RunRequest,
        owner: str = "",
        name: str | None = None,
        service: str = "",
        estimated_bytes: int = 0,
        sweep: str = "",
    ) -> str:
        """A new queued run; its id. It belongs to `service` for as long as it lives."""
        return self.create_all([request], owner, name, service, estimated_bytes, sweep)[0]

    def create_all(
        self,
        requests: Sequence[RunRequest],
        owner: str = "",
        name: str | None = None,
        service: str = "",
        estimated_bytes: int = 0,
        sweep: str = "",
    ) -> tuple[str, ...]:
        """New queued runs, as `create` makes one; their ids."""
        runs = [
            RunRow(
                id=uuid.uuid4().hex[:12],
                created=time.time(),
                owner=owner,
                name=_name(request.architecture.name if name is None else name),
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
            for request in requests
        ]
        ids = tuple(run.id for run in runs)
        with self._write() as session:
            session.add_all(runs)
        return ids

    def get(self, run_id: str) -> Run:
        """The run. Raises `RunError` where there is none of that id."""
        with self._read() as session:
            found = session.scalar(select(RunRow).where(RunRow.id == run_id))
            if found is None:
                raise _unknown(run_id, session.scalars(select(RunRow.id).limit(1000)))
            return _value(found)

    def list(
        self,
        owner: str | None = None,
        limit: int = 100,
        statuses: Sequence[Status] = (),
        sweeps: bool = False,
    ) -> tuple[Run, ...]:
        """The latest runs, newest first; of one owner, or in some states, where given.

        Those of sweeps are left out where `sweeps` does not ask for them.
        """
        query = select(RunRow).order_by(RunRow.number.desc()).limit(limit)
        if owner is not None:
            query = query.where(RunRow.owner == owner)
        if statuses:
            query = query.where(RunRow.status.in_(statuses))
        if not sweeps:
            query = query.where(RunRow.sweep == "")
        with self._read() as session:
            return tuple(_value(run) for run in session.scalars(query))

    def append(self, run_id: str, *events: Event) -> None:
        """Write down what a run told, in one transaction.

        What comes after a run's end is left out, and so is what a deleted run tells.
        """
        with self._write() as session:
            status = session.scalar(select(RunRow.status).where(RunRow.id == run_id))
            for told in events:
                if status is None or status in ENDS:
                    return
                status = _apply(session, run_id, status, told)

    def points(self, run_id: str, after: int = 0) -> tuple[Epoch, ...]:
        """The epochs behind epoch `after`, in order; empty for an unknown run."""
        query = (
            select(PointRow)
            .where(PointRow.run == run_id, PointRow.epoch > after)
            .order_by(PointRow.epoch)
        )
        with self._read() as session:
            return tuple(
                Epoch(epoch=point.epoch, logs=point.logs, seconds=point.seconds)
                for point in session.scalars(query)
            )

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """For each request's digest the run that tells most of it; without those no run has.

        One that has finished comes before one that runs, that before a queued one, and that before
        the latest of the others.
        """
        chosen: dict[str, tuple[int, int]] = {}
        found: dict[str, Run] = {}
        with self._read() as session:
            for some in _parts(digests):
                query = select(RunRow.digest, RunRow.status, RunRow.number)
                for digest, status, number in session.execute(query.where(RunRow.digest.in_(some))):
                    tells = (_TELLS.get(status, 0), number)
                    chosen[digest] = max(tells, chosen.get(digest, tells))
            numbers = [number for _, number in chosen.values()]
            for few in _parts(numbers):
                for run in session.scalars(select(RunRow).where(RunRow.number.in_(few))):
                    found[run.digest] = _value(run)
        return found

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """The epochs of runs, in order; without those that have none."""
        found: dict[str, tuple[Epoch, ...]] = {}
        columns = (PointRow.run, PointRow.epoch, PointRow.logs, PointRow.seconds)
        with self._read() as session:
            for some in _parts(run_ids):
                query = select(*columns).where(PointRow.run.in_(some))
                points = session.execute(query.order_by(PointRow.run, PointRow.epoch))
                for run, rows in groupby(points, key=lambda point: point[0]):
                    found[run] = tuple(
                        Epoch.model_construct(epoch=e, logs=l, seconds=s) for _, e, l, s in rows
                    )
        return found

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """What models could do at the ends of runs; without those that have no report."""
        found: dict[str, Report] = {}
        with self._read() as session:
            for some in _parts(run_ids):
                query = select(ReportRow.run, ReportRow.report).where(ReportRow.run.in_(some))
                for run, text in session.execute(query):
                    with suppress(ValueError):
                        found[run] = Report.model_validate_json(text)
        return found

    def rename(self, run_id: str, name: str) -> None:
        """Another name. Raises `RunError` for an empty or long one, or an unknown run."""
        query = update(RunRow).where(RunRow.id == run_id).values(name=_name(name))
        with self._write() as session:
            changed = count(session, query)
        if not changed:
            self.get(run_id)

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Keep a run in sight, or no longer. Raises `RunError` for an unknown run."""
        query = update(RunRow).where(RunRow.id == run_id).values(pinned=pinned)
        with self._write() as session:
            changed = count(session, query)
        if not changed:
            self.get(run_id)

    def report(self, run_id: str) -> Report | None:
        """What the model could do at the run's end; nothing before it, or for an unknown run."""
        found = self._told(select(ReportRow.report).where(ReportRow.run == run_id))
        return found if isinstance(found, Report) else None

    def surface(self, run_id: str) -> Surface | None:
        """The latest surface a run told, if it tells any."""
        found = self._told(select(SurfaceRow.surface).where(SurfaceRow.run == run_id))
        return found if isinstance(found, Surface) else None

    def keep_model(self, run_id: str, data: bytes) -> None:
        """Keep a trained model's file, if the run is there. Old ones make room, pinned ones last.

        Raises `OSError` where it cannot be written.
        """
        with self._read() as session:
            if session.scalar(select(RunRow.id).where(RunRow.id == run_id)) is None:
                return
            pinned = session.scalars(select(RunRow.id).where(RunRow.pinned)).all()
        digest = self.models.keep(run_id, data, pinned)
        query = update(RunRow).where(RunRow.id == run_id)
        with self._write() as session:
            session.execute(query.values(model_digest=digest, model_bytes=len(data)))

    def delete(self, run_id: str) -> None:
        """Remove a run that has ended, with its curve, report, surface and trained model.

        Raises `RunError` where it is still queued or running, or unknown.
        """
        run = self.get(run_id)
        if not run.ended:
            raise RunError(
                "Only a run that has ended can be removed.",
                f"{run.name}, which is {run.status}",
                "Stop it first.",
            )
        with self._write() as session:
            for part in (PointRow, ReportRow, SurfaceRow):
                session.execute(delete(part).where(part.run == run_id))
            session.execute(delete(RunRow).where(RunRow.id == run_id))
        self.models.remove(run_id)

    def csv(self, run_id: str) -> str:
        """The history as CSV text: epoch, seconds, and a column for each curve.

        Raises `RunError` where the run is unknown.
        """
        self.get(run_id)
        points = self.points(run_id)
        keys = list(dict.fromkeys(key for point in points for key in point.logs))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", "seconds", *keys])
        for point in points:
            values = (point.logs.get(key, "") for key in keys)
            writer.writerow([point.epoch, point.seconds, *values])
        return text.getvalue()

    def register(self, service: str) -> None:
        """Note that a service of this process lives."""
        with self._write() as session:
            session.merge(
                ServiceRow(
                    id=service,
                    host=socket.gethostname(),
                    process=os.getpid(),
                    born=psutil.Process().create_time(),
                    beat=time.time(),
                )
            )

    def beat(self, service: str) -> None:
        """A sign of life, to be given more often than `STALE_SECONDS`."""
        query = update(ServiceRow).where(ServiceRow.id == service).values(beat=time.time())
        with self._write() as session:
            session.execute(query)

    def retire(self, service: str) -> None:
        """The service ends; what it left undone counts as interrupted from now on."""
        with self._write() as session:
            session.execute(delete(ServiceRow).where(ServiceRow.id == service))

    def mark_interrupted(self) -> tuple[str, ...]:
        """End the runs whose service died; their ids. Its sweeps are paused.

        What living services have goes on.
        """
        with self._read() as session:
            alive = [s.id for s in session.scalars(select(ServiceRow)) if _lives(s)]
            query = select(RunRow.id).where(
                RunRow.status.not_in(sorted(ENDS)), RunRow.service.not_in(alive)
            )
            left = tuple(session.scalars(query))
        for run_id in left:
            self.append(run_id, Interrupted(message=str(_service_died())))
        self.pause_orphans(alive)
        return left

    def _told(self, query: Select[str]) -> Event | None:
        """An event that is kept as text; nothing where this version cannot read it."""
        with self._read() as session, suppress(ValueError):
            kept = session.scalar(query)
            return None if kept is None else parse_event(kept)
        return None


def _apply(session: Session, run_id: str, status: str, told: Event) -> str:
    """Write one event of a run in that state down; the state it is in then."""
    changes: dict[str, Any] = {}
    if isinstance(told, Started):
        changes = {
            "status": "running",
            "started": time.time(),
            "parameters": told.parameters,
            "estimated_bytes": told.estimated_bytes,
        }
    elif isinstance(told, Progress):
        changes = {"progress": told.model_dump()}
    elif isinstance(told, Epoch):
        _add_point(session, run_id, told)
        changes = {"progress": None}
    elif isinstance(told, Report):
        session.merge(ReportRow(run=run_id, report=told.json_text()))
    elif isinstance(told, Surface):
        session.merge(SurfaceRow(run=run_id, surface=told.json_text()))
    elif isinstance(told, End):
        changes = {
            "status": told.kind,
            "message": told.message,
            "seconds": told.seconds,
            "progress": None,
        }
    if changes:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(changes))
    return str(changes.get("status", status))


def _add_point(session: Session, run_id: str, told: Epoch) -> None:
    if session.get(PointRow, (run_id, told.epoch)) is None:
        session.execute(
            insert(PointRow).values(
                run=run_id, epoch=told.epoch, logs=told.logs, seconds=told.seconds
            )
        )


def _parts(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """The values, each once, as many at a time as a query may name."""
    all_of_them = list(dict.fromkeys(values))
    for start in range(0, len(all_of_them), ASKED_AT_ONCE):
        yield all_of_them[start : start + ASKED_AT_ONCE]


def _value(run: RunRow) -> Run:
    return Run(
        id=run.id,
        created=datetime.fromtimestamp(run.created, UTC),
        owner=run.owner,
        name=run.name,
        status=run.status,  # type: ignore[arg-type]
        service=run.service,
        digest=run.digest,
        architecture=run.architecture,
        request_json=run.request,
        settings=run.settings,
        epochs=run.epochs,
        parameters=run.parameters,
        estimated_bytes=run.estimated_bytes,
        message=run.message,
        seconds=run.seconds,
        started=None if run.started is None else datetime.fromtimestamp(run.started, UTC),
        progress=None if run.progress is None else Progress(**run.progress),
        pinned=run.pinned,
        model_digest=run.model_digest,
        model_bytes=run.model_bytes,
        sweep=run.sweep,
    )


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= NAME_LENGTH:
        raise RunError(
            f"A run's name has 1 to {NAME_LENGTH} characters.",
            f"{len(tidy)} of them",
            "Give it a short name, such as `gated, second try`.",
        )
    return tidy


def _lives(service: ServiceRow) -> bool:
    if service.host == socket.gethostname():
        with suppress(psutil.Error):
            process = psutil.Process(service.process)
            return bool(abs(process.create_time() - service.born) < 1)
        return False
    return time.time() - service.beat < STALE_SECONDS


def _unknown(run_id: str, known: Iterable[str]) -> RunError:
    return RunError("A run must be one the store has.", run_id, suggest(run_id, known))


def _service_died() -> RunError:
    return RunError(
        "The server must stay up until a run is done.",
        "a server that ended or was started anew",
        "Start the run again; what it had reached is kept.",
    )
