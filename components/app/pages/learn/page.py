"""Learn page: the lessons with their progress, ways to open one, and notes for teachers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from components.app.pages.learn.making import MAKE, making
from components.app.pages.learn.shelf import TEACHER, ShelfLesson, card, shelf
from components.app.pages.learn.teacher import back_button, no_lesson, teacher_notes
from components.app.parts.frame.visitor import lesson_store, owner
from components.app.parts.lesson import opening
from components.app.parts.lesson.session import current
from components.app.parts.widgets import layout, uploads
from components.base.errors import PlaygroundError, public_text
from components.base.markup import escape_markdown
from components.base.pages import page_file
from components.base.text import join_names
from components.sharing.links.token import MOST_BYTES

_CSS = Path(__file__).with_name("learn.css")
_ERROR, _OPENED = "learn_error", "learn_opened"
_FILE, _LINK = "learn_file", "learn_link"


def learn_page() -> None:
    """Draw all lessons; or by the address: notes for teachers, or the form that makes a lesson."""
    go_to_opened()
    st.html(_CSS)
    shown, unreadable = shelf(lesson_store().list(owner()))
    wanted = st.query_params.get(TEACHER)
    one = next((one for one in shown if one.name == wanted), None)
    if one is not None:
        teacher_notes(one)
        return
    if wanted and one is None:
        no_lesson(wanted)
    if MAKE in st.query_params:
        back_button(MAKE)
        making()
        arrivals()
        return
    _lessons(shown, unreadable)
    arrivals()
    layout.heading("Make a lesson")
    st.button(
        "Make a lesson",
        key="making.begin",
        icon=":material/edit_note:",
        on_click=lambda: st.query_params.update({MAKE: "1"}),
    )


def _lessons(shown: Sequence[ShelfLesson], unreadable: Sequence[str]) -> None:
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
    if unreadable:
        names = escape_markdown(join_names(unreadable))
        st.caption(f"This version can't read {names}. Open a newer file or link of it.")


def _cards(key: str, lessons: Sequence[ShelfLesson]) -> None:
    with st.container(key=f"learn_cards_{key}"):
        for one in lessons:
            card(one, None if one.number else _remove)


def _remove(name: str) -> None:
    opened = current()
    if opened is not None and opened.name == name:
        opening.close()
    lesson_store().delete(owner(), name)


def go_to_opened() -> None:
    """Show the page of the lesson that was opened just now, if any."""
    if st.session_state.pop(_OPENED, False) and (opened := current()) is not None:
        st.switch_page(page_file(opened.step(opened.progress()).page))


def arrivals() -> None:
    """Draw the fields that open a lesson, and why the last one was not opened."""
    layout.heading("Open a lesson")
    with st.container(key="learn_arrivals"):
        st.file_uploader(
            "A lesson's file",
            type=["yaml", "yml"],
            key=_FILE,
            on_change=_file_chosen,
            max_upload_size=max(1, uploads.most_bytes(MOST_BYTES) // 1_000_000),
            help="Written by hand, or made on this page. It is read as data: nothing in it runs.",
        )
        with st.form("learn_link_form", border=False):
            st.text_input(
                "A lesson's link or token",
                key=_LINK,
                placeholder="https://…?lesson=…",
                help="The link that your teacher gave you, or what stands in it after `lesson=`.",
            )
            st.form_submit_button(
                "Open the link",
                key="learn_link_open",
                icon=":material/arrow_forward:",
                on_click=_link_entered,
            )
    layout.show_error(st.session_state.get(_ERROR))


def _file_chosen() -> None:
    file = st.session_state[_FILE]
    if file is None:
        st.session_state.pop(_ERROR, None)
    else:
        _open(lambda: opening.open_file(uploads.content(file, MOST_BYTES)), f"{file.name}: ")


def _link_entered() -> None:
    if text := st.session_state[_LINK].strip():
        _open(lambda: opening.open_link(text))
    else:
        st.session_state[_ERROR] = "Paste the link of a lesson first."


def _open(opens: Callable[[], None], before: str = "") -> None:
    """Open a lesson, whose page the next run shows; or keep why it can't be opened."""
    st.session_state.pop(_ERROR, None)
    try:
        opens()
    except PlaygroundError as error:
        st.session_state[_ERROR] = before + public_text(error)
    else:
        st.session_state[_OPENED] = True
