"""The state of a session's Inspect page: the run that is shown, and the last action's error."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

KEY = "inspect_state"


@dataclass
class InspectState:
    """The chosen run; `None` for the latest that has finished."""

    run: str | None = None
    error: str | None = None

    def choose(self, run_id: str) -> None:
        """Show another run, also in the page's address."""
        self.run, self.error = run_id, None
        st.query_params["run"] = run_id


def of_session() -> InspectState:
    """The state of this session."""
    state: InspectState = st.session_state.setdefault(KEY, InspectState())
    return state
