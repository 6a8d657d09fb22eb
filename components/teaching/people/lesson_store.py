"""Progress on lessons in the database: one row for each person and lesson."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from components.base import clock
from components.base.database.base import Base
from components.base.database.database import Database, upkeep
from components.base.text import DAY_SECONDS
from components.teaching.people.draft_store import DRAFT_DAYS

STUCK_TRIES = 3
"""Number of failed checks in a row after which a person is stuck."""
MOST_WRONG = 10
"""Number of wrong answers to a check that are kept."""
AWAY_SECONDS = 300.0
"""Idle seconds after which a person is away."""


class LessonRow(Base):
    """Progress of one person on one lesson, as a row."""

    __tablename__ = "lessons"

    owner: Mapped[str] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(primary_key=True)
    changed: Mapped[float] = mapped_column(index=True)
    progress: Mapped[str]


class LessonProgress(BaseModel):
    """Progress in a lesson. Keys are ids of checks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lesson: str
    """Name of the lesson; `link-` and its digest, if it came from a link or a file."""
    title: str = ""
    step: int = 0
    """Number of the step that is shown, from 0."""
    hints: int = 0
    """Number of hints shown of this step."""
    passed: tuple[str, ...] = ()
    tries: dict[str, int] = {}
    """Number of answers that were judged."""
    wrong: dict[str, tuple[str | float, ...]] = {}
    """Wrong answers, each once, the latest last."""
    failed_in_row: int = 0
    answers: dict[str, str | float] = {}
    bets: dict[str, tuple[str, bool]] = {}
    """Choice, and `True` if it came after the runs."""
    checks: int = 0
    """Number of checks in the lesson."""
    done: float = 0.0
    """Time when the last check passed, in seconds since the epoch; 0 before."""
    source: str = ""
    """File of the lesson, if it is none of those that ship."""
    work: str = ""
    """Token of the model that was checked last, from which another tab continues."""
    earlier: dict[str, str] = {}
    """Tokens of models that passed checks which keep theirs."""


class LessonStore:
    """Store of progress on lessons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, owner: str, lesson: str) -> LessonProgress | None:
        """Return the progress of a person on a lesson; `None` if they have not begun it."""
        query = select(LessonRow.progress).where(
            LessonRow.owner == owner, LessonRow.lesson == lesson
        )
        text = self._database.first(query)
        return None if text is None else LessonProgress.model_validate_json(text)

    def list(self, owner: str) -> tuple[LessonProgress, ...]:
        """Return the progress of a person on all lessons, the latest first."""
        query = select(LessonRow.progress).where(LessonRow.owner == owner)
        texts = self._database.column(query.order_by(LessonRow.changed.desc()))
        return tuple(map(LessonProgress.model_validate_json, texts))

    def of_people(
        self, owners: Collection[str], lesson: str
    ) -> dict[str, tuple[float, LessonProgress]]:
        """Return the last change and the progress of several people on a lesson, by owner."""
        query = select(LessonRow).where(LessonRow.owner.in_(owners), LessonRow.lesson == lesson)
        return {
            row.owner: (row.changed, LessonProgress.model_validate_json(row.progress))
            for row in self._database.column(query)
        }

    def put(self, owner: str, progress: LessonProgress) -> None:
        """Store the progress of a person on a lesson."""
        row = LessonRow(
            owner=owner,
            lesson=progress.lesson,
            changed=clock.now(),
            progress=progress.model_dump_json(exclude_defaults=True),
        )
        with self._database.write() as session:
            session.merge(row)

    def delete(self, owner: str, lesson: str) -> None:
        """Forget the progress of a person on a lesson."""
        self._database.execute(
            delete(LessonRow).where(LessonRow.owner == owner, LessonRow.lesson == lesson)
        )


@upkeep
def _remove_old(database: Database, _: float) -> None:
    """Forget progress that nobody has changed for DRAFT_DAYS."""
    idle = LessonRow.changed < clock.now() - DRAFT_DAYS * DAY_SECONDS
    database.execute(delete(LessonRow).where(idle))
