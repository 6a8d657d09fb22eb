"""How the views of a room do what a button says."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.core.errors import PlaygroundError

VIEW, ERROR = "room_view", "room_error"
"""Keys of the session: the view that is shown, and why the last action failed."""


def attempt(act: Callable[[], object], view: str = "") -> None:
    """Do it, and show a view then; keep its error for the page."""
    st.session_state.pop(ERROR, None)
    try:
        act()
    except PlaygroundError as error:
        st.session_state[ERROR] = str(error)
    else:
        if view:
            st.session_state[VIEW] = view
