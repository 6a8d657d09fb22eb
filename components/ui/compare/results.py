"""The figures of a race in six views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, cast, get_args

import streamlit as st

from components.core.text import plural
from components.race import text
from components.race.result import DatasetResult, RaceResult
from components.race.setup import Race
from components.race.tables import CsvKind, csv_of
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.visitor_runs import VisitorRuns
from components.ui.compare import charts, costs_chart
from components.ui.compare.differences import differences
from components.ui.compare.robust_view import robust_view
from components.ui.compare.row_card import row_card
from components.ui.compare.state import CompareState
from components.ui.compare.table import table_html
from components.ui.compare.winner_map import winner_map
from components.ui.kit import chart_download, intervals, layout
from components.ui.kit.clickable import clickable
from components.ui.kit.downloads import download
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.stored_race import EvaluatedRace, StoredRace

View = Literal["Table", "Curves", "Costs", "Winner map", "Robustness", "Difference"]
HEIGHT = 350
CHARTS = ("Curves", "Costs", "Robustness")
_CSV: dict[str, CsvKind] = {
    "Table": "table",
    "Curves": "curves",
    "Costs": "table",
    "Winner map": "winners",
}


def view() -> View:
    """The chosen view."""
    return cast(View, st.session_state.get("race_view", "Table"))


def results(
    stored: StoredRace,
    evaluated: EvaluatedRace,
    table: DatasetResult,
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
    theme: Theme,
) -> None:
    """The figures of one dataset in the chosen view; nothing before the first run has finished."""
    race, result = stored.race, evaluated.result
    if not result.done:
        return
    chosen, form = _choices(result)
    draw: dict[View, Callable[[], None]] = {
        "Table": partial(_rows, evaluated, table, editor, session, runs, theme),
        "Curves": partial(_curves, race, result, table, theme, form),
        "Costs": partial(_costs, race, result, table, theme, form),
        "Winner map": partial(winner_map, result, session, theme),
        "Robustness": partial(robust_view, race, session, runs, theme, form),
        "Difference": partial(differences, race, table, session, theme),
    }
    with st.container(key=f"race.view.{chosen}"):
        draw[chosen]()


def _choices(result: RaceResult) -> tuple[View, ImageFormat]:
    """The chosen view, and the format of saved figures."""
    with layout.row("race_views", spread=True):
        chosen: View = layout.switch("View", get_args(View), "race_view")
        with layout.row("race_saves", width="content"):
            form: ImageFormat = chart_download.select_format() if chosen in CHARTS else "svg"
            if chosen in _CSV:
                what = _CSV[chosen]
                name, key = f"{result.architecture}_{what}.csv", f"race.csv.{what}"
                download("CSV", lambda: csv_of(result, what), name, key=key, kind="tertiary")
    return chosen, form


def _rows(
    evaluated: EvaluatedRace,
    table: DatasetResult,
    editor: ModelEditor,
    session: CompareState,
    runs: VisitorRuns,
    theme: Theme,
) -> None:
    result = evaluated.result
    picked = session.picked or table.rows[0].entry
    clickable(
        table_html(table, result, theme, picked),
        key="race_table",
        on_pick=partial(setattr, session, "picked"),
        svg=intervals.figure(result, table, theme),
        name=f"{result.architecture} {table.title}",
    )
    row_card(evaluated, table, editor, session, runs)


def _curves(
    race: Race, result: RaceResult, table: DatasetResult, theme: Theme, form: ImageFormat
) -> None:
    entries = [entry.text for entry in race.entries]
    option = charts.over_epochs(table, entries, result.measure, theme)
    chart_download.chart(
        option,
        f"{table.title} curves",
        form,
        theme,
        key="race.curves",
        height=HEIGHT,
        alt=f"{result.measure.title} of each {race.what} over the epochs, means with intervals",
    )
    st.caption(
        f"Lines are means over {plural(result.seeds, 'seed')}, bands are their 95 % intervals, on "
        f"{text.samples(result)}."
    )


def _costs(
    race: Race, result: RaceResult, table: DatasetResult, theme: Theme, form: ImageFormat
) -> None:
    axis = layout.switch("Against", costs_chart.AXES, "race_axis")
    entries = [entry.text for entry in race.entries]
    option = costs_chart.against(table, entries, result, axis, theme)
    chart_download.chart(
        option,
        f"{table.title} against {axis}",
        form,
        theme,
        key="race.costs",
        height=HEIGHT,
        alt=f"{result.measure.title} of each {race.what} against {axis}",
    )
