"""How the views of a room do what a button says."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.ui.frame import page_frame
from components.ui.room import tab as room_tab

VIEW, ACTED = "room_view", "room_acted"
"""Keys of the session: the view that is shown, and that there was an action since the page was
drawn."""


def attempt(act: Callable[[], object], view: str = "") -> None:
    """Do it, and show a view then; keep its error for the page."""
    st.session_state[ACTED] = True
    with page_frame.keeping_error(room_tab.of_session()):
        act()
        if view:
            st.session_state[VIEW] = view


def redraw_after_action() -> None:
    """Draw the whole page again after an action in a part of it that draws itself."""
    if st.session_state.pop(ACTED, False):
        st.rerun()
