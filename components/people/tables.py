"""The tables of drafts, saved models and progress on lessons."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from components.database.base import Base, Deletable


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
