"""What every page does about lessons: little while none is open, so nothing heavy is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from components.ui.kit import present

if TYPE_CHECKING:
    from components.ui.kit.lesson.session import OpenLesson

PARAMETER = "lesson"
"""The parameter of an address that names a lesson, or holds one."""
OPEN, HANDLED = "open_lesson", "lessons_handled"
"""The open lesson; and the values of the address that were dealt with in this session."""


def current() -> OpenLesson | None:
    """The lesson that is open in this tab."""
    lesson: OpenLesson | None = st.session_state.get(OPEN)
    return lesson


def address() -> str:
    """What the address of this tab says of lessons: the name of the open one."""
    lesson = current()
    return lesson.name if lesson else ""


def open_lesson(name_or_token: str) -> None:
    """Open a lesson in this tab: by its name, by the token of a link, or by the link itself.

    A lesson that is new to this browser puts its model, data and settings in place; Undo on the
    Build page brings the visitor's own back. Raises `LessonError` and `LinkError` if there is no
    such lesson. Call it before the page checks the model.
    """
    from components.ui.kit.lesson import opening

    opening.open_lesson(name_or_token)


def open_addressed() -> None:
    """Open the lesson in the address, once."""
    wanted = st.query_params.get(PARAMETER)
    if wanted and wanted not in st.session_state.get(HANDLED, ()):
        from components.ui.kit.lesson import opening

        opening.open_addressed(wanted)


def hidden_controls(part: str) -> bool:
    """Whether the open lesson hides a part of the Build page's sidebar."""
    lesson = current()
    return lesson is not None and lesson.hides(part)


def panel(page: str) -> None:
    """Draw the open lesson beside a page, if one is open."""
    if current() is None or present.on():
        return
    from components.ui.kit.lesson import panel

    panel.show(page)
