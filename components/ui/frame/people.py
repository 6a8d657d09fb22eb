"""Who is here: the open sessions of this server, and a number for each person."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from streamlit import runtime


@dataclass(frozen=True)
class OpenSession:
    """An open tab. Times are seconds since the epoch."""

    owner: str
    page: str
    opened: float
    used: float


class People:
    """Counts people in the order in which they came. Safe under threads.

    A number shows nothing about a person's cookie, and stays the same until the server ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._sessions: dict[str, OpenSession] = {}

    def enter(self, session: str, owner: str, page: str) -> None:
        """Note that a session shows a page now."""
        now = time.time()
        self.number(owner)
        known = self._sessions.get(session)
        if known is None:
            self.sessions()
        with self._lock:
            opened = known.opened if known else now
            self._sessions[session] = OpenSession(owner, page, opened, now)

    def number(self, owner: str) -> int:
        """The person's number, from 1."""
        with self._lock:
            return self._numbers.setdefault(owner, len(self._numbers) + 1)

    def sessions(self) -> list[OpenSession]:
        """The sessions whose browser is connected; the others are forgotten."""
        with self._lock:
            self._sessions = {
                session: opened
                for session, opened in self._sessions.items()
                if runtime.exists() and runtime.get_instance().is_active_session(session)
            }
            return list(self._sessions.values())


PEOPLE = People()
"""The people of this server."""
