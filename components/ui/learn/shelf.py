"""The lessons on the page with the progress on them: those that ship, and those opened here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from components.core.errors import PlaygroundError
from components.lessons import library
from components.lessons.lesson import Lesson, LessonStep, parse_lesson
from components.people.lesson_store import LessonProgress


@dataclass(frozen=True)
class ShelfLesson:
    """A lesson on the page."""

    name: str
    lesson: Lesson
    progress: LessonProgress | None
    """How far this browser is; `None` before it was begun."""
    number: int = 0
    """Its number among the lessons that ship, from 1; 0 if it came from a link or a file."""

    @property
    def done(self) -> bool:
        """Whether all checks have passed."""
        return self.progress is not None and self.progress.done > 0

    @property
    def step(self) -> int:
        """The number of the step to go on with, from 1; 0 before the lesson was begun."""
        if self.progress is None:
            return 0
        return min(self.progress.step, len(self.lesson.steps) - 1) + 1

    @property
    def next_step(self) -> LessonStep:
        """The step that the lesson opens at."""
        return self.lesson.steps[max(self.step, 1) - 1]

    @property
    def state(self) -> str:
        """How far one is, in words."""
        if self.done:
            return "Done"
        return f"Step {self.step} of {len(self.lesson.steps)}" if self.step else "Not begun"


@dataclass(frozen=True)
class Shelf:
    """All lessons on the page."""

    shipped: tuple[ShelfLesson, ...]
    own: tuple[ShelfLesson, ...]
    """From links and files, the latest first."""
    unreadable: tuple[LessonProgress, ...]
    """Opened here in an earlier version, and not valid any more."""

    def find(self, name: str) -> ShelfLesson | None:
        """The lesson of a name."""
        return next((one for one in (*self.shipped, *self.own) if one.name == name), None)


def shelf(progress: Iterable[LessonProgress]) -> Shelf:
    """The lessons, with the progress of one person on them."""
    by_name = {one.lesson: one for one in progress}
    shipped = tuple(
        ShelfLesson(name, library.load(name), by_name.get(name), number)
        for number, name in enumerate(library.names(), 1)
    )
    own, unreadable = [], []
    for name, one in by_name.items():
        if one.source:
            lesson = _parsed(one.source)
            if lesson is None:
                unreadable.append(one)
            else:
                own.append(ShelfLesson(name, lesson, one))
    return Shelf(shipped, tuple(own), tuple(unreadable))


@lru_cache(maxsize=64)
def _parsed(source: str) -> Lesson | None:
    try:
        return parse_lesson(source)
    except PlaygroundError:
        return None
