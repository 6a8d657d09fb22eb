"""How the views of a room do what a button says."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.core.errors import PlaygroundError, public_text

VIEW, ERROR, ACTED = "room_view", "room_error", "room_acted"
"""Keys of the session: the view that is shown, why the last action failed, and that there was one
since the page was drawn."""


def attempt(act: Callable[[], object], view: str = "") -> None:
    """Do it, and show a view then; keep its error for the page."""
    st.session_state.pop(ERROR, None)
    st.session_state[ACTED] = True
    try:
        act()
    except PlaygroundError as error:
        st.session_state[ERROR] = public_text(error)
    else:
        if view:
            st.session_state[VIEW] = view


def redraw_after_action() -> None:
    """Draw the whole page again after an action in a part of it that draws itself."""
    if st.session_state.pop(ACTED, False):
        st.rerun()
