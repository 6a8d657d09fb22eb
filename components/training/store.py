"""Runs and their curves in a database: what the pages read, whatever happens to the service."""

from __future__ import annotations

import csv
import io
import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import (
    JSON,
    CursorResult,
    Engine,
    ForeignKey,
    Select,
    Text,
    create_engine,
    delete,
    event,
    false,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateColumn

from components.errors import RunError, suggest
from components.training.config import RunRequest, parse_request
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
from components.training.isolation import ROOT
from components.training.models import Models, folder_bytes

STALE_SECONDS = 15.0
"""A service whose last sign of life is older is taken for dead."""
BUSY_SECONDS = 30
"""How long a writer waits for another."""
NAME_LENGTH = 80


class _Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, str: Text}  # noqa: RUF012


class _Service(_Base):
    __tablename__ = "services"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    process: Mapped[int]
    born: Mapped[float]
    beat: Mapped[float]


class _Run(_Base):
    __tablename__ = "runs"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    created: Mapped[float]
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    digest: Mapped[str]
    architecture: Mapped[dict[str, Any]]
    request: Mapped[str]
    settings: Mapped[dict[str, Any]]
    epochs: Mapped[int]
    parameters: Mapped[int] = mapped_column(default=0)
    estimated_bytes: Mapped[int]
    message: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    started: Mapped[float | None] = mapped_column(default=None)
    progress: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    model_digest: Mapped[str] = mapped_column(default="", server_default="")
    model_bytes: Mapped[int] = mapped_column(default=0, server_default="0")


class _Point(_Base):
    __tablename__ = "points"

    run: Mapped[str] = mapped_column(ForeignKey(_Run.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    logs: Mapped[dict[str, Any]]
    seconds: Mapped[float]


class _Report(_Base):
    __tablename__ = "reports"

    run: Mapped[str] = mapped_column(ForeignKey(_Run.id, ondelete="CASCADE"), primary_key=True)
    report: Mapped[str]


class _Surface(_Base):
    """The latest one of a run."""

    __tablename__ = "surfaces"

    run: Mapped[str] = mapped_column(ForeignKey(_Run.id, ondelete="CASCADE"), primary_key=True)
    surface: Mapped[str]


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

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDS

    @property
    def request(self) -> RunRequest:
        """What was asked for. Raises `PlaygroundError` where this version cannot read it."""
        return parse_request(self.request_json)


class Store:
    """Runs in a database. Safe under threads and several processes.

    `url` as SQLAlchemy writes it; without one FUSION_DATABASE_URL, or the file
    `.data/runs.sqlite` under the project's root. Trained models are files in `models` beside that
    file, or in `.data/models` for a database elsewhere. Raises `RunError` where FUSION_MODELS_BYTES
    is wrong.
    """

    def __init__(self, url: str | None = None) -> None:
        self._engine = _engine(url or os.environ.get("FUSION_DATABASE_URL") or _default_url())
        self.models = Models(_beside(self._engine.url) / "models", folder_bytes())
        with self._write() as session:
            _Base.metadata.create_all(session.connection())
            _add_columns(session)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def create(
        self,
        request: RunRequest,
        owner: str = "",
        name: str | None = None,
        service: str = "",
        estimated_bytes: int = 0,
    ) -> str:
        """A new queued run; its id. It belongs to `service` for as long as it lives."""
        run = _Run(
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
        )
        with self._write() as session:
            session.add(run)
            session.flush()
            return run.id

    def get(self, run_id: str) -> Run:
        """The run. Raises `RunError` where there is none of that id."""
        with self._read() as session:
            found = session.scalar(select(_Run).where(_Run.id == run_id))
            if found is None:
                raise _unknown(run_id, session.scalars(select(_Run.id).limit(1000)))
            return _value(found)

    def list(
        self,
        owner: str | None = None,
        limit: int = 100,
        statuses: Sequence[Status] = (),
    ) -> tuple[Run, ...]:
        """The latest runs, newest first; of one owner, or in some states, where given."""
        query = select(_Run).order_by(_Run.number.desc()).limit(limit)
        if owner is not None:
            query = query.where(_Run.owner == owner)
        if statuses:
            query = query.where(_Run.status.in_(statuses))
        with self._read() as session:
            return tuple(_value(run) for run in session.scalars(query))

    def append(self, run_id: str, *events: Event) -> None:
        """Write down what a run told, in one transaction.

        What comes after a run's end is left out, and so is what a deleted run tells.
        """
        with self._write() as session:
            status = session.scalar(select(_Run.status).where(_Run.id == run_id))
            for told in events:
                if status is None or status in ENDS:
                    return
                status = _apply(session, run_id, status, told)

    def points(self, run_id: str, after: int = 0) -> tuple[Epoch, ...]:
        """The epochs behind epoch `after`, in order; empty for an unknown run."""
        query = (
            select(_Point).where(_Point.run == run_id, _Point.epoch > after).order_by(_Point.epoch)
        )
        with self._read() as session:
            return tuple(
                Epoch(epoch=point.epoch, logs=point.logs, seconds=point.seconds)
                for point in session.scalars(query)
            )

    def rename(self, run_id: str, name: str) -> None:
        """Another name. Raises `RunError` for an empty or long one, or an unknown run."""
        query = update(_Run).where(_Run.id == run_id).values(name=_name(name))
        with self._write() as session:
            changed = _count(session, query)
        if not changed:
            self.get(run_id)

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Keep a run in sight, or no longer. Raises `RunError` for an unknown run."""
        query = update(_Run).where(_Run.id == run_id).values(pinned=pinned)
        with self._write() as session:
            changed = _count(session, query)
        if not changed:
            self.get(run_id)

    def report(self, run_id: str) -> Report | None:
        """What the model could do at the run's end; nothing before it, or for an unknown run."""
        found = self._told(select(_Report.report).where(_Report.run == run_id))
        return found if isinstance(found, Report) else None

    def surface(self, run_id: str) -> Surface | None:
        """The latest surface a run told, if it tells any."""
        found = self._told(select(_Surface.surface).where(_Surface.run == run_id))
        return found if isinstance(found, Surface) else None

    def keep_model(self, run_id: str, data: bytes) -> None:
        """Keep a trained model's file, if the run is there. Old ones make room, pinned ones last.

        Raises `OSError` where it cannot be written.
        """
        with self._read() as session:
            if session.scalar(select(_Run.id).where(_Run.id == run_id)) is None:
                return
            pinned = session.scalars(select(_Run.id).where(_Run.pinned)).all()
        digest = self.models.keep(run_id, data, pinned)
        query = update(_Run).where(_Run.id == run_id)
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
            for part in (_Point, _Report, _Surface):
                session.execute(delete(part).where(part.run == run_id))
            session.execute(delete(_Run).where(_Run.id == run_id))
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
                _Service(
                    id=service,
                    host=socket.gethostname(),
                    process=os.getpid(),
                    born=psutil.Process().create_time(),
                    beat=time.time(),
                )
            )

    def beat(self, service: str) -> None:
        """A sign of life, to be given more often than `STALE_SECONDS`."""
        query = update(_Service).where(_Service.id == service).values(beat=time.time())
        with self._write() as session:
            session.execute(query)

    def retire(self, service: str) -> None:
        """The service ends; what it left undone counts as interrupted from now on."""
        with self._write() as session:
            session.execute(delete(_Service).where(_Service.id == service))

    def mark_interrupted(self) -> tuple[str, ...]:
        """End the runs whose service died; their ids. Those of living services go on."""
        with self._read() as session:
            alive = [s.id for s in session.scalars(select(_Service)) if _lives(s)]
            query = select(_Run.id).where(
                _Run.status.not_in(sorted(ENDS)), _Run.service.not_in(alive)
            )
            left = tuple(session.scalars(query))
        for run_id in left:
            self.append(run_id, Interrupted(message=str(_service_died())))
        return left

    def _told(self, query: Select[str]) -> Event | None:
        """An event that is kept as text; nothing where this version cannot read it."""
        with self._read() as session, suppress(ValueError):
            kept = session.scalar(query)
            return None if kept is None else parse_event(kept)
        return None

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        engine = self._engine.execution_options(writes=True)
        with Session(engine) as session, session.begin():
            yield session


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    return engine


def _connected(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late to reserve the file for a writer: `_begun` sends it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _beside(url: URL) -> Path:
    """The folder that files of the database's runs are kept in."""
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(url.database).resolve().parent
    return ROOT / ".data"


def _default_url() -> str:
    folder = ROOT / ".data"
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'runs.sqlite'}"


def _add_columns(session: Session) -> None:
    """Add the columns that the tables of an earlier version do not have; their rows stay."""
    connection = session.connection()
    for table in _Base.metadata.sorted_tables:
        there = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                made = CreateColumn(column).compile(dialect=connection.dialect)
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {made}"))


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
        session.merge(_Report(run=run_id, report=told.json_text()))
    elif isinstance(told, Surface):
        session.merge(_Surface(run=run_id, surface=told.json_text()))
    elif isinstance(told, End):
        changes = {
            "status": told.kind,
            "message": told.message,
            "seconds": told.seconds,
            "progress": None,
        }
    if changes:
        session.execute(update(_Run).where(_Run.id == run_id).values(changes))
    return str(changes.get("status", status))


def _add_point(session: Session, run_id: str, told: Epoch) -> None:
    if session.get(_Point, (run_id, told.epoch)) is None:
        session.execute(
            insert(_Point).values(
                run=run_id, epoch=told.epoch, logs=told.logs, seconds=told.seconds
            )
        )


def _count(session: Session, query: Any) -> int:
    result = session.execute(query)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _value(run: _Run) -> Run:
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


def _lives(service: _Service) -> bool:
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
