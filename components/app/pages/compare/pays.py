"""Does fusion pay? The question on the Compare page, with the expected time of its race."""

from __future__ import annotations

import streamlit as st

from components.app.pages.compare.start import submit
from components.app.pages.compare.state import CompareState
from components.app.parts.data.run_control import machine_pace
from components.app.parts.editor.background import Background
from components.app.parts.frame import page_frame
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.text import duration, plural
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.kinds.pays import race_pays
from components.experiments.races.quick import race_seconds
from components.experiments.races.setup import Race

ASKED = (
    "Compares Concatenate with each input alone, with branches that are trained apart, and with "
    "other strategies, on the first dataset. All choose their learning rate alike."
)


def _race(race: Race) -> Race:
    parts = race.architecture, race.data[0], race.settings
    return race_pays(*parts, seeds=race.seeds, head=race.head)


races: Background[Race, Race] = Background(_race, "pays")
"""Races that answer if fusion pays, by the race that the widgets describe."""


def pays_pending(race: Race | None) -> bool:
    """Return `True` while the race is being prepared."""
    try:
        return race is not None and _has_several_inputs(race) and races.get(race) is None
    except PlaygroundError:
        return False


def ask_pays(race: Race, session: CompareState, runs: VisitorRuns) -> None:
    """Draw the question with its button; draw nothing for a model of one input."""
    if not _has_several_inputs(race):
        return
    with st.container(border=True, key="pays"):
        st.html(f"<h2 class='subheading'>Does fusion pay?</h2><p class='quiet'>{ASKED}</p>")
        try:
            wanted, why = races.get(race), ""
        except PlaygroundError as error:
            wanted, why = None, str(error)
        busy = any(sweep.state == "running" for sweep in runs.sweeps(limit=5))
        pressed = page_frame.pressed(
            "Find out",
            icon=":material/balance:",
            key="start_pays",
            disabled=wanted is None or busy,
        )
        st.caption(message_markdown(why) if why else _size(wanted, runs))
    if pressed and wanted is not None:
        with st.spinner("Preparing …"), page_frame.keeping_error(session.in_page):
            submit(wanted, session, runs)
        st.rerun()


def _has_several_inputs(race: Race) -> bool:
    return len(race.architecture.data_inputs) > 1


def _size(race: Race | None, runs: VisitorRuns) -> str:
    """Return the number of trainings and their approximate duration."""
    if race is None:
        return "…"
    models, seeds = race.counted(len(race.entries)), plural(race.seeds, "seed")
    pace = machine_pace(race.architecture, runs, race)
    return f"{models} × {seeds}, about {duration(race_seconds(race, pace))}."
