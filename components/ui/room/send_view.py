"""Sends a model or a lesson to the class."""

from __future__ import annotations

import streamlit as st

from components.core.markup import escape_markdown
from components.export.link import parse_link, share
from components.lessons import library
from components.rooms.content import SentLink
from components.rooms.teacher import RoomTeacher
from components.ui.editor import draft_content
from components.ui.editor.drafts import drafted
from components.ui.frame import page_frame
from components.ui.room import lesson_checks
from components.ui.room.actions import attempt
from components.ui.widgets import layout
from components.ui.widgets.forms import humanize


def send_view(room: RoomTeacher) -> None:
    """What was sent last, and what can be sent now."""
    sent = room.content().sent
    if sent is not None:
        st.caption(f"Sent last: the {sent.kind} **{escape_markdown(sent.title)}**.")
    left, right = st.columns(2, gap="medium")
    with left:
        _models(room)
    with right:
        _lessons(room)


def _models(room: RoomTeacher) -> None:
    layout.heading("A model")
    editor = page_frame.editor()
    st.button(
        "Send my present model",
        key="room_send_model",
        icon=":material/send:",
        on_click=lambda: attempt(lambda: room.send(_model(share(editor.valid)))),
    )
    with st.form("room_send_link", border=False, clear_on_submit=True):
        link = st.text_input("Or a link from Share on the Build page", key="room_link")
        if st.form_submit_button("Send the link", icon=":material/send:"):
            attempt(lambda: room.send(_model(link)))
            st.rerun()


def _model(link: str) -> SentLink:
    """A model as it is sent. Raises `LinkError`."""
    content = parse_link(link)
    token = share(content.architecture, content.data, content.settings, content.race)
    title = draft_content.title_of(drafted(content.architecture))
    return SentLink(number=0, kind="model", target=token, title=title)


def _lessons(room: RoomTeacher) -> None:
    layout.heading("A lesson")
    names = library.names()
    if names:
        chosen = st.selectbox("Lesson", names, format_func=_title, key="room_lesson")
        st.button(
            "Send the lesson",
            key="room_send_lesson",
            icon=":material/send:",
            on_click=lambda: attempt(lambda: room.send(lesson_checks.sent_lesson(chosen))),
        )
    with st.form("room_send_own", border=False, clear_on_submit=True):
        link = st.text_input("Or the link of a lesson of your own", key="room_own_lesson")
        if st.form_submit_button("Send this lesson", icon=":material/send:"):
            attempt(lambda: room.send(lesson_checks.sent_lesson(link)))
            st.rerun()
    st.caption("The grid of the class shows the checks of the lesson that you sent last.")


def _title(name: str) -> str:
    return lesson_checks.read(name).title if name in library.names() else humanize(name)
