"""What is above a race: name and state, progress and time left, and how it is held or ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import duration
from components.race.evaluation import RaceResult
from components.race.plan import Race
from components.training.service import Service
from components.training.sweeps import Sweep
from components.ui.compare import stored_race
from components.ui.compare.state import CompareState
from components.ui.kit import page_frame

LISTED = 30
_STATES = {
    "running": ("violet", "racing"),
    "paused": ("orange", "paused"),
    "stopped": ("red", "stopped"),
    "finished": ("green", "finished"),
}


def head(sweep: Sweep, race: Race, contest: CompareState, runs: Service) -> None:
    """One line with the buttons."""
    mine = sweep.owner == page_frame.owner()
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
        key="race_head",
    ):
        color, said = _STATES[sweep.state]
        how = "matched parameters" if race.matched else "as is"
        st.markdown(
            f"**{_plain(stored_race.name(race).removesuffix(', matched'))}** · {how} · "
            f"{_plain(race.architecture.name.replace('_', ' '))} :{color}-badge[{said}]",
            width="content",
        )
        with st.container(horizontal=True, gap="small", width="content", key="race_buttons"):
            if sweep.state != "finished":
                _held(sweep, contest, runs, mine)
            earlier(contest, runs)
            st.button(
                "New race",
                icon=":material/add:",
                key="new_race",
                help="Back to the atlas and to your bet; this race is kept under Races.",
                on_click=partial(contest.show, None),
            )


def _held(sweep: Sweep, contest: CompareState, runs: Service, mine: bool) -> None:
    _button(
        "Pause",
        "pause",
        contest,
        partial(runs.pause, sweep.id),
        disabled=not mine or sweep.state != "running",
        help="What is being trained goes on to its end; the rest waits.",
    )
    _button(
        "Stop",
        "stop",
        contest,
        partial(runs.end, sweep.id),
        disabled=not mine or sweep.state not in ("running", "paused"),
        help="What has finished is kept.",
    )


def progress(sweep: Sweep, result: RaceResult, contest: CompareState, runs: Service) -> None:
    """How far it is, and how it goes on; nothing to say of one that has all its runs."""
    mine, ended = sweep.owner == page_frame.owner(), result.done + result.failed
    if sweep.state == "finished" and not result.failed:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="race_progress"
    ):
        if sweep.state in ("paused", "stopped"):
            _button("Resume", "play_arrow", contest, partial(runs.resume, sweep.id), not mine)
        elif sweep.state == "finished":
            again = partial(runs.resume, sweep.id, again=True)
            _button(f"Try {result.failed} again", "replay", contest, again, not mine)
        st.progress(ended / result.total, text=_told(sweep, result, contest))


def earlier(contest: CompareState, runs: Service) -> None:
    """Races of this browser, to be opened."""
    listed = st.popover("Races", icon=":material/history:", key="races", on_change="rerun")
    if not listed.open:
        return
    with listed:
        found = runs.store.sweeps.list(owner=page_frame.owner(), limit=LISTED)
        if not found:
            st.caption("None yet.")
        for sweep in found:
            st.button(
                f"{sweep.name} · {sweep.created.astimezone():%d %b, %H:%M} · {sweep.state}",
                key=f"race.{sweep.id}",
                width="stretch",
                type="tertiary",
                disabled=sweep.id == contest.shown,
                on_click=partial(contest.show, sweep.id),
            )


def _button(
    label: str,
    icon: str,
    contest: CompareState,
    act: Callable[[], object],
    disabled: bool = False,
    help: str | None = None,
) -> None:
    def tried() -> None:
        try:
            contest.error = None
            act()
        except PlaygroundError as error:
            contest.error = str(error)

    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"race.{icon}",
        on_click=tried,
        disabled=disabled,
        help=help,
    )


def _told(sweep: Sweep, result: RaceResult, contest: CompareState) -> str:
    ended = result.done + result.failed
    said = f"{ended:,} of {result.total:,} runs done"
    if result.failed:
        said += f", {result.failed:,} of them failed"
    left = contest.pace.left(f"{sweep.id} {sweep.state}", ended, result.total)
    if sweep.state == "running":
        return said + (f" · {duration(left)} left" if left is not None else " · starting")
    return said


def _plain(text: str) -> str:
    """Text without meaning to Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]()<>#:~$|" else letter for letter in text)
