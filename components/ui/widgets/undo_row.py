"""A row that says what was deleted, with a button that brings it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.ui.widgets import layout


@dataclass(frozen=True)
class Deletion:
    """What was deleted, and how to undo it."""

    text: str
    undo: Callable[[], object]


def offer(key: str, deletion: Deletion | None) -> None:
    """Let the row of this key offer to undo a deletion, in place of an earlier one."""
    st.session_state[_state(key)] = deletion


def undo_row(key: str) -> None:
    """The row, if there is something to undo."""
    deletion: Deletion | None = st.session_state.get(_state(key))
    if deletion is None:
        return

    def undo() -> None:
        offer(key, None)
        deletion.undo()

    with layout.row(f"{key}_undo"):
        st.markdown(deletion.text)
        st.button("Undo", key=f"{key}.undo", icon=":material/undo:", on_click=undo)
        st.button(
            "Hide this",
            key=f"{key}.undo.close",
            icon=":material/close:",
            type="tertiary",
            on_click=lambda: offer(key, None),
        )


def _state(key: str) -> str:
    return f"{key}.deletion"
