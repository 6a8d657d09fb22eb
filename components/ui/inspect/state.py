"""The state of a session's Inspect page: the run that is shown, and the last action's error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Status
from components.ui.kit import page_frame

KEY = "inspect_state"
TRAINED: tuple[Status, ...] = ("finished", "stopped")
"""Runs that may have a trained model."""
LISTED = 200


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


def trained_runs(runs: VisitorRuns) -> tuple[Run, ...]:
    """The runs to choose from, newest first: the visitor's, and those that others share."""
    return runs.list(limit=LISTED, statuses=TRAINED, shared=True)


def chosen_run(state: InspectState, runs: VisitorRuns, listed: Sequence[Run]) -> Run | None:
    """The run in the address, or else the one chosen before, or else the latest finished one."""
    asked = st.query_params.get("run")
    if asked and asked != state.run:
        with page_frame.keeping_error(state):
            state.run = runs.run(asked).id
        if state.error:
            del st.query_params["run"]
    if state.run and runs.can_read(state.run):
        return runs.run(state.run)
    mine = [run for run in listed if run.status == "finished" and runs.owns(run)]
    return next(iter([*mine, *listed]), None)
