"""To another page by a click in one that draws itself anew."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.paths import ROOT
from components.ui.compare.clickable import GO, clickable
from components.ui.compare.state import CompareState
from components.ui.kit import train_state

TRAIN, BUILD = "pages/1_Train.py", "app.py"


def leave_for(contest: CompareState, page: str) -> None:
    """Have the page opened by the next run of this one."""
    contest.leaves_for, contest.ready = page, False


def open_run(contest: CompareState, run: str) -> None:
    """Have a run opened on the Train page."""
    train_state.of_session().run = run
    leave_for(contest, TRAIN)


def leave_page(contest: CompareState) -> bool:
    """Whether the page is being left; it is to draw nothing else then.

    A timer of the page that is left can reach the server behind the switch, and then breaks the
    next page. So the page is first drawn without any, and is left when the browser says that it is.
    """
    if not contest.leaves_for:
        return False
    if contest.ready:
        page, contest.leaves_for = contest.leaves_for, ""
        st.switch_page(ROOT / page)
    clickable(GO, key="leaving", on_pick=partial(_ready, contest))
    return True


def _ready(contest: CompareState, _: str) -> None:
    contest.ready = True
