"""The results of a race in six views, and one row in detail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import escape
from typing import Literal, cast, get_args

import streamlit as st

from components.app.pages.compare import charts
from components.app.pages.compare.race_table import race_table
from components.app.pages.compare.state import CompareState, ShownRace, leave_for, open_run
from components.app.pages.compare.tables import losses_table, winner_map
from components.app.parts.charts import chart_download
from components.app.parts.data import stored_race
from components.app.parts.data.difference_view import compared_model, model_difference
from components.app.parts.data.stored_race import plans
from components.app.parts.frame import page_frame
from components.app.parts.widgets import forms, layout
from components.app.parts.widgets.downloads import csv_download, download
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.text import plural
from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.plan import PlannedRun, RacePlan, fitted_entries, requests
from components.experiments.races.robustness import TITLES, Factor, factors, robust, values
from components.experiments.races.setup import Race, data_name, data_title
from components.experiments.races.stored_race import StoredRace, race_name
from components.experiments.races.tables import CsvKind, csv_of
from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest
from components.models.drawing.charts import Option
from components.models.merges import MERGES
from components.sharing.code import script

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
    """Return the chosen view."""
    return cast(View, st.session_state.get("race_view", "Table"))


def results(shown: ShownRace) -> None:
    """Show the results on one dataset in the chosen view; nothing before a run has finished."""
    result = shown.result
    if not result.done:
        return
    with layout.row("race_views", spread=True):
        chosen: View = layout.switch("View", get_args(View), "race_view")
        with layout.row("race_saves", width="content"):
            if chosen in CHARTS:
                chart_download.select_format()
            if chosen in _CSV:
                what, name = _CSV[chosen], f"{result.architecture}_{_CSV[chosen]}"
                csv_download("CSV", lambda: csv_of(result, what), name, f"race.csv.{what}")
    draw: dict[View, Callable[[], None]] = {
        "Table": partial(_table, shown),
        "Curves": partial(_curves, shown),
        "Costs": partial(_costs, shown),
        "Winner map": partial(winner_map, result, shown.session, shown.theme),
        "Robustness": partial(_robustness, shown),
        "Difference": partial(_differences, shown),
    }
    with st.container(key=f"race.view.{chosen}"):
        draw[chosen]()


def _table(shown: ShownRace) -> None:
    """Show the table, with details of the chosen row or of the best one."""
    result, on_dataset, session = shown.result, shown.on_dataset, shown.session
    race_table(
        on_dataset,
        result,
        shown.theme,
        key="race_table",
        name=f"{result.architecture} {on_dataset.title}",
        picked=session.picked or on_dataset.rows[0].entry,
        on_pick=partial(setattr, session, "picked"),
    )
    if shown.race.refits:
        st.html(losses_table(result, on_dataset))
        csv_download(
            "Losses as CSV", partial(csv_of, result, "losses"), "losses", "race.csv.losses"
        )
    row = {row.entry: row for row in on_dataset.rows}.get(session.picked, on_dataset.rows[0])
    by_seed = {
        run.seed: run
        for run in shown.evaluated.plan.runs
        if run.entry.text == row.entry and data_name(run.data) == on_dataset.data
    }
    lines = text.strategy_notes(row, result)
    if row.kind in MERGES:
        merge = MERGES[row.kind]
        lines += [merge.plain, f"Good for: {merge.good_for}."]
        if weak := text.weakness(row, result):
            lines.append(f"Weak at: {weak}.")
    with st.container(border=True, key="race_row"):
        notes, actions = st.columns([4, 5], vertical_alignment="center")
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        title = f'<h3 class="subheading">{escape(row.title)}</h3>'
        notes.html(f'{title}<ul class="notes">{items}</ul>')
        if not by_seed:
            return
        with actions, st.container(horizontal=True, gap="small", key="race_row_actions"):
            seed = st.selectbox(
                "Run of seed",
                list(by_seed),
                format_func=lambda seed: f"Seed {seed}",
                key="race.seed",
                width=100,
                label_visibility="collapsed",
            )
            _run_actions(by_seed.get(seed) or next(iter(by_seed.values())), shown)


def _run_actions(run: PlannedRun, shown: ShownRace) -> None:
    """Show the actions for a run: open it, download its script, use its model."""
    plan = shown.evaluated.plan
    run_id = shown.evaluated.outcomes.get(run.digest, Outcome()).run
    is_there = shown.runs.can_read(run_id)  # It may have been deleted after its end was read.
    if page_frame.pressed(
        "Open run",
        icon=":material/monitoring:",
        key="race.open_run",
        disabled=not is_there,
        help="Show its curves and report on the Train page.",
    ):
        open_run(shown.session, run_id)
        st.rerun()

    report = shown.evaluated.outcomes.get(run.digest, Outcome()).report

    def request() -> RunRequest:
        asked = requests(plan.race)[plan.runs.index(run)]
        return asked.at_rate(report.learning_rate if report else None)

    download(
        "Script",
        lambda: script.script_of(request()).text,
        f"{run.entry.kind}_seed_{run.seed}.py",
        key="race.script",
        help="Plain Keras with the data, settings and seed of this run. It gives the same figures.",
        icon="code",
        width="content",
    )
    editor = shown.editor
    used = is_there and shown.runs.run(run_id).architecture == editor.valid.data()
    if page_frame.pressed(
        "In use" if used else "Use this",
        icon=":material/check:",
        key="race.use",
        disabled=used,
        help="Open this model on the Build page. Undo there brings yours back.",
    ):
        editor.open(request().architecture)
        leave_for(shown.session, "Build")
        st.rerun()


def _chart(shown: ShownRace, data: str, option: Option, along: str, key: str) -> None:
    """Draw a chart of all strategies on a dataset along an axis, with a button that saves it."""
    chart_download.chart(
        option,
        f"{data} {along}",
        shown.theme,
        key=key,
        height=HEIGHT,
        alt=f"{shown.result.measure.title} of each {shown.race.what} {along}, means with intervals",
    )


def _curves(shown: ShownRace) -> None:
    result = shown.result
    option = charts.over_epochs(result, shown.on_dataset, shown.theme)
    _chart(shown, shown.on_dataset.title, option, "over the epochs", "race.curves")
    st.caption(
        f"Lines are means over {plural(result.seeds, 'seed')}, bands are their 95 % intervals, on "
        f"{text.samples(result)}."
    )


def _costs(shown: ShownRace) -> None:
    if shown.on_dataset.undefined:
        st.caption(text.without_value(shown.result))
        return
    axis = layout.switch("Against", charts.AXES, "race_axis")
    option = charts.against(shown.on_dataset, shown.result, axis, shown.theme)
    _chart(shown, shown.on_dataset.title, option, f"against {axis}", "race.costs")


def _robustness(shown: ShownRace) -> None:
    """Show the robustness of the strategies to fewer samples, more noise or absent inputs.

    This is a chart along one setting of the data, and a button that trains the missing runs.
    """
    race, session = shown.race, shown.session
    data, factor = race.data[0], _factor(race, session)
    if factor is None:
        st.info(
            "A file has no settings to vary. Race on a relation or a real dataset.",
            icon=":material/tune:",
        )
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        titles = {factor: TITLES[factor] for factor in factors(data)}
        choose = partial(setattr, session, "factor")
        forms.select("What is varied", titles, factor, "race.factor", choose)
    try:
        plan = plans.get(robust(race, factor))
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/error:")
        return
    if plan is None:
        st.caption("Preparing …")
        return
    result = stored_race.evaluated(plan, shown.runs, session.evaluated).result
    with right:
        _robust_start(plan, shown, result)
    xs = values(data, factor)
    st.caption(
        f"On {data_title(data)}, with {TITLES[factor].lower()} at "
        f"{', '.join(f'{x:g}' for x in xs)}. "
        f"{result.done:,} of {plural(result.total, 'run')} done."
    )
    if result.failed:
        st.caption(message_markdown(text.failure(result)))
    if result.done:
        option = charts.along(result, factor, xs, shown.theme)
        along, key = f"along {TITLES[factor].lower()}", f"race.robust.{factor}"
        _chart(shown, data_title(data), option, along, key)
        name = f"{race.architecture.name}_{factor}"
        csv_download("CSV", lambda: csv_of(result), name, f"{key}.csv")


def robustness_pending(race: Race, session: CompareState) -> bool:
    """Return `True` while the runs along the chosen setting are being planned."""
    factor = _factor(race, session)
    try:
        return factor is not None and plans.get(robust(race, factor)) is None
    except PlaygroundError:
        return False


def _factor(race: Race, session: CompareState) -> Factor | None:
    """Return the chosen setting of the data, or its first; `None` if no setting can be varied."""
    known = factors(race.data[0])
    return session.factor if session.factor in known else next(iter(known), None)


def _robust_start(plan: RacePlan, shown: ShownRace, result: RaceResult) -> None:
    session, page, runs = shown.session, shown.session.in_page, shown.runs
    ended, total = result.done + result.failed, result.total

    def start() -> None:
        name = f"robustness: {race_name(plan.race)}"
        session.robustness_race = runs.submit_sweep(StoredRace(plan).order(name))

    sweep = session.robustness_race
    if sweep and runs.sweep(sweep).state == "running":
        label, stop = f"Stop · {ended:,} of {total:,}", partial(runs.end, sweep)
        page_frame.action(page, label, "stop", stop, key="race.robust.stop", width="stretch")
        return
    label = f"Train the other {total - ended:,}" if ended else f"Train {plural(total, 'run')}"
    page_frame.action(
        page,
        label if ended < total else f"All {total:,} runs are done",
        "flag",
        start,
        key="race.robust.start",
        width="stretch",
        disabled=ended == total,
        help="Trains the same models and seeds at each value. Finished runs are reused.",
    )


def _differences(shown: ShownRace) -> None:
    """Show the choice of two architectures, and the differences between them."""
    models = {
        entry.text: fit.architecture
        for entry, fit in zip(shown.race.entries, fitted_entries(shown.race), strict=True)
        if fit.architecture
    }
    titles = {row.entry: row.title for row in shown.on_dataset.rows if row.entry in models}
    if len(titles) < 2:
        st.caption("This view needs at least two models.")
        return
    sides, chosen = shown.session.sides, []
    for column, side, first in zip(
        st.columns(2), ("Left", "Right"), (next(iter(titles)), [*titles][-1]), strict=True
    ):
        entry = sides[side] if sides.get(side) in titles else first
        with column:
            choose = partial(sides.__setitem__, side)
            forms.select(side, titles, entry, f"race.{side.lower()}", choose)
        model = compared_model(titles[entry], models[entry])
        graph = replace(model.graph, name=model.title)  # All have the name of the raced model.
        chosen.append(model._replace(graph=graph))
    left, right = chosen
    model_difference(left, right, key="race.difference")
