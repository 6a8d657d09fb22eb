"""What the teacher shows to the class: a learner's model or run, large."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.analysis import model_view
from components.core.markup import escape_markdown
from components.export.link import parse_link
from components.render import caption
from components.render.options import DiagramOptions
from components.rooms.content import ShownWork
from components.rooms.teacher import RoomTeacher
from components.ui.frame import page_frame
from components.ui.room.actions import attempt
from components.ui.room.sign import room_sign
from components.ui.widgets import html_parts, layout, projector
from components.ui.widgets.html_parts import Figure
from components.ui.widgets.viewer import viewer

HEIGHT = 520
POLL_SECONDS = 1.0


def shown_view(room: RoomTeacher) -> None:
    """The picture, or what to do to have one; on a projector until then how to join."""
    work = room.content().shown
    _watch(room, work)
    if work is None and projector.on():
        with st.container(key="room_joining"):
            room_sign(room.code)
        return
    if work is None:
        st.caption(
            "Nothing is shown. Choose a learner under Class, then Show the model or Show the "
            "latest run. The class gets a link to a copy; nobody's name is shown."
        )
        return
    with layout.row("room_shown_head", spread=True):
        st.markdown(f"**{escape_markdown(work.title)}**", width="content")
        st.button(
            "Show nothing",
            key="room_hide",
            icon=":material/visibility_off:",
            on_click=partial(attempt, partial(room.show, None)),
        )
    if work.figures:
        st.html(html_parts.figures(Figure(*figure) for figure in work.figures))
    page_frame.await_engine("the picture appears here", partial(_picture, work))


def _picture(work: ShownWork) -> None:
    architecture = parse_link(work.token).architecture
    graph = model_view.model_view(architecture).graph
    options = DiagramOptions(theme=page_frame.theme().name, direction="horizontal")
    draw = partial(model_view.svg, architecture)
    svg = projector.fitted(draw, graph, options, levels=("layers", "blocks"))
    viewer(svg, caption.text(graph), None, lambda _: None, key="room_picture", height=HEIGHT)


@st.fragment(run_every=POLL_SECONDS)
@page_frame.guarded()
def _watch(room: RoomTeacher, work: ShownWork | None) -> None:
    """Draw the page again when the teacher shows something else, in any of their windows."""
    if room.content().shown != work:
        st.rerun()
