"""How a race stands: the verdict, the answer to the bet, and its figures in six views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Literal, cast, get_args

import streamlit as st

from components.race.evaluation import DatasetResult, RaceResult
from components.race.plan import Race
from components.race.tables import What, csv_of
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.service import Service
from components.ui.compare import bet, charts, costs_chart, intervals, winner_map
from components.ui.compare.clickable import clickable
from components.ui.compare.differences import differences
from components.ui.compare.robust_view import robust_view
from components.ui.compare.row_card import row_card
from components.ui.compare.state import CompareState, EvaluatedRace
from components.ui.compare.stored_race import StoredRace
from components.ui.compare.table import table as table_html
from components.ui.kit import chart_download, forms
from components.ui.kit.model_editor import ModelEditor

View = Literal["Table", "Curves", "Costs", "Winner map", "Robustness", "Difference"]
HEIGHT = 350
CHARTS = ("Curves", "Costs", "Robustness")
_CSV: dict[str, What] = {
    "Table": "table",
    "Curves": "curves",
    "Costs": "table",
    "Winner map": "winners",
}


def view() -> View:
    """The view that is chosen."""
    return cast(View, st.session_state.get("race_view", "Table"))


def results(
    made: StoredRace,
    seen: EvaluatedRace,
    editor: ModelEditor,
    contest: CompareState,
    runs: Service,
    theme: Theme,
) -> None:
    """Verdict, answer and views; before anything has finished, what will be here."""
    race, result = made.race, seen.result
    table = _table(result, contest)
    if not result.done:
        st.caption("As soon as runs end, they are compared here.")
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", wrap=False, key="race_verdict"
    ):
        if len(result.tables) > 1:
            _data(result, contest)
        st.html(f'<p class="verdict">{escape(table.verdict)}</p>')
    if result.complete:
        bet.answer(made, result, table.data)
    elif made.bet is not None:
        title = table.row(made.bet.entry).title
        st.caption(f"Your bet: {title}, by {made.bet.margin:g}.")
    chosen, form = _choices(result)
    draw: dict[View, Callable[[], None]] = {
        "Table": partial(_rows, race, seen, table, editor, contest, theme),
        "Curves": partial(_curves, race, result, table, theme, form),
        "Costs": partial(_costs, race, result, table, theme, form),
        "Winner map": partial(winner_map.show, race, result, contest, theme),
        "Robustness": partial(robust_view, race, contest, runs, theme, form),
        "Difference": partial(differences, race, table, contest, theme),
    }
    with st.container(key=f"race.view.{chosen}"):
        draw[chosen]()
    for note in result.notes:
        st.caption(note)


def _table(result: RaceResult, contest: CompareState) -> DatasetResult:
    return next((t for t in result.tables if t.data == contest.data), result.tables[0])


def _choices(result: RaceResult) -> tuple[View, ImageFormat]:
    """Which view of which data, and what figures are saved as."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
        key="race_views",
    ):
        chosen = cast(
            View,
            st.segmented_control(
                "View",
                get_args(View),
                default="Table",
                required=True,
                key="race_view",
                label_visibility="collapsed",
                persist_state="session",
            ),
        )
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            gap="small",
            width="content",
            key="race_saves",
        ):
            form: ImageFormat = chart_download.form() if chosen in CHARTS else "svg"
            if chosen in _CSV:
                what = _CSV[chosen]
                st.download_button(
                    "CSV",
                    lambda: csv_of(result, what),
                    f"{result.architecture}_{what}.csv",
                    "text/csv",
                    key=f"race.csv.{what}",
                    icon=":material/download:",
                    type="tertiary",
                    on_click="ignore",
                )
    return chosen, form


def _data(result: RaceResult, contest: CompareState) -> None:
    titles = {table.data: table.title for table in result.tables}
    shown = contest.data if contest.data in titles else next(iter(titles))
    widget = forms.widget_key("race.data", shown)
    st.selectbox(
        "Data",
        list(titles),
        index=list(titles).index(shown),
        format_func=titles.__getitem__,
        key=widget,
        label_visibility="collapsed",
        width=190,
        on_change=forms.when_changed("race.data", widget, partial(setattr, contest, "data")),
    )


def _rows(
    race: Race,
    seen: EvaluatedRace,
    table: DatasetResult,
    editor: ModelEditor,
    contest: CompareState,
    theme: Theme,
) -> None:
    picked = contest.picked or table.rows[0].entry
    clickable(
        table_html(table, seen.result, theme, picked),
        key="race_table",
        on_pick=partial(setattr, contest, "picked"),
        svg=intervals.figure(seen.result, table, theme),
        name=f"{seen.result.architecture} {table.title}",
    )
    row_card(race, seen.result, table, seen.outcomes, editor, contest)


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
        alt=f"{result.measure.title} of each strategy over the epochs, means with intervals",
    )
    st.caption(
        f"Lines are means over {result.seeds} seeds, bands their 95 % intervals, on samples "
        f"{'held back' if result.measure.validated else 'trained on'}."
    )


def _costs(
    race: Race, result: RaceResult, table: DatasetResult, theme: Theme, form: ImageFormat
) -> None:
    axis = st.segmented_control(
        "Against",
        costs_chart.AXES,
        default=costs_chart.AXES[0],
        required=True,
        key="race_axis",
        label_visibility="collapsed",
        persist_state="session",
    )
    entries = [entry.text for entry in race.entries]
    option = costs_chart.against(table, entries, result, axis, theme)
    chart_download.chart(
        option,
        f"{table.title} against {axis}",
        form,
        theme,
        key="race.costs",
        height=HEIGHT,
        alt=f"{result.measure.title} of each strategy against {axis}",
    )
