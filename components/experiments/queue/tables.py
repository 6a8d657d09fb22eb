"""Tables of services, runs, their results, and sweeps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from components.base.database.base import Base, Deletable


class ServiceRow(Base):
    __tablename__ = "services"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    process: Mapped[int]
    process_start: Mapped[float]
    beat: Mapped[float]
    """Number of heartbeats that it has sent."""
    slots: Mapped[int] = mapped_column(default=0)
    """Number of runs that it trains at a time."""


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
    request_json: Mapped[str]
    settings: Mapped[dict[str, Any]]
    epochs: Mapped[int]
    parameters: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    started: Mapped[float | None] = mapped_column(default=None)
    progress: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    pinned: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    model_digest: Mapped[str] = mapped_column(default="")
    model_bytes: Mapped[int] = mapped_column(default=0)
    sweep: Mapped[str] = mapped_column(default="", index=True)
    """Id of the first sweep that needed it; empty for a single run."""
    group: Mapped[int] = mapped_column(default=0)
    """Group in the sweep; one child process trains the waiting runs of a group."""
    turn: Mapped[int | None] = mapped_column(default=None, index=True)
    """Number of the turn in which a server took the run; `None` while no server has it.

    Later turns have larger numbers.
    """
    last_turn: Mapped[int | None] = mapped_column(default=None, index=True)
    """Number of the last turn in which it was trained, kept while it is paused without a server."""
    stop_requested: Mapped[bool] = mapped_column(default=False)
    pause_after: Mapped[int | None] = mapped_column(default=None)
    """Number of epochs after which a single run should pause; `None` for no pause."""
    paused: Mapped[float | None] = mapped_column(default=None)
    """Time of its last pause."""
    shared: Mapped[bool] = mapped_column(default=False)

    sender: Mapped[str] = mapped_column(default="")
    """Network address of its owner while it waits; empty for the server's own machine."""

    __table_args__ = (Index("ix_runs_turns", "owner", "sweep", "turn"),)


class PointRow(Base):
    __tablename__ = "points"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    logs: Mapped[dict[str, Any]]
    seconds: Mapped[float]


class ResultRow(Base):
    """A result of a run besides its curves, as JSON text: one row for each kind."""

    __tablename__ = "results"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`report`, `surface` (the latest decision surface), `inspection` or `xray`."""
    text: Mapped[str]


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
    shared: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[int] = mapped_column(default=0)
    """Number of the latest run in the database when the sweep was started or resumed."""
    refits: Mapped[str] = mapped_column(default="", index=True)
    """Id of the run whose model is retrained without each of its inputs; empty for other races."""


class CellRow(Base):
    """One request of a sweep; `position` orders them for training."""

    __tablename__ = "cells"

    sweep: Mapped[str] = mapped_column(
        ForeignKey(SweepRow.id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    request: Mapped[str]
