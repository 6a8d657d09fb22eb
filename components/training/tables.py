"""The database tables for runs, their curves, sweeps, drafts, saved models, lessons and rooms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, false, inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateColumn


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, str: Text}  # noqa: RUF012


class Deletable:
    """What can be deleted and brought back: `Database` reads only rows that are not deleted."""

    deleted: Mapped[float | None] = mapped_column(default=None)
    """When it was deleted, in seconds since the epoch."""


class ServiceRow(Base):
    __tablename__ = "services"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    process: Mapped[int]
    process_start: Mapped[float] = mapped_column("born")
    beat: Mapped[float]
    """How many heartbeats it has sent. An earlier version stored the time of the last one."""
    slots: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many runs it trains at a time."""


class RunRow(Deletable, Base):
    __tablename__ = "runs"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    created: Mapped[float]
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
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
    sweep: Mapped[str] = mapped_column(default="", server_default="", index=True)
    dispatched: Mapped[float | None] = mapped_column(default=None, index=True)
    """The number of the turn in which a server took the run from the queue; later ones are larger.

    A sweep's run never waits in the queue."""
    stop_requested: Mapped[bool] = mapped_column(default=False, server_default=false())
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())

    inspects: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The run whose trained model is inspected, or empty if a model is trained."""
    then_inspects: Mapped[str | None] = mapped_column(default=None)
    """Of an inspection of a race: the runs to inspect after it, by id, with spaces between."""
    sender: Mapped[str] = mapped_column(default="", server_default="")
    """While it waits: the network address of its owner; empty for the server's own machine."""

    __table_args__ = (Index("ix_runs_turns", "owner", "dispatched"),)


class PointRow(Base):
    __tablename__ = "points"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    logs: Mapped[dict[str, Any]]
    seconds: Mapped[float]


class ReportRow(Base):
    __tablename__ = "reports"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    report: Mapped[str]


class SurfaceRow(Base):
    """The latest decision surface of a run."""

    __tablename__ = "surfaces"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    surface: Mapped[str]


class InspectionRow(Base):
    """The latest inspection of a run's model."""

    __tablename__ = "inspections"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    inspection: Mapped[str]


class SweepRow(Base):
    __tablename__ = "sweeps"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    created: Mapped[float]
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    plan: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    refits: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The run whose model is trained again without each of its inputs; empty for a race."""


class CellRow(Base):
    """One request of a sweep; `position` orders them for training."""

    __tablename__ = "cells"

    sweep: Mapped[str] = mapped_column(
        ForeignKey(SweepRow.id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column("place", primary_key=True)
    group: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    request: Mapped[str]


class DraftRow(Deletable, Base):
    """The draft of one browser tab or, if it has a `name`, a model that a person saved."""

    __tablename__ = "drafts"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(default="")
    """The session that may write the draft."""
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    """What a list shows of a draft."""
    changed: Mapped[float] = mapped_column(index=True)
    content: Mapped[bytes]


class LessonRow(Base):
    """The progress of one person on one lesson."""

    __tablename__ = "lessons"

    owner: Mapped[str] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(primary_key=True)
    changed: Mapped[float] = mapped_column(index=True)
    progress: Mapped[str]


class RoomRow(Base):
    """A class room: its code, and what the teacher has set up in it."""

    __tablename__ = "rooms"

    code: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[float] = mapped_column(index=True)
    secret_hash: Mapped[str] = mapped_column(index=True)
    """SHA-256 of the secret in the teacher's link."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change of the room, its people and their bets."""
    content: Mapped[str]
    sender: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The network address of who opened it; empty for the server's own machine."""


class RoomMemberRow(Base):
    """A person in a room: a learner with a nickname, or a teacher without one."""

    __tablename__ = "room_members"

    room: Mapped[str] = mapped_column(
        ForeignKey(RoomRow.code, ondelete="CASCADE"), primary_key=True
    )
    owner: Mapped[str] = mapped_column(primary_key=True, index=True)
    number: Mapped[int]
    """The learner's number in the room, from 1; 0 for a teacher."""
    nickname: Mapped[str]
    joined: Mapped[float]
    entry: Mapped[str] = mapped_column(default="")
    """The strategy that the learner has brought for the class race, as text."""
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    """The number of the last note that the learner has opened or closed."""


class RoomBetRow(Base):
    """The choice of one learner in one bet of a room."""

    __tablename__ = "room_bets"

    room: Mapped[str] = mapped_column(
        ForeignKey(RoomRow.code, ondelete="CASCADE"), primary_key=True
    )
    bet: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    choice: Mapped[str]


def upgrade_tables(session: Session) -> None:
    """Create the tables, columns and indexes that an older version lacks. Rows stay unchanged."""
    connection = session.connection()
    Base.metadata.create_all(connection)
    for table in Base.metadata.sorted_tables:
        existing = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in existing:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {definition}"))
        for index in table.indexes:
            index.create(connection, checkfirst=True)
