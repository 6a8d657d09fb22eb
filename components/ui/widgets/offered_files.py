"""Files that the buttons of a session offer; each is made when it is fetched.

Streamlit's own way has two steps: it makes a file and stores it, and the browser then fetches it.
It drops the stored file once any two scripts of the server have ended, whoever's they are, and the
order to make it once its page is drawn again. So a file was lost wherever the browser was slower.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

import streamlit as st

from components.ui.widgets import layout

MOST = 100
"""Files that a session may offer; those whose button was drawn the longest ago are dropped."""
is_served = False
"""`True` if this server has the route that makes the files. A plain `streamlit run app.py` has not:
there, Streamlit's own way stays."""


class OfferedFile(NamedTuple):
    """A file that can be made."""

    make: Callable[[], str | bytes]
    name: str
    mime: str


class OfferedFiles:
    """Files of one session, by button. A button that is drawn again keeps its name.

    Streamlit's session holds this object, so both end together.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(16)
        """Secret in the address of each file."""
        self.visitor = ""
        """The session's cookie; empty if it has none."""
        self.turn = asyncio.Lock()
        """Held while a file is made: a session has one at a time."""
        self.waiting = 0
        """Requests that have no answer yet."""
        self._files: dict[str, OfferedFile] = {}

    def offer(self, key: str, file: OfferedFile | None) -> None:
        """Let a button, by its key, offer a file from now on, or nothing."""
        button = layout.key_class(key)
        others = [other for other in self._files.items() if other[0] != button]
        kept = others if file is None else [*others, (button, file)]
        self._files = dict(kept[-MOST:])  # A request in another thread sees one or the other.

    def get(self, button: str) -> OfferedFile | None:
        """Return what a button offers, by its key as it stands in the page."""
        return self._files.get(button)


_sessions: WeakValueDictionary[str, OfferedFiles] = WeakValueDictionary()


def of_session() -> OfferedFiles:
    """Return the files of the session whose script runs."""
    files: OfferedFiles | None = st.session_state.get("offered_files")
    if files is None:
        files = st.session_state["offered_files"] = OfferedFiles()
        _sessions[files.token] = files
    return files


def of_token(token: str, visitor: str | None) -> OfferedFiles | None:
    """Return the files of a session, if the visitor's cookie is the session's own."""
    files = _sessions.get(token)
    return files if files is not None and files.visitor in ("", visitor) else None
