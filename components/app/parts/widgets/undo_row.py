"""A row that reports a deletion, with a button that undoes it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.app.parts.widgets import layout


def offer(key: str, text: str, undo: Callable[[], object]) -> None:
    """Let the row of this key offer to undo a deletion, in place of an earlier one."""
    st.session_state[_state(key)] = text, undo


def withdraw_offer(key: str) -> None:
    """Remove the offer to undo from the row of this key."""
    st.session_state.pop(_state(key), None)


def undo_row(key: str) -> None:
    """Draw the row, if there is something to undo."""
    if _state(key) not in st.session_state:
        return
    text, undo = st.session_state[_state(key)]

    def undone() -> None:
        withdraw_offer(key)
        undo()

    with layout.row(f"{key}_undo"):
        st.markdown(text)
        st.button("Undo", key=f"{key}.undo", icon=":material/undo:", on_click=undone)
        st.button(
            "Hide this",
            key=f"{key}.undo.close",
            icon=":material/close:",
            type="tertiary",
            on_click=withdraw_offer,
            args=(key,),
        )


def _state(key: str) -> str:
    return f"{key}.deletion"
