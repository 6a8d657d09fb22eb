"""The file of a Keras model that was opened on one page and is shown by the Viewer."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from components.core.pages import page_file

_KEY = "carried_file"
_VIEWER = page_file("Viewer")


class CarriedFile(NamedTuple):
    """A file's name and bytes."""

    name: str
    content: bytes


def show_in_viewer(file: CarriedFile) -> None:
    """Open the Viewer with a file."""
    st.session_state[_KEY] = file
    st.switch_page(_VIEWER)


def carried() -> CarriedFile | None:
    """The file that another page has sent, once."""
    file: CarriedFile | None = st.session_state.pop(_KEY, None)
    return file
