"""Opens a lesson that comes from elsewhere: a file, a link or its token."""

from __future__ import annotations

import streamlit as st

from components.core.errors import PlaygroundError, public_text
from components.core.markup import message_markdown
from components.export.token import MOST_BYTES
from components.ui.kit import layout, uploads
from components.ui.kit.page_files import page_file
from components.ui.lesson import opening
from components.ui.lesson.session import current

_ERROR, _OPENED, _TURN = "learn_error", "learn_opened", "learn_turn"
_LINK = "learn_link"


def go_to_opened() -> None:
    """Show the page of the lesson that was opened just now, if one was."""
    if st.session_state.pop(_OPENED, False) and (opened := current()) is not None:
        st.switch_page(page_file(opened.step(opened.progress()).page))


def arrivals() -> None:
    """The fields, and why the last lesson was not opened."""
    layout.heading("Open a lesson")
    turn = st.session_state.get(_TURN, 0)
    with st.container(key="learn_arrivals"):
        file = f"learn_file~{turn}"
        st.file_uploader(
            "A lesson's file",
            type=["yaml", "yml"],
            key=file,
            on_change=_file_chosen,
            args=(file,),
            max_upload_size=max(1, uploads.most_bytes(MOST_BYTES) // 1_000_000),
            help="Written by hand, or made on this page. It is read as data: nothing in it runs.",
        )
        link = f"{_LINK}~{turn}"
        with st.form("learn_link_form", border=False):
            st.text_input(
                "A lesson's link or token",
                key=link,
                placeholder="https://…?lesson=…",
                help="The link that your teacher gave you, or what stands in it after `lesson=`.",
            )
            st.form_submit_button(
                "Open the link",
                key="learn_link_open",
                icon=":material/arrow_forward:",
                on_click=_link_given,
                args=(link,),
            )
    if error := st.session_state.get(_ERROR):
        st.error(message_markdown(error), icon=":material/error:")


def _file_chosen(widget: str) -> None:
    st.session_state.pop(_ERROR, None)
    file = st.session_state[widget]
    if file is None:
        return
    try:
        opening.open_file(uploads.content(file, MOST_BYTES))
    except PlaygroundError as error:
        st.session_state[_ERROR] = f"{file.name}: {public_text(error)}"
    else:
        _arrived()


def _link_given(widget: str) -> None:
    st.session_state.pop(_ERROR, None)
    text = st.session_state[widget].strip()
    if not text:
        st.session_state[_ERROR] = "Paste the link of a lesson first."
        return
    try:
        opening.open_link(text)
    except PlaygroundError as error:
        st.session_state[_ERROR] = public_text(error)
    else:
        _arrived()


def _arrived() -> None:
    """Empty the fields, and go to the lesson in the run that follows."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state[_OPENED] = True
