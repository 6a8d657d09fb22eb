"""The visitor's cookie: whose runs are whose. There are no accounts."""

from __future__ import annotations

import re
import uuid

import streamlit as st

from components.core.network import sender_of
from components.people.draft_store import DraftStore
from components.people.lesson_store import LessonStore
from components.rooms.roles import Rooms
from components.runs.run_service import service
from components.runs.visitor_runs import VisitorRuns

COOKIE = "fusion_visitor"
SECONDS = 31_536_000
"""How long a browser keeps the cookie: a year."""
server_sets_cookie = False
"""Whether the server sets the cookie, out of reach of scripts. It does not under a plain
`streamlit run app.py`: there, the page's script sets it."""


def new_visitor() -> str:
    """A name for a browser without a cookie. Who knows it can act as this visitor."""
    return uuid.uuid4().hex


def valid(cookie: str | None) -> str | None:
    """The cookie's value, or `None` if it is none of ours."""
    return cookie if cookie and re.fullmatch("[0-9a-f]{32}", cookie) else None


def owner() -> str:
    """This browser's name in the store: its cookie, the same in every tab.

    A browser that sends none, because it has none yet or refuses cookies, keeps its name for the
    session.
    """
    if cookie := _sent_cookie():
        return cookie
    name: str = st.session_state.setdefault("visitor", new_visitor())
    return name


def sender() -> str:
    """The network that this browser's requests come from, as `sender_of`."""
    return sender_of(st.context.ip_address)


def visitor_runs() -> VisitorRuns:
    """The runs and races as this browser may use them. Raises what `Service` raises."""
    return VisitorRuns(service(), owner(), sender())


def rooms_of(visitor: str, sender: str = "") -> Rooms:
    """The class rooms as a visitor may use them. Raises as `Service` does."""
    return Rooms(service().store, visitor, sender=sender)


def lesson_store() -> LessonStore:
    """Progress on lessons, each person's their own. Raises as `Service` does."""
    return LessonStore(service().store.database)


def draft_store() -> DraftStore:
    """Drafts and saved models, each of which only its owner can reach. Raises as `Service` does."""
    return DraftStore(service().store.database)


def cookie_script() -> str:
    """The script that gives the browser its cookie; empty if the server does, or it has one."""
    if server_sets_cookie or _sent_cookie():
        return ""
    return f"document.cookie = '{COOKIE}={owner()}; path=/; max-age={SECONDS}; samesite=lax';\n"


def _sent_cookie() -> str | None:
    return valid(str(st.context.cookies.get(COOKIE, "")))
