"""What the parts of the Inspect page share: the chosen run, titles, and parts that poll."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from components.core.text import free_name
from components.ui.kit import page_frame

KEY = "inspect_state"


@dataclass
class InspectState:
    """The chosen run, `None` for the latest that has finished; and the last action's error."""

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


def started_titles(names: Mapping[str, tuple[str, datetime]]) -> dict[str, str]:
    """Titles by id: a name and a start, as the clock of this browser shows it.

    Equal ones get numbers, the oldest first: a select box needs different ones.
    """
    titles: dict[str, str] = {}
    for id, (name, created) in sorted(names.items(), key=lambda one: one[1][1]):
        local = created - timedelta(minutes=st.context.timezone_offset or 0)
        title = f"{name} · {local.day} {local:%b, %H:%M}"
        titles[id] = free_name(title, set(titles.values()), " · ")
    return {id: titles[id] for id in names}


def polled(is_awaited: Callable[[], bool], draw: Callable[[], None], seconds: float) -> None:
    """Draw a part of the page. While something is awaited, only this part is drawn again."""
    awaited = is_awaited()

    @st.fragment(run_every=seconds if awaited else None)
    @page_frame.guarded()
    def part() -> None:
        if is_awaited() != awaited:
            st.rerun()
        draw()

    part()
