"""Teacher's view of what everybody gets: a model or a lesson to open, and the projected work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.app.pages.room import board_view
from components.app.pages.room.tab import action, attempt, live, room_sign
from components.app.parts.editor import draft_content
from components.app.parts.editor.drafts import drafted
from components.app.parts.frame import page_frame
from components.app.parts.widgets import html_parts, layout, projector
from components.app.parts.widgets.html_parts import Figure, unbroken
from components.app.parts.widgets.viewer import viewer
from components.base.markup import escape_markdown, message_markdown
from components.models.analysis import model_view
from components.models.drawing import caption
from components.models.drawing.options import DiagramOptions
from components.sharing.links.link import parse_link, share
from components.teaching.lessons import library
from components.teaching.rooms.content import SentLink, ShownWork
from components.teaching.rooms.teacher import RoomTeacher

HEIGHT = 520
SHOWN = ("shown", "board", "lesson", "race", "admits")
"""Parts of a room's content that the view shows."""
PLAN_HEIGHT = 100
"""Pixels of the projector's screen that the buttons of a plan take."""


def send_view(room: RoomTeacher) -> None:
    """Draw the last sent link, and the forms that send another."""
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
    action(
        "Send my present model",
        "send",
        lambda: room.send(_model(share(editor.marked(editor.valid)))),
        key="room_send_model",
    )
    _link("Or a link from Save and share on the Build page", "Send the link", room, _model)


def _link(label: str, button: str, room: RoomTeacher, sent: Callable[[str], SentLink]) -> None:
    """Draw a field for a link, and the button that sends what it opens."""
    key = f"room_{sent.__name__}_link"
    with st.form(f"room_send_{sent.__name__}", border=False, clear_on_submit=True):
        st.text_input(label, key=key)
        st.form_submit_button(
            button,
            icon=":material/send:",
            on_click=lambda: attempt(lambda: room.send(sent(st.session_state[key]))),
        )


def _model(link: str) -> SentLink:
    """Return a model as it is sent. Raises `LinkError`."""
    content = parse_link(link)
    token = share(content.architecture, content.data, content.settings, content.race)
    title = draft_content.title_of(drafted(content.architecture))
    return SentLink(kind="model", target=token, title=title)


def _lessons(room: RoomTeacher) -> None:
    layout.heading("A lesson")
    chosen = st.selectbox(
        "Lesson",
        library.names(),
        format_func=lambda name: library.load(name).title,
        key="room_lesson",
    )
    action(
        "Send the lesson",
        "send",
        lambda: room.send(SentLink.of_lesson(chosen)),
        key="room_send_lesson",
    )
    _link("Or the link of a lesson of your own", "Send this lesson", room, SentLink.of_lesson)
    st.caption("The grid of the class shows the checks of the lesson that you sent last.")


def shown_view(room: RoomTeacher) -> None:
    """Draw the projected work, or hints on how to show one; on a projector, first how to join."""
    _watch(room, _shown(room))
    content = room.content()
    work, board = content.shown, content.board
    if not projector.on():
        board_view.choose(room)
    if board is not None:
        board_view.draw_board(room, board)
        if not projector.on():
            action("Show nothing", "visibility_off", partial(room.show, None), key="room_hide")
        return
    if work is None and projector.on():
        with st.container(key="room_joining"):
            room_sign(room.join_code, content.admits)
        return
    if work is None:
        st.caption(
            "Nothing is shown. Press one of these, or choose a learner under Class, then Show the "
            "model or Show the latest run: the class gets a link to a copy. No name is shown."
        )
        return
    with layout.row("room_shown_head", spread=True):
        st.markdown(f"**{escape_markdown(work.title)}**", width="content")
        action("Show nothing", "visibility_off", partial(room.show, None), key="room_hide")
    if work.figures:
        st.html(html_parts.figures(Figure(*figure) for figure in work.figures))
    if work.verdict:
        with st.container(key="room_verdict"):
            st.markdown(message_markdown(unbroken(work.verdict)))
    page_frame.await_engine(
        "the picture appears here", partial(_picture, work, content.plan is not None)
    )


def _picture(work: ShownWork, planned: bool) -> None:
    """Draw the model; smaller on a projector if a plan's buttons stand at the foot."""
    architecture = parse_link(work.token).architecture
    graph = model_view.model_view(architecture).graph
    theme = page_frame.theme().name
    options = DiagramOptions(theme=theme, direction="horizontal", marks=architecture.marks)
    draw = partial(model_view.svg, architecture)
    width, height = projector.ROOM
    left = (width, height - PLAN_HEIGHT if planned else height)
    svg = projector.draw_readable(draw, graph, options, levels=("layers", "blocks"), space=left)
    viewer(svg, caption.text(graph), key="room_picture", height=HEIGHT)


@live
def _watch(room: RoomTeacher, drawn: Sequence[object]) -> None:
    """Draw the page again when the teacher shows something else, in any of their windows."""
    if _shown(room) != drawn:
        st.rerun()


def _shown(room: RoomTeacher) -> Sequence[object]:
    """Return all that the view shows."""
    content = room.content()
    return [room.join_code, *(getattr(content, part) for part in SHOWN)]
