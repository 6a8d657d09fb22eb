"""Dialog in which a learner joins a class room, and a teacher opens one."""

from __future__ import annotations

import streamlit as st

from components.app.pages.room import tab as room_tab
from components.app.pages.room.tab import RoomTab, room_sign
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout
from components.base.errors import PlaygroundError, public_text
from components.base.markup import message_markdown
from components.base.pages import page_file
from components.teaching.rooms.codes import CODE_LENGTH, LONGEST_NICKNAME


def _close() -> None:
    tab = room_tab.of_session()
    tab.asking, tab.invited, tab.notice = False, "", ""


@st.dialog("Class room", icon=":material/groups:", on_dismiss=_close)
def room_dialog(tab: RoomTab) -> None:
    """Draw the forms to join a room, or open one."""
    if tab.notice:
        st.warning(message_markdown(tab.notice), icon=":material/info:")
    if tab.teacher:
        room_sign(room_tab.join_code(tab.teacher))
        st.page_link(page_file("Room"), label="Go to the class room", icon=":material/co_present:")
        return
    _join(tab)
    st.divider()
    st.markdown(
        "**Do you teach?** Open a room. Learners join with six letters, and you see how far "
        "each learner is."
    )
    if room_tab.open_room(tab, "open_room"):
        _close()
        st.rerun(scope="fragment")


def _join(tab: RoomTab) -> None:
    st.markdown("**Join the room of your class.** You only need a nickname.")
    with st.form("join_room", border=False):
        left, right = st.columns([2, 3])
        code = left.text_input(
            "Code",
            tab.invited,
            max_chars=CODE_LENGTH + 6,
            placeholder="six letters",
            autocomplete="off",
            key="join_code",
        )
        nickname = right.text_input(
            "Nickname", max_chars=LONGEST_NICKNAME, autocomplete="off", key="join_nickname"
        )
        joins = page_frame.pressed(
            "Join",
            key="join",
            draw=st.form_submit_button,
            type="primary",
            icon=":material/login:",
        )
    if not joins:
        return
    try:
        tab.learner = room_tab.rooms().join(code, nickname)
    except PlaygroundError as error:
        layout.show_error(public_text(error))
    else:
        _close()
        tab.joined = True
        st.rerun()
