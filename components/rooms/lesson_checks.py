"""The lesson of a room, and its checks."""

from __future__ import annotations

from functools import lru_cache

from components.core.errors import PlaygroundError
from components.export.link import token_in
from components.export.token import is_token
from components.lessons import library
from components.lessons.checks import BetCheck, Check
from components.lessons.lesson import LESSON, Lesson
from components.rooms.content import RoomContent, SentLink


@lru_cache(maxsize=32)
def read(target: str) -> Lesson:
    """A lesson by its name or its token. Raises `LessonError` or `LinkError`."""
    return library.find(target)


def checks(content: RoomContent) -> tuple[Check, ...]:
    """The checks of the room's lesson; empty without one."""
    lesson = content.lesson
    try:
        return read(lesson.target).checks if lesson else ()
    except PlaygroundError:
        return ()


def bets(content: RoomContent) -> tuple[BetCheck, ...]:
    """The bets of the room's lesson."""
    return tuple(check for check in checks(content) if isinstance(check, BetCheck))


def sent_lesson(text: str, step: int = 0) -> SentLink:
    """A lesson as it is sent, by its name, its link or its token. Raises as `read`."""
    target = token_in(text, LESSON)
    lesson = read(target)
    stored = lesson.linked_name if is_token(target) else target
    return SentLink(
        number=0, kind="lesson", target=target, title=lesson.title, lesson=stored, step=step
    )
