"""To another page by a click in one that draws itself anew."""

from __future__ import annotations

import streamlit as st

from components.core.paths import ROOT
from components.ui.compare.state import CompareState
from components.ui.kit import train_state
from components.ui.kit.clickable import GO, clickable
from components.ui.kit.stored_race import INSPECTED

TRAIN, BUILD, INSPECT = "pages/1_Train.py", "app.py", "pages/2_Inspect.py"


def leave_for(session: CompareState, page: str) -> None:
    """Open another page in the next run of this one."""
    session.next_page, session.ready = page, False


def open_run(session: CompareState, run: str) -> None:
    """Open a run on the Train page."""
    train_state.of_session().run = run
    leave_for(session, TRAIN)


def open_inspection(session: CompareState, sweep_id: str) -> None:
    """Open the Inspect page at the strategies of a race."""
    st.session_state[INSPECTED] = sweep_id
    leave_for(session, INSPECT)


def leave_page(session: CompareState) -> bool:
    """Whether another page is about to open; this one must draw nothing else then.

    A timer of this page can reach the server after the switch and break the next page. So the page
    is first drawn without timers, and the switch follows when the browser has confirmed that.
    """
    if not session.next_page:
        return False
    if session.ready:
        page, session.next_page = session.next_page, ""
        st.switch_page(ROOT / page)
    clickable(GO, key="leaving", on_pick=lambda _: setattr(session, "ready", True))
    return True
