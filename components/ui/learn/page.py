"""The Learn page: the lessons, how far one is, and what teachers need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from components.core.markup import escape_markdown
from components.core.text import join_names
from components.ui.kit import layout, present
from components.ui.kit.tours import PARAMETER, TOURS
from components.ui.kit.visitor import lesson_store, owner
from components.ui.learn.arrivals import arrivals, go_to_opened
from components.ui.learn.cards import TEACHER, card
from components.ui.learn.making import making
from components.ui.learn.shelf import Shelf, ShelfLesson, shelf
from components.ui.learn.teacher import no_lesson, teacher_notes
from components.ui.lesson import opening
from components.ui.lesson.session import current

_CSS = Path(__file__).with_name("learn.css")


def learn_page() -> None:
    """The whole page: all lessons, or the notes for teachers on the one in the address."""
    go_to_opened()
    st.html(_CSS)
    shown = shelf(lesson_store().list(owner()))
    wanted = st.query_params.get(TEACHER)
    one = shown.find(wanted) if wanted else None
    if one is not None and not present.on():
        teacher_notes(one)
        return
    if wanted and one is None:
        no_lesson(wanted)
    if not present.on():
        _tours()
    _lessons(shown)
    if not present.on():
        arrivals()
        making()


def _tours() -> None:
    layout.heading("Short tours")
    with st.container(key="learn_cards_tours"):
        for tour in TOURS:
            with st.container(border=True, gap=None, key=f"learn_tour_{tour.name}"):
                query = {PARAMETER: tour.name}
                icon = ":material/tour:"
                st.page_link(tour.page, label=tour.title, icon=icon, query_params=query)
                st.caption(tour.sentence)


def _lessons(shown: Shelf) -> None:
    done = sum(one.done for one in shown.shipped)
    minutes = sum(one.lesson.minutes for one in shown.shipped)
    with st.container(key="learn_head", gap="xsmall"):
        layout.heading("Lessons")
        st.caption(
            f"{len(shown.shipped)} lessons, {minutes} minutes in all, {done} done. Each asks one "
            "question, which you answer by building and training. It stays beside the pages and "
            "checks what you have built. Your progress is kept for this browser."
        )
    _cards("shipped", shown.shipped)
    if shown.own:
        layout.heading("From links and files")
        _cards("own", shown.own)
    if shown.unreadable:
        titles = join_names([escape_markdown(one.title) for one in shown.unreadable])
        st.caption(f"Opened in an earlier version, and no longer readable here: {titles}.")


def _cards(key: str, lessons: Sequence[ShelfLesson]) -> None:
    with st.container(key=f"learn_cards_{key}"):
        for one in lessons:
            card(one, None if one.number or present.on() else _remove)


def _remove(name: str) -> None:
    opened = current()
    if opened is not None and opened.name == name:
        opening.close()
    lesson_store().delete(owner(), name)
