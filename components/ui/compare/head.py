"""The head of a race: its name and state, the progress, and buttons to pause, stop and resume."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.core.text import duration
from components.race import text
from components.race.result import RaceResult
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.ui.compare.page_switch import open_inspection
from components.ui.compare.race_state import STATES, StateName, badge, state_of
from components.ui.compare.setup_link import share_setup
from components.ui.compare.state import CompareState
from components.ui.kit import layout, page_frame, stored_race
from components.ui.kit.announcer import announce
from components.ui.kit.sharing import share
from components.ui.kit.stored_race import EvaluatedRace, StoredRace

LISTED = 30


def head(
    sweep: Sweep,
    stored: StoredRace,
    evaluated: EvaluatedRace | None,
    session: CompareState,
    runs: VisitorRuns,
) -> None:
    """One line with the name, the state and the buttons."""
    race, mine = stored.race, runs.owns(sweep)
    with layout.row("race_head", spread=True):
        how = "matched parameters" if race.matched else "as is"
        st.markdown(
            f"{badge(state_of(sweep, evaluated))} "
            f"**{escape_markdown(stored_race.name(race).removesuffix(', matched'))}** · "
            + ("" if race.reduces else f"{how} · ")
            + f"{escape_markdown(race.architecture.name.replace('_', ' '))}"
            + ("" if mine else " :gray-badge[:material/group: shared by another person]"),
            width="content",
        )
        with st.container(horizontal=True, gap="small", width="content", key="race_buttons"):
            if mine:
                share("race", sweep, partial(_share, sweep, session, runs))
            if not race.reduces:
                share_setup(race)
            if evaluated is not None and evaluated.result.done and not race.reduces:
                st.button(
                    "Inspect its strategies",
                    icon=":material/search_insights:",
                    key="inspect_strategies",
                    help="What each strategy does with each input, on the Inspect page.",
                    on_click=partial(open_inspection, session, sweep.id),
                )
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


def progress(
    sweep: Sweep, evaluated: EvaluatedRace, session: CompareState, runs: VisitorRuns
) -> None:
    """The progress, and buttons for its owner; nothing once all runs have finished."""
    result, state = evaluated.result, state_of(sweep, evaluated)
    announce(news(state, result.done, result.total), "race_news")
    if state == "finished" and not result.failed:
        return
    with layout.row("race_progress"):
        if runs.owns(sweep):
            _controls(sweep, result, session, runs)
        share = (result.done + result.failed) / result.total
        st.progress(share, text=_progress_text(sweep, evaluated, session, runs))
    if result.failed:
        st.caption(f":material/error: {message_markdown(text.failure(result))}")


def news(state: StateName, done: int, total: int) -> str:
    """What is read out of a race: its state, and every tenth of its runs."""
    if state == "running":
        return f"Race running: {10 * done // total * 10} % of the runs are done."
    return f"Race {state}: {done:,} of {total:,} runs."


def _controls(sweep: Sweep, result: RaceResult, session: CompareState, runs: VisitorRuns) -> None:
    """What the owner can do in this state."""
    if sweep.state == "running":
        pause = partial(runs.pause, sweep.id)
        _button("Pause", "pause", session, pause, "Runs in training finish; the others wait.")
    if sweep.state in ("paused", "stopped"):
        _button("Resume", "play_arrow", session, partial(runs.resume, sweep.id))
    if sweep.state in ("running", "paused"):
        _button("Stop", "stop", session, partial(runs.end, sweep.id), "Finished runs are kept.")
    if sweep.state in ("finished", "failed"):
        again = partial(runs.resume, sweep.id, retry_failed=True)
        _button(f"Try {result.failed:,} again", "replay", session, again)


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
                icon=f":material/{STATES[sweep.state].icon}:",
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
        help=help,
    )


def _progress_text(
    sweep: Sweep, evaluated: EvaluatedRace, session: CompareState, runs: VisitorRuns
) -> str:
    result = evaluated.result
    ended = result.done + result.failed
    line = f"{ended:,} of {result.total:,} runs done"
    if result.failed:
        line += f", {result.failed:,} of them failed"
    state = state_of(sweep, evaluated)
    if state == "waiting":
        return f"{line} · {_turn(runs.race_position(sweep))}"
    left = session.eta.seconds_left(f"{sweep.id} {sweep.state}", ended, result.total)
    if state == "running":
        return line + (f" · {duration(left)} left" if left is not None else " · starting")
    return line


def _turn(position: int) -> str:
    """`next in line`, or how many come first."""
    return "next in line" if position == 1 else f"number {position:,} in line"
