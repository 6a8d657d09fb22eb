"""The base of all tables. Each package that stores something declares its tables on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, str: Text}  # noqa: RUF012


class FormatRow(Base):
    """The version number of the database, in one row."""

    __tablename__ = "format"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Deletable:
    """What can be deleted and brought back: `Database` reads only rows that are not deleted."""

    deleted: Mapped[float | None] = mapped_column(default=None)
    """When it was deleted, in seconds since the epoch."""
