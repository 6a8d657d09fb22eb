"""Open lesson of this tab: all that pages need to know of lessons, without their code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import streamlit as st

if TYPE_CHECKING:
    from components.teaching.lessons.lesson import Control

PARAMETER = "lesson"
"""Parameter of an address that names a lesson, or holds one."""
STEP = "step"
"""Parameter of an address that names the step of the lesson, from 1."""
OPEN, WANTED = "open_lesson", "wanted_lesson"
"""Keys of the open lesson, and of the one that the next run of a page opens."""
ARRIVED = "lesson_arrived"
"""Key of the lesson and the step to which an address led last."""

RACE = "lesson_race"
"""Key of the start of a lesson whose race the Compare page takes over."""


class NamedLesson(Protocol):
    """Open lesson as the Build page and the address know it."""

    name: str

    def hides(self, part: Control) -> bool:
        """Return `True` if a part of the Build page's sidebar is hidden."""


def current() -> NamedLesson | None:
    """Return the lesson that is open in this tab."""
    lesson: NamedLesson | None = st.session_state.get(OPEN)
    return lesson


def address() -> str:
    """Return the lesson in the address of this tab: the name of the open one."""
    lesson = current()
    return lesson.name if lesson else ""


def arrived() -> tuple[str, int] | None:
    """Return the lesson, as the address named it, and the step to which an address led last."""
    lesson_step: tuple[str, int] | None = st.session_state.get(ARRIVED)
    return lesson_step


def open_lesson(name_or_token: str) -> None:
    """Open a lesson in the next run of a page: by name, by the token of a link, or by the link.

    A lesson that is new to this browser puts its model, data and settings in place; Undo on the
    Build page brings the visitor's own back. If there is no such lesson, the page shows that. Call
    it in a callback, or run the page again after it.
    """
    st.session_state[WANTED] = name_or_token


def hidden_controls(part: Control) -> bool:
    """Return `True` if the open lesson hides a part of the Build page's sidebar."""
    lesson = current()
    return lesson is not None and lesson.hides(part)
