"""The file of a Keras model, passed from the page that opened it to the Viewer."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from components.base.pages import page_file

_KEY = "carried_file"
_VIEWER = page_file("Viewer")


class CarriedFile(NamedTuple):
    """Name and bytes of a file."""

    name: str
    content: bytes


def show_in_viewer(file: CarriedFile) -> None:
    st.session_state[_KEY] = file
    st.switch_page(_VIEWER)


def carried() -> CarriedFile | None:
    """Return the file sent by another page, and clear it."""
    file: CarriedFile | None = st.session_state.pop(_KEY, None)
    return file
