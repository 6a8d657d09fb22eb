"""Visitor's cookie, which names a browser; the server imports this before the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

COOKIE = "fusion_visitor"
SECONDS = 31_536_000
"""Seconds that a browser keeps the cookie: a year."""
server_sets_cookie = False
"""`True` on our own server, which sets the cookie out of reach of scripts, and checks hosts."""


def new_visitor() -> str:
    """Return a name for a browser without a cookie. Whoever knows it can act as this visitor."""
    return uuid.uuid4().hex


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """Return the visitor named by these cookies; `None` without a valid visitor's cookie."""
    value = str(cookies.get(COOKIE, ""))
    return value if re.fullmatch("[0-9a-f]{32}", value) else None
