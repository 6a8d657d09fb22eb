"""Open tabs of this server."""

from __future__ import annotations

import threading

from components.app.streamlit_edge.sessions import is_connected


class OpenTabs:
    """Owners of the open tabs. Safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}

    def enter(self, session: str, owner: str) -> None:
        """Note the owner of a session that shows a page now."""
        with self._lock:
            is_known = session in self._owners
            self._owners[session] = owner
        if not is_known:
            self.owners()

    def owners(self) -> list[str]:
        """Return the owner of each session whose browser is connected; the others are forgotten."""
        with self._lock:
            self._owners = {
                session: owner for session, owner in self._owners.items() if is_connected(session)
            }
            return list(self._owners.values())


OPEN_TABS = OpenTabs()
"""Open tabs of this server."""
