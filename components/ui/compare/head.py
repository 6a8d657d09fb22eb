"""The head of a race: its name and state, the progress, and buttons to pause, stop and resume."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.markup import escape_markdown
from components.core.text import duration
from components.race.result import RaceResult
from components.race.setup import Race
from components.training.sweeps import Sweep
from components.training.visitor_runs import VisitorRuns
from components.ui.compare import stored_race
from components.ui.compare.setup_link import share_setup
from components.ui.compare.state import CompareState
from components.ui.kit import layout, page_frame
from components.ui.kit.sharing import share

LISTED = 30
_STATES = {
    "running": ("violet", "racing"),
    "paused": ("orange", "paused"),
    "stopped": ("red", "stopped"),
    "finished": ("green", "finished"),
}


def head(sweep: Sweep, race: Race, session: CompareState, runs: VisitorRuns) -> None:
    """One line with the buttons."""
    mine = runs.owns(sweep)
    with layout.row("race_head", spread=True):
        color, state = _STATES[sweep.state]
        how = "matched parameters" if race.matched else "as is"
        st.markdown(
            f"**{escape_markdown(stored_race.name(race).removesuffix(', matched'))}** · {how} · "
            f"{escape_markdown(race.architecture.name.replace('_', ' '))} :{color}-badge[{state}]"
            + ("" if mine else " :gray-badge[:material/group: shared by another person]"),
            width="content",
        )
        with st.container(horizontal=True, gap="small", width="content", key="race_buttons"):
            if mine and sweep.state != "finished":
                _pause_and_stop(sweep, session, runs)
            if mine:
                share("race", sweep, partial(_share, sweep, session, runs))
            share_setup(race)
            earlier(session, runs)
            st.button(
                "New race",
                icon=":material/add:",
                key="new_race",
                help="Go back to the atlas and the bet. This race stays under Races.",
                on_click=partial(session.show, None),
            )


def _share(sweep: Sweep, session: CompareState, runs: VisitorRuns, shared: bool) -> None:
    with page_frame.keeping_error(session):
        runs.share_sweep(sweep.id, shared)


def _pause_and_stop(sweep: Sweep, session: CompareState, runs: VisitorRuns) -> None:
    _button(
        "Pause",
        "pause",
        session,
        partial(runs.pause, sweep.id),
        disabled=sweep.state != "running",
        help="Runs in training finish; the others wait.",
    )
    _button(
        "Stop",
        "stop",
        session,
        partial(runs.end, sweep.id),
        disabled=sweep.state not in ("running", "paused"),
        help="Finished runs are kept.",
    )


def progress(sweep: Sweep, result: RaceResult, session: CompareState, runs: VisitorRuns) -> None:
    """The progress, with buttons to resume or try again; nothing once all runs have finished."""
    mine, ended = runs.owns(sweep), result.done + result.failed
    if sweep.state == "finished" and not result.failed:
        return
    with layout.row("race_progress"):
        if mine and sweep.state in ("paused", "stopped"):
            _button("Resume", "play_arrow", session, partial(runs.resume, sweep.id))
        elif mine and sweep.state == "finished":
            again = partial(runs.resume, sweep.id, retry_failed=True)
            _button(f"Try {result.failed} again", "replay", session, again)
        st.progress(ended / result.total, text=_progress_text(sweep, result, session))


def earlier(session: CompareState, runs: VisitorRuns) -> None:
    """The races of this browser, to open one."""
    listed = st.popover("Races", icon=":material/history:", key="races", on_change="rerun")
    if not listed.open:
        return
    with listed:
        sweeps = runs.sweeps(limit=LISTED)
        if not sweeps:
            st.caption("No races yet.")
        for sweep in sweeps:
            st.button(
                f"{escape_markdown(sweep.name)} · "
                f"{sweep.created.astimezone():%d %b, %H:%M} · {sweep.state}",
                key=f"race.{sweep.id}",
                width="stretch",
                type="tertiary",
                disabled=sweep.id == session.shown,
                on_click=partial(session.show, sweep.id),
            )


def _button(
    label: str,
    icon: str,
    session: CompareState,
    act: Callable[[], object],
    disabled: bool = False,
    help: str | None = None,
) -> None:
    def click() -> None:
        with page_frame.keeping_error(session):
            act()

    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"race.{icon}",
        on_click=click,
        disabled=disabled,
        help=help,
    )


def _progress_text(sweep: Sweep, result: RaceResult, session: CompareState) -> str:
    ended = result.done + result.failed
    text = f"{ended:,} of {result.total:,} runs done"
    if result.failed:
        text += f", {result.failed:,} of them failed"
    left = session.eta.seconds_left(f"{sweep.id} {sweep.state}", ended, result.total)
    if sweep.state == "running":
        return text + (f" · {duration(left)} left" if left is not None else " · starting")
    return text
