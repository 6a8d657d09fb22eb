"""To another page by a click in one that draws itself anew."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.paths import ROOT
from components.ui.compare.clickable import GO, clickable
from components.ui.compare.state import CompareState
from components.ui.kit import train_state

TRAIN, BUILD = "pages/1_Train.py", "app.py"


def leave_for(session: CompareState, page: str) -> None:
    """Have the page opened by the next run of this one."""
    session.next_page, session.ready = page, False


def open_run(session: CompareState, run: str) -> None:
    """Have a run opened on the Train page."""
    train_state.of_session().run = run
    leave_for(session, TRAIN)


def leave_page(session: CompareState) -> bool:
    """Whether the page is being left; it is to draw nothing else then.

    A timer of the page that is left can reach the server behind the switch, and then breaks the
    next page. So the page is first drawn without any, and is left when the browser says that it is.
    """
    if not session.next_page:
        return False
    if session.ready:
        page, session.next_page = session.next_page, ""
        st.switch_page(ROOT / page)
    clickable(GO, key="leaving", on_pick=partial(_ready, session))
    return True


def _ready(session: CompareState, _: str) -> None:
    session.ready = True
