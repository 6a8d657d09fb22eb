"""The choice between one run and the strategies of a race, and of that race."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import streamlit as st

from components.core.errors import RunError
from components.core.text import free_name
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.ui.inspect.state import InspectState
from components.ui.kit import layout, page_frame
from components.ui.kit.stored_race import INSPECTED

LISTED = 30
WHAT, RACE, SEEN = "inspected_what", "inspected_race_choice", "inspected_address"
_WHAT = {"run": "One run", "race": "Strategies of a race"}


def race_choice(state: InspectState, runs: VisitorRuns) -> str | None:
    """The chosen race; `None` for one run. Nothing is drawn where there is no race."""
    _follow_links(state, runs)
    listed = {sweep.id: sweep for sweep in runs.sweeps(LISTED)}
    if (kept := _readable(runs, st.session_state.get(RACE))) is not None:
        listed.setdefault(kept.id, kept)
    chosen = _choose(state, list(listed.values())) if listed else None
    if chosen is None:
        st.query_params.pop("race", None)
    else:
        st.query_params.pop("run", None)
        st.query_params["race"] = chosen
    st.session_state[SEEN] = (chosen or "", st.query_params.get("run", ""))
    return chosen


def _follow_links(state: InspectState, runs: VisitorRuns) -> None:
    """Choose what a button of another page or a new address asks for."""
    race, run = st.query_params.get("race", ""), st.query_params.get("run", "")
    new = (race, run) != st.session_state.get(SEEN, ("", ""))
    asked = st.session_state.pop(INSPECTED, None) or (race if new else "")
    if asked:
        with page_frame.keeping_error(state):
            st.session_state[WHAT], st.session_state[RACE] = "race", runs.sweep(asked).id
    elif new and run:
        st.session_state[WHAT] = "run"


def _readable(runs: VisitorRuns, sweep_id: str | None) -> Sweep | None:
    with suppress(RunError):
        return runs.sweep(sweep_id) if sweep_id else None
    return None


def _choose(state: InspectState, listed: Sequence[Sweep]) -> str | None:
    titles = _titles(listed)
    forget_error = partial(setattr, state, "error", None)
    st.session_state.setdefault(WHAT, "run")
    with layout.row("inspected_what_row", vertical_alignment="bottom"):
        what = st.segmented_control(
            "Inspect",
            list(_WHAT),
            format_func=_WHAT.__getitem__,
            required=True,
            key=WHAT,
            on_change=forget_error,
            persist_state="session",
        )
        if what == "run":
            return None
        chosen: str = st.selectbox(
            "Race",
            list(titles),
            format_func=titles.__getitem__,
            key=RACE,
            on_change=forget_error,
            width=460,
            persist_state="session",
        )
    return chosen


def _titles(listed: Sequence[Sweep]) -> dict[str, str]:
    """Names and starts of races, each another."""
    titles: dict[str, str] = {}
    for sweep in listed:
        local = sweep.created - timedelta(minutes=st.context.timezone_offset or 0)
        title = f"{sweep.name} · {local.day} {local:%b, %H:%M}"
        titles[sweep.id] = free_name(title, set(titles.values()), " · ")
    return titles
