"""The size of the race and the button that starts it, always in sight in the sidebar."""

from __future__ import annotations

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import message_markdown
from components.core.text import duration, plural
from components.race.atlas.parts import two_vectors
from components.race.candidates import size
from components.race.plan import RacePlan, check
from components.race.setup import Race
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.training.pace import RunSize
from components.ui.compare.state import CompareState
from components.ui.kit import page_frame, stored_race
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.stored_race import StoredRace, plans

RUN_SECONDS = 0.5
"""The time of a run beside its epochs."""
LONG_SECONDS = 300.0
"""For a longer race the page offers a smaller model."""
SAMPLES = 2000
"""Samples that are assumed for data of unknown size."""


def start(race: Race | None, editor: ModelEditor, session: CompareState, runs: VisitorRuns) -> None:
    """The start button and the number of trainings.

    If a race of the current model takes long, a small model of two vectors is offered.
    """
    running = _running(runs)
    with st.container(key="start_box", gap="xsmall"):
        pressed = st.button(
            "Start race",
            type="primary",
            icon=":material/flag:",
            key="start_race",
            width="stretch",
            disabled=race is None or running is not None,
        )
        with st.container():
            if session.error:
                st.error(message_markdown(session.error), icon=":material/error:")
        if running is not None:
            st.caption("Another race is running. Wait for its end, or pause or stop it.")
            if session.shown != running.id:
                st.button(
                    "Show that race",
                    key="show_running",
                    type="tertiary",
                    on_click=lambda: session.show(running.id),
                )
        elif race is not None:
            st.caption(_size_text(race, runs))
            if _seconds(race) > LONG_SECONDS:
                st.button(
                    "Race two vectors instead",
                    key="race_small",
                    icon=":material/bolt:",
                    type="tertiary",
                    help="Use the small model of the atlas, whose races take seconds. Undo on the "
                    "Build page brings yours back.",
                    on_click=lambda: editor.open(two_vectors()),
                )
    if pressed and race is not None:
        with st.spinner("Preparing …"):
            _submit(race, session, runs)
        st.rerun()


def _running(runs: VisitorRuns) -> Sweep | None:
    sweeps = runs.sweeps(limit=5)
    return next((sweep for sweep in sweeps if sweep.state == "running"), None)


def _size_text(race: Race, runs: VisitorRuns) -> str:
    """How many trainings a race takes, and how many of them are in the store."""
    strategies = plural(len(race.entries), "strategy", "strategies")
    text = (
        f"{strategies} × {plural(len(race.data), 'dataset')} × {plural(race.seeds, 'seed')}: "
        f"**{plural(race.total, 'training')}**"
    )
    if (seconds := _seconds(race)) > LONG_SECONDS:
        text += f", about {duration(seconds)} for a model of this size"
    if pending(race):
        return text + (", fitting widths …" if race.matched else " …")
    plan = _plan(race)
    trained = runs.latest(plan.digests).values() if plan else ()
    known = sum(run.status == "finished" for run in trained)
    return text + (f", {known:,} of them already in the store" if known else "")


def _seconds(race: Race) -> float:
    """A rough time for the whole race."""
    flops = size(race.architecture).flops
    sizes = (
        RunSize.of(flops, getattr(data, "samples", None) or SAMPLES, race.settings)
        for data in race.data
    )
    runs_each = len(race.entries) * race.seeds
    return runs_each * sum(s.training_seconds() for s in sizes) + race.total * RUN_SECONDS


def pending(race: Race | None) -> bool:
    """Whether the race is still being planned."""
    try:
        return race is not None and plans.get(race) is None
    except PlaygroundError:
        return False


def _plan(race: Race) -> RacePlan | None:
    """The plan; `None` if there can't be one, for which the start shows the reason."""
    try:
        return plans.get(race)
    except PlaygroundError:
        return None


def _submit(race: Race, session: CompareState, runs: VisitorRuns) -> None:
    with page_frame.keeping_error(session):
        plan = plans.wait(race)
        check(race)
        bet = session.bet if session.bet_on in {entry.text for entry in race.entries} else None
        stored = StoredRace(race, bet, plan)
        session.show(
            stored_race.submit(stored, plan, stored_race.name(race), runs, inspect=session.inspect)
        )
