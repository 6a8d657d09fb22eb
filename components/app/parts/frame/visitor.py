"""Visitor's cookie, which decides whose runs are whose. There are no accounts."""

from __future__ import annotations

import streamlit as st

from components.app.parts.frame import cookie
from components.base.network import sender_of
from components.experiments.queue.run_service import service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.teaching.people.draft_store import DraftStore
from components.teaching.people.lesson_store import LessonStore
from components.teaching.rooms.roles import Rooms


def owner() -> str:
    """Return this browser's name in the store: its cookie, the same in every tab.

    A browser that sends none, because it has none yet or refuses cookies, keeps its name for the
    session.
    """
    if sent := sent_cookie():
        return sent
    name: str = st.session_state.setdefault("visitor", cookie.new_visitor())
    return name


def sender() -> str:
    """Return the network that this browser's requests come from, as `sender_of`."""
    return sender_of(st.context.ip_address)


def visitor_runs() -> VisitorRuns:
    """Return the runs and races as this browser may use them. Raises what `Service` raises."""
    return VisitorRuns(service(), owner(), sender())


def rooms_of(visitor: str, sender: str = "") -> Rooms:
    """Return the class rooms as a visitor may use them. Raises as `Service` does."""
    return Rooms(service().store, visitor, sender=sender)


def lesson_store() -> LessonStore:
    """Return the progress on lessons, each person's their own. Raises as `Service` does."""
    return LessonStore(service().store.database)


def draft_store() -> DraftStore:
    """Return the drafts and saved models, each open to its owner only. Raises as `Service` does."""
    return DraftStore(service().store.database)


def sent_cookie() -> str | None:
    """Return the cookie that this session's browser sent, if it is one of ours."""
    return cookie.visitor_of(st.context.cookies)
