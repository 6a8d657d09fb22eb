"""Class room page: the people in the room, and the teacher's actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from components.app.pages.room import class_view, follow, plan_view, race_view, send_view, vote_view
from components.app.pages.room import tab as room_tab
from components.app.pages.room.tab import (
    ACTED,
    SECRET,
    VIEW,
    RoomTab,
    action,
    attempt,
    confirmed,
    room_sign,
)
from components.app.parts.frame.network import show_address
from components.app.parts.frame.sharing import page_link
from components.app.parts.widgets import downloads, layout, projector
from components.app.streamlit_edge import dom
from components.base.errors import RunError
from components.base.markup import message_markdown
from components.teaching.rooms.results import csv_text
from components.teaching.rooms.teacher import RoomTeacher

VIEWS: dict[str, Callable[[RoomTeacher], None]] = {
    "Class": class_view.class_view,
    "Plan": plan_view.plan_view,
    "Vote": vote_view.vote_view,
    "Race": race_view.race_view,
    "Send": send_view.send_view,
    class_view.PROJECTOR: send_view.shown_view,
}
CLOSED = (
    "Your class room is closed: by you in another window, after a day, or after 30 minutes without "
    "a learner because other teachers needed its place."
)
_CSS, _SCRIPT = (dom.read(Path(__file__).with_name(name)) for name in ("room.css", "plan.js"))


def room_page() -> None:
    """Draw the whole page, for the teacher of a room."""
    st.html(f"<style>{_CSS}</style>")
    st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)
    tab = room_tab.of_session()
    st.session_state.pop(ACTED, None)
    if not tab.teacher:
        _no_room(tab)
        return
    room = room_tab.rooms().teacher(tab.teacher)
    try:
        room.content()
    except RunError:
        tab.teacher, tab.error = "", CLOSED
        st.rerun()
    if projector.on():
        room_tab.show_tab_error()
        planned = plan_view.on_screen(room.content())
        if not planned:
            send_view.shown_view(room)
        plan_view.plan_screen(room, planned)
        return
    _head(tab, room)
    first = "Plan" if room.content().plan else None
    view = layout.switch("View", tuple(VIEWS), VIEW, first)
    room_tab.show_tab_error()
    with st.container(key=f"room_view_{view.lower()}"):
        VIEWS[view](room)


def _no_room(tab: RoomTab) -> None:
    if tab.error:
        st.warning(message_markdown(tab.error), icon=":material/info:")
        tab.error = None
    if tab.learner:
        st.info(
            f"You are a learner in room {room_tab.join_code(tab.learner)}. This page is for its "
            "teacher; your panel is in the bar above.",
            icon=":material/school:",
        )
        return
    st.markdown(
        "**This page is for the teacher of a class room.** Learners join with six letters and a "
        "nickname. You see how far each is, and show, send and ask the class something. A room is "
        "deleted after a day."
    )
    if room_tab.open_room(tab, "room_open", type="primary"):
        st.rerun()
    class_view.example_class()


def _head(tab: RoomTab, room: RoomTeacher) -> None:
    content = room.content()
    with layout.row("room_head", spread=True):
        if content.plan is not None and content.plan.at > 0:
            code = room.join_code
            with st.popover(f"Code {code[:3]} {code[3:]}", icon=":material/qr_code:"):
                room_sign(code, content.admits)
        else:
            room_sign(room.join_code, content.admits)
        with st.container(horizontal=True, gap="small", width="content", key="room_actions"):
            downloads.download(
                "CSV",
                partial(csv_text, room),
                f"room_{room.code}.csv",
                key="room_csv",
                help="Checks, tries and strategies of learners in all lessons, and the answers. "
                "These have no names unless you turned names on before the question.",
                width="content",
            )
            _joining(room, content.admits)
            _follow_me(tab, room)
            _teacher_link(tab, room)
            _close(tab, room)


def _joining(room: RoomTeacher, admits: bool) -> None:
    """Draw controls that keep new learners out, or let them in by another code."""
    with st.popover("Joining", icon=f":material/{'person_add' if admits else 'person_off'}:"):
        st.session_state["room_closed"] = not admits
        st.toggle(
            "No new learners",
            key="room_closed",
            on_change=lambda: attempt(lambda: room.admit(not st.session_state["room_closed"])),
            help="Nobody else can join until you turn it off. Those in the room stay.",
        )
        action(
            "New code",
            "autorenew",
            room.new_code,
            key="room_new_code",
            help="The old code and its links stop working. Those in the room stay.",
        )


def _follow_me(tab: RoomTab, room: RoomTeacher) -> None:
    """Draw the switch that shows learners the teacher's model on Build, then each opened page."""
    on = room.content().led is not None

    def switch() -> None:
        tab.led = None if on else follow.view_of("Build")
        room.lead(tab.led)

    action(
        "End Follow me" if on else "Follow me",
        "cast_for_education",
        switch,
        key="room_lead",
        help="The pages of learners show the page, the model and the layer that you look at, "
        "until you end it. Their own work stays as it is.",
    )


def _teacher_link(tab: RoomTab, room: RoomTeacher) -> None:
    with st.popover("Teacher's link", icon=":material/key:"):
        st.markdown(
            "**Keep this link secret.** Anyone who opens it can teach the room. Use it to teach "
            "from another browser; this one finds the room without it."
        )
        if tab.secret:
            show_address(page_link("Build", f"{SECRET}={tab.secret}"))
        action(
            "New link",
            "autorenew",
            lambda: setattr(tab, "secret", room.new_secret()),
            key="room_secret",
            help="The old link stops working.",
        )


def _close(tab: RoomTab, room: RoomTeacher) -> None:
    def close() -> None:
        room.close()
        tab.teacher, tab.secret = "", ""

    question = "Close the room for everybody? All that is in it is deleted."
    confirmed("Close the room", "door_front", question, "Close it now", "room_close", close)
