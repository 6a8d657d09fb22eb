"""Which lesson is open in this tab: all that pages need to know of lessons, without their code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import streamlit as st

if TYPE_CHECKING:
    from components.lessons.lesson import Control

PARAMETER = "lesson"
"""The parameter of an address that names a lesson, or holds one."""
STEP = "step"
"""The parameter of an address that names the step of the lesson, from 1."""
OPEN, WANTED = "open_lesson", "wanted_lesson"
"""The open lesson; and the one that the next run of a page opens."""
ARRIVED = "lesson_arrived"
"""The lesson and the step that an address led to last."""

RACE = "lesson_race"
"""The start of a lesson whose race the Compare page takes over."""


class NamedLesson(Protocol):
    """An open lesson as the Build page and the address know it."""

    name: str

    def hides(self, part: Control) -> bool:
        """Whether a part of the Build page's sidebar is hidden."""


def current() -> NamedLesson | None:
    """The lesson that is open in this tab."""
    lesson: NamedLesson | None = st.session_state.get(OPEN)
    return lesson


def address() -> str:
    """What the address of this tab says of lessons: the name of the open one."""
    lesson = current()
    return lesson.name if lesson else ""


def arrived() -> tuple[str, int] | None:
    """The lesson, as the address named it, and the step that an address led to last."""
    lesson_step: tuple[str, int] | None = st.session_state.get(ARRIVED)
    return lesson_step


def open_lesson(name_or_token: str) -> None:
    """Open a lesson in the next run of a page: by name, by the token of a link, or by the link.

    A lesson that is new to this browser puts its model, data and settings in place; Undo on the
    Build page brings the visitor's own back. If there is no such lesson, the page says so. Call it
    in a callback, or run the page again after it.
    """
    st.session_state[WANTED] = name_or_token


def hidden_controls(part: Control) -> bool:
    """Whether the open lesson hides a part of the Build page's sidebar."""
    lesson = current()
    return lesson is not None and lesson.hides(part)
