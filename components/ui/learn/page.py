"""The Learn page: the lessons, how far one is, and what teachers need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from components.ui.kit import layout, present
from components.ui.kit.visitor import lesson_store, owner
from components.ui.learn.arrivals import arrivals, go_to_opened
from components.ui.learn.making import MAKE, making
from components.ui.learn.shelf import TEACHER, ShelfLesson, card, shelf
from components.ui.learn.teacher import back_button, no_lesson, teacher_notes
from components.ui.lesson import opening
from components.ui.lesson.session import current

_CSS = Path(__file__).with_name("learn.css")


def learn_page() -> None:
    """All lessons; or what the address asks for: notes for teachers, or the form that makes one."""
    go_to_opened()
    st.html(_CSS)
    shown = shelf(lesson_store().list(owner()))
    wanted = st.query_params.get(TEACHER)
    one = next((one for one in shown if one.name == wanted), None)
    if one is not None and not present.on():
        teacher_notes(one)
        return
    if wanted and one is None:
        no_lesson(wanted)
    if MAKE in st.query_params and not present.on():
        back_button(MAKE)
        making()
        arrivals()
        return
    _lessons(shown)
    if not present.on():
        arrivals()
        layout.heading("Make a lesson")
        st.button(
            "Make a lesson",
            key="making.begin",
            icon=":material/edit_note:",
            on_click=lambda: st.query_params.update({MAKE: "1"}),
        )


def _lessons(shown: Sequence[ShelfLesson]) -> None:
    shipped = [one for one in shown if one.number]
    done, minutes = sum(one.done for one in shipped), sum(one.lesson.minutes for one in shipped)
    with st.container(key="learn_head", gap="xsmall"):
        layout.heading("Lessons")
        st.caption(
            f"{len(shipped)} lessons, {minutes} minutes in all, {done} done. Each asks one "
            "question, which you answer by building and training. It stays beside the pages and "
            "checks what you have built. Your progress is kept for this browser."
        )
    _cards("shipped", shipped)
    if own := [one for one in shown if not one.number]:
        layout.heading("From links and files")
        _cards("own", own)


def _cards(key: str, lessons: Sequence[ShelfLesson]) -> None:
    with st.container(key=f"learn_cards_{key}"):
        for one in lessons:
            card(one, None if one.number or present.on() else _remove)


def _remove(name: str) -> None:
    opened = current()
    if opened is not None and opened.name == name:
        opening.close()
    lesson_store().delete(owner(), name)
