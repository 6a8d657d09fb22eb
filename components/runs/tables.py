"""The tables of runs, of what each has, and of sweeps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from components.database.base import Base, Deletable


class ServiceRow(Base):
    __tablename__ = "services"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    process: Mapped[int]
    process_start: Mapped[float]
    beat: Mapped[float]
    """How many heartbeats it has sent."""
    slots: Mapped[int] = mapped_column(default=0)
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
    """The sweep that asked for it first; empty for a single run."""
    group: Mapped[int] = mapped_column(default=0)
    """Waiting runs of one group of a sweep are trained by one child process."""
    turn: Mapped[int | None] = mapped_column(default=None, index=True)
    """Number of the turn in which a server took the run; later ones are larger. `None` while no
    server has it."""
    last_turn: Mapped[int | None] = mapped_column(default=None, index=True)
    """Number of the last turn in which it was trained, also while it is paused without a server."""
    stop_requested: Mapped[bool] = mapped_column(default=False)
    pause_after: Mapped[int | None] = mapped_column(default=None)
    """Number of epochs after which somebody wants a single run to wait; `None` if it goes on."""
    paused: Mapped[float | None] = mapped_column(default=None)
    """Time at which it was paused last."""
    shared: Mapped[bool] = mapped_column(default=False)

    sender: Mapped[str] = mapped_column(default="")
    """While it waits: the network address of its owner; empty for the server's own machine."""

    __table_args__ = (Index("ix_runs_turns", "owner", "sweep", "turn"),)


class PointRow(Base):
    __tablename__ = "points"

    run: Mapped[str] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    logs: Mapped[dict[str, Any]]
    seconds: Mapped[float]


class ResultRow(Base):
    """What a run has besides its curves, as JSON text: one row for each kind."""

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
    """The number of the latest run of all when the sweep was started or resumed."""
    refits: Mapped[str] = mapped_column(default="", index=True)
    """The run whose model it trains again without each of its inputs; empty for any other race."""


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
