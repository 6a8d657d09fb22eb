"""Base of all tables, on which each package that stores something declares its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, str: Text}  # noqa: RUF012


class FormatRow(Base):
    """Version number of the database, in one row."""

    __tablename__ = "format"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Deletable:
    """Mixin for rows that can be deleted and restored: `Database` reads only rows not deleted."""

    deleted: Mapped[float | None] = mapped_column(default=None)
    """Time of the deletion, in seconds since the epoch."""
