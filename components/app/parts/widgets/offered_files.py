"""Files that the buttons of a session offer; each is made when it is fetched.

Streamlit's own way has two steps: it makes and stores a file, and the browser then fetches it. But
it drops the stored file once any two scripts of the server have ended, including those of other
sessions, and drops the request for a file once its page is drawn again. So slow browsers lost
files.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

import streamlit as st

from components.app.parts.widgets import layout

MOST = 100
"""Maximum number of files of a session; those whose buttons were drawn longest ago are dropped."""


class OfferedFile(NamedTuple):
    """A file that can be made."""

    make: Callable[[], str | bytes]
    name: str
    mime: str


class OfferedFiles:
    """Files of one session by button. A button keeps its name when it is drawn again.

    Streamlit's session holds this object, so both end together.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(16)
        """Secret in the address of each file."""
        self.visitor = ""
        """Session cookie; empty if there is none."""
        self.turn = asyncio.Lock()
        """Lock held while a file is made: a session makes one at a time."""
        self.waiting = 0
        """Requests without an answer yet."""
        self._files: dict[str, OfferedFile] = {}

    def offer(self, key: str, file: OfferedFile | None) -> None:
        """Set the file that a button offers from now on; `None` offers nothing."""
        button = layout.key_class(key)
        others = [other for other in self._files.items() if other[0] != button]
        kept = others if file is None else [*others, (button, file)]
        self._files = dict(kept[-MOST:])  # Other threads see the old or the new files.

    def get(self, button: str) -> OfferedFile | None:
        """Return the file that a button offers, by its key in the page."""
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
