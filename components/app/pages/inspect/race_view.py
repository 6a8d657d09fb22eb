"""Strategies of a race on the Inspect page, and the contributions of inputs in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle

import streamlit as st
from markupsafe import Markup

from components.app.pages.inspect.reader_chart import mean_line, reader_chart, reader_text
from components.app.pages.inspect.state import InspectState, read_inspection
from components.app.parts.charts import chart_download
from components.app.parts.data.run_request import started_titles
from components.app.parts.frame import page_frame
from components.app.parts.widgets import html_parts, layout
from components.app.parts.widgets.downloads import csv_download
from components.base.errors import PlaygroundError, RunError
from components.base.markup import to_csv
from components.experiments.inspection.basis.results import HeadInspection
from components.experiments.inspection.basis.xray_results import Xray, parse_readings
from components.experiments.inspection.explanation import measured_rows
from components.experiments.inspection.head_charts import two_digits
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measures.base import InspectionMeasure
from components.experiments.queue.sweeps import Sweep
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.entries import StrategyEntry
from components.experiments.races.plan import RacePlan
from components.experiments.races.setup import data_name, data_title
from components.experiments.races.stored_race import stored_race_of
from components.models.drawing.html_table import html_table
from components.models.drawing.palette import Theme

POLL_SECONDS = 1.0
LISTED = 30
WHAT, RACE, SEEN = "inspected_what", "inspected_race_choice", "inspected_address"
_CHOICES = {"run": "One run", "race": "Strategies of a race"}
NOT_INSPECTED, NOT_FINISHED = "not inspected", "no finished run"
WITHOUT = (
    "Models of this race were not inspected: that is done where a race is started with **Inspect "
    "each model**, in *More settings* of the Compare page."
)
LIMIT = (
    "It does not say that a strategy always uses its inputs like this: each row is one model, of "
    "seed 0. Retraining without an input can lose less than its share."
)
READER = (
    "A line for each strategy: the mean over seeds of what a **linear reader** (ridge regression "
    "on other samples) reads of the label where each part of the model ends, with its 95 % "
    "interval. It shows where a straight line separates the labels, not what more layers could do."
)
CHART = 380
_BAR = html_parts.template(
    '<div class="share" title="{{ title }}"><span>{{ text }}</span>'
    '<i><b style="width:{{ width }}%;background:{{ color }}"'
    '{% if below %} class="below"{% endif %}></b></i></div>'
)


def race_choice(state: InspectState, runs: VisitorRuns) -> str | None:
    """Return the chosen race, `None` for one run. Draw nothing if there is no race."""
    _follow_links(state, runs)
    listed = {sweep.id: sweep for sweep in runs.sweeps(LISTED)}
    if (kept := _readable(runs, st.session_state.get(RACE))) is not None:
        listed.setdefault(kept.id, kept)
    chosen = _choose(state, list(listed.values())) if listed else None
    if chosen is None:
        st.query_params.pop("race", None)
    else:
        st.query_params.pop("run", None)
        st.query_params["race"] = chosen
    st.session_state[SEEN] = (chosen or "", st.query_params.get("run", ""))
    return chosen


def _follow_links(state: InspectState, runs: VisitorRuns) -> None:
    """Choose the race or run that a new address names."""
    race, run = st.query_params.get("race", ""), st.query_params.get("run", "")
    new = (race, run) != st.session_state.get(SEEN, ("", ""))
    if new and race:
        with page_frame.keeping_error(state):
            st.session_state[WHAT], st.session_state[RACE] = "race", runs.sweep(race).id
    elif new and run:
        st.session_state[WHAT] = "run"


def _readable(runs: VisitorRuns, sweep_id: str | None) -> Sweep | None:
    with suppress(RunError):
        return runs.sweep(sweep_id) if sweep_id else None
    return None


def _choose(state: InspectState, listed: Sequence[Sweep]) -> str | None:
    titles = started_titles({one.id: (one.name, one.created) for one in listed})
    forget_error = partial(setattr, state, "error", None)
    st.session_state.setdefault(WHAT, "run")
    with layout.row("inspected_what_row", vertical_alignment="bottom"):
        what = st.segmented_control(
            "Inspect",
            list(_CHOICES),
            format_func=_CHOICES.__getitem__,
            required=True,
            key=WHAT,
            on_change=forget_error,
            persist_state="session",
        )
        if what == "run":
            return None
        chosen: str = st.selectbox(
            "Race",
            list(titles),
            format_func=titles.__getitem__,
            key=RACE,
            on_change=forget_error,
            width=460,
            persist_state="session",
        )
    return chosen


def race_view(state: InspectState, runs: VisitorRuns, sweep_id: str) -> None:
    """Draw the table of a race, and update only this part while its runs are being trained."""
    layout.show_error(state.error)
    try:
        plan = stored_race_of(runs.sweep(sweep_id)).plan
    except PlaygroundError as error:
        layout.show_error(str(error))
        return
    chosen = _choose_dataset(plan)

    page_frame.polled(
        partial(runs.sweep, sweep_id),
        lambda sweep: sweep.state == "running",
        lambda sweep: _show(sweep, runs, plan, chosen),
        POLL_SECONDS,
    )


def _choose_dataset(plan: RacePlan) -> str:
    titles = {data_name(data): data_title(data) for data in plan.race.data}
    if len(titles) == 1:
        return next(iter(titles))
    return str(layout.switch("Dataset", titles, "inspected_data"))


def inspections(
    runs: VisitorRuns, plan: RacePlan, dataset: str
) -> dict[StrategyEntry, HeadInspection | str]:
    """Return each strategy's inspection or the reason why there is none, in the order of the race.

    The inspection is that of the compared head, from the run of seed 0.
    """
    first = {
        run.entry.text: run.digest
        for run in plan.runs
        if run.seed == 0 and data_name(run.data) == dataset
    }
    latest = runs.latest(first.values())
    texts = runs.latest_results("inspection", latest.values())
    inspected: dict[StrategyEntry, HeadInspection | str] = {}
    for entry in plan.race.entries:
        digest, head = first.get(entry.text, ""), None
        inspection = read_inspection(texts.get(digest))
        if inspection is not None:
            head = inspection.heads.get(plan.race.compared.name)
        run = latest.get(digest)
        has_finished = run is not None and run.status == "finished"
        inspected[entry] = head or (NOT_INSPECTED if has_finished else NOT_FINISHED)
    return inspected


def _show(sweep: Sweep, runs: VisitorRuns, plan: RacePlan, dataset: str) -> None:
    inspected = inspections(runs, plan, dataset)
    if not plan.race.inspect and any(isinstance(one, str) for one in inspected.values()):
        st.caption(WITHOUT)
    st.html(contributions_table(inspected, page_frame.theme()))
    measures = " ".join(f"**{one.title}**: {one.means}." for one in _in_race("bar", "column"))
    st.caption(f"{measures} {LIMIT}")
    make = partial(race_csv, inspected)
    empty = all(isinstance(one, str) for one in inspected.values())
    name = f"{sweep.name} inspections"
    csv_download("Table as CSV", make, name, "race_inspections_csv", disabled=empty)
    _reader(sweep, plan.race.compared.name, readings(runs, plan, dataset))


def readings(
    runs: VisitorRuns, plan: RacePlan, dataset: str
) -> list[tuple[StrategyEntry, list[Xray]]]:
    """Return the readings of linear readers for the models of each strategy, one per seed."""
    planned = [run for run in plan.runs if data_name(run.data) == dataset]
    texts = runs.latest_results("xray", runs.latest(run.digest for run in planned).values())
    read = {entry.text: list[Xray]() for entry in plan.race.entries}
    for run in planned:
        if (xray := parse_readings(texts.get(run.digest))) is not None:
            read[run.entry.text].append(xray)
    return [(entry, read[entry.text]) for entry in plan.race.entries if read[entry.text]]


def _reader(sweep: Sweep, head: str, read: Sequence[tuple[StrategyEntry, Sequence[Xray]]]) -> None:
    """Draw a line for each strategy, from its branches to its head."""
    lines = [(entry.title, mean_line(xrays, head)) for entry, xrays in read]
    if not any(line for _, line in lines):
        return
    layout.heading("Before and after the merge")
    theme, every = page_frame.theme(), [xray for _, xrays in read for xray in xrays]
    chart_download.select_format()
    chart_download.chart(
        reader_chart(lines, head, every, theme),
        f"{sweep.name} linear reader",
        theme,
        key="race_reader",
        height=CHART,
        alt=reader_text(lines),
    )
    st.caption(READER)


def _in_race(*places: str) -> list[type[InspectionMeasure]]:
    """Return the measures shown at these places in the table of a race."""
    return [measure for _, measure in MEASURES.items() if measure.in_race in places]


def contributions_table(
    inspected: Mapping[StrategyEntry, HeadInspection | str], theme: Theme
) -> str:
    """Return an HTML table with a row per strategy and a column per input and measure."""
    heads = [one for one in inspected.values() if not isinstance(one, str)]
    inputs = tuple(dict.fromkeys(name for head in heads for name in head.inputs))
    quality = heads[0].quality_name if heads else "accuracy"
    bars = [f"{bar.title}: {name}" for bar in _in_race("bar") for name in inputs]
    columns = [measure.title for measure in _in_race("column")]
    titles = ("Strategy", *bars, *columns, quality[0].upper() + quality[1:])
    cells = []
    for entry, one in inspected.items():
        if isinstance(one, str):
            missing = Markup('<span class="missing">{}</span>').format(one)
            shown: list[object] = [missing, *[""] * (len(titles) - 2)]
        else:
            shown = list(_cells(one, inputs, theme))
        cells.append((entry.title, *shown))
    return f'<div class="race-inspected">{html_table(cells, titles, row_heads=True)}</div>'


def _cells(head: HeadInspection, inputs: Sequence[str], theme: Theme) -> Iterator[object]:
    for bar in _in_race("bar"):
        for name, tones in zip(inputs, cycle(theme.branches), strict=False):
            yield _bar(bar, head, name, tones.solid) if name in head.inputs else ""
    for measure in _in_race("column"):
        yield " ".join(two_digits(value, measure.sign) for value in measure.values(head))
    yield two_digits(head.quality)


def _bar(measure: type[InspectionMeasure], head: HeadInspection, name: str, color: str) -> Markup:
    """Draw one input's number as a bar, with the measures beside it in its tooltip."""
    index = head.inputs.index(name)
    value = measure.values(head)[index]
    beside = [(one.title, one.values(head)[index]) for one in _in_race("beside the bar")]
    parts = (f"{title.lower()} {two_digits(number)}" for title, number in beside)
    return Markup(
        _BAR.render(
            title=f"{name}: {measure.title.lower()} {value:+.3f}",
            text=" · ".join((two_digits(value, "+"), *parts)),
            width=round(100 * min(1.0, abs(value))),
            below=value < 0,
            color=color,
        )
    )


def race_csv(inspected: Mapping[StrategyEntry, HeadInspection | str]) -> str:
    """Return the numbers of all inspected strategies as CSV, one per row."""
    numbers: list[tuple[object, ...]] = [("strategy", "seed", "measure", "input", "value")]
    for entry, head in inspected.items():
        if not isinstance(head, str):
            measured = (one[:3] for one in measured_rows(head))
            quality = (head.quality_name, "", head.quality)
            numbers += [(entry.text, 0, *one) for one in (*measured, quality)]
    return to_csv(numbers)
