"""The board of a class race: strategies with who brought them, the best first."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from components.core.errors import PlaygroundError
from components.core.text import plural
from components.race import text
from components.race.entries import parse_entry
from components.race.setup import data_title
from components.render.html_table import html_table
from components.rooms.content import ClassRace
from components.runs.visitor_runs import VisitorRuns
from components.ui.data import stored_race
from components.ui.data.stored_race import EvaluatedRace

_KNOWN = "class_races"
HEAD = ("Rank", "Strategy", "From", "Mean", "Runs")


def board(race: ClassRace, runs: VisitorRuns) -> Markup:
    """The race now; without scores where it can't be read."""
    try:
        sweep = runs.sweep(race.sweep)
        plan = stored_race.of(sweep).plan
        known: dict[str, EvaluatedRace] = st.session_state.setdefault(_KNOWN, {})
        evaluated = stored_race.evaluated(plan, runs, known)
    except PlaygroundError:
        rows = [("–", parse_entry(e).title, _names(race, e), "–", "–") for e in race.nicknames]
        return Markup(html_table(rows, HEAD, "fields"))
    result, table = evaluated.result, evaluated.result.tables[0]
    rows = [
        (
            str(row.rank or "–"),
            row.title,
            _names(race, row.entry),
            "–" if row.mean is None else result.measure.text(row.mean),
            f"{row.done} of {result.seeds}",
        )
        for row in table.rows
    ]
    title = data_title(result.setup.data[0])
    left = result.total - result.done - result.failed
    state = f"{plural(left, 'run')} left" if left else "complete" if result.done else "failed"
    caption = f"{title}: {state}. {text.failure(result)}".removesuffix(". ")
    return Markup(html_table(rows, HEAD, "fields", caption=caption))


def _names(race: ClassRace, entry: str) -> str:
    return ", ".join(race.nicknames.get(entry, ()))
