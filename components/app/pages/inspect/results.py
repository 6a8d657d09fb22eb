"""Result of an inspection for each head: charts, diagram, samples and measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st

from components.app.pages.inspect import charts
from components.app.pages.inspect.shares_view import CHART, measures_section, verdict_and_shares
from components.app.pages.inspect.state import ShownHead, read_inspection
from components.app.pages.inspect.unplug import show_unplug
from components.app.parts.charts import chart_download
from components.app.parts.data import sample_drawings, sample_view
from components.app.parts.data.data_limits import DataLimits, data_limits
from components.app.parts.data.run_request import run_request
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout
from components.app.parts.widgets.downloads import csv_download
from components.app.parts.widgets.picture_download import picture_download, select_theme
from components.app.parts.widgets.viewer import viewer
from components.base.markup import message_markdown, to_csv
from components.base.text import duration, humanize, plural
from components.experiments.inspection import head_charts
from components.experiments.inspection.basis.results import HeadInspection, SampleShares
from components.experiments.inspection.explanation import (
    SHARES,
    branch_weights,
    gate_texts,
    measures_csv,
    unknown,
    widest_branch,
)
from components.experiments.inspection.missing_rates import (
    RATES,
    apart_from_rates,
    quality_at,
    trained_rates,
)
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.statistics import Interval, interval
from components.experiments.training.requests import RunRequest
from components.models.analysis.model_view import model_view, svg
from components.models.architecture.architecture import Architecture
from components.models.drawing import caption, diagram
from components.models.drawing.options import DiagramOptions, Level
from sample_data.loading.synthetic import DataSpec

READOUT = 260
ROW, AROUND = 30, 116
"""Pixels of one sample's bar, and of the space above and below all bars."""
MOST_SAMPLES = 50
"""Number of samples to choose from, the worst first."""
HEIGHTS: dict[Level, int] = {"blocks": 320, "layers": 520}
_LEVELS: dict[Level, str] = {"blocks": "Blocks", "layers": "Layers"}
UNKNOWN = (
    "Three charts hide an input in three ways, so their numbers differ. The bars average the "
    "predictions over many values of the input, or use the filling of one that may be missing. "
    "*Unplug* gives each sample the input of one other "
    "sample. *Permutation*, among the measures, does so ten times and gives the mean loss."
)
"""Reason why one input has several figures for the model without it."""
MEASURES = ("Measures", "the figures of each input, and of all together", "fold_measures")
WEIGHTED = ("Weighted diagram", "edges as wide as what their input contributes", "fold_weighted")
SAMPLES = ("Single samples", "what moved a prediction, with gates and attention", "fold_samples")
RATES_IN_USE = ("Missing inputs", "quality by how often an input is missing", "fold_missing")
"""Titles of the sections that are closed at first, what they show, and their keys."""
MISSING = (
    "At each rate in use, inputs that may be missing are removed independently of each other, in "
    "addition to what the data lacks, and replaced by the filling of training. A line is the mean "
    "of the runs with one rate in training. Its band is the 95 % interval over their seeds, if "
    "there are several:"
)
ROUTING = (
    "They show where this model sends its numbers. They do not show influence: an input with a "
    "large weight can be ignored by the layers after it."
)
LIMIT = "It does not show how many numbers a branch sends, nor which of its layers does the work."


def show_results(runs: VisitorRuns, shown: ShownHead, listed: Sequence[Run] = ()) -> None:
    """Draw all measures of a head."""
    run, inspection = shown.run, shown.inspection
    kind = "validation" if inspection.validated else "training"
    _shares(shown)
    st.caption(
        f"Measured on {plural(inspection.samples, f'{kind} sample')} in "
        f"{duration(inspection.seconds)}. {unknown(inspection)}"
    )
    show_unplug(shown)
    layout.fold(*MEASURES, lambda: measures_section(shown.head))
    layout.fold(*WEIGHTED, lambda: _weighted_diagram(shown))
    layout.fold(*SAMPLES, lambda: _readouts(shown, _samples(shown)))
    if quality_at(shown.head, inspection.filled, 0.0) is not None:
        layout.fold(*RATES_IN_USE, lambda: _missing_rates(shown, runs, listed))
    with layout.row("inspect_foot", spread=True):
        with layout.row("inspect_downloads", width="content"):
            for title, make in (
                ("measures", partial(measures_csv, inspection)),
                ("samples", partial(samples_csv, shown.head)),
            ):
                label, key = f"{title.capitalize()} as CSV", f"inspection_csv.{title}"
                csv_download(label, make, f"{run.name} {title}", key)
        chart_download.select_format()


def chosen_head(run: Run) -> str:
    """Return the chosen head, or the only one."""
    names = {str(head["name"]): humanize(head["name"]) for head in run.architecture["heads"]}
    if len(names) == 1:
        return next(iter(names))
    chosen: str = layout.switch("Head", names, f"inspect_head.{run.id}")
    return chosen


def limits_of(request: RunRequest) -> DataLimits | None:
    """Return the limits of a relation's data, empty for other data; `None` while being computed."""
    if not isinstance(request.data, DataSpec):
        return DataLimits({}, None)
    return data_limits(request.data_architecture, request.data)


def _shares(shown: ShownHead) -> None:
    """Draw the verdict, the waterfall, and the quality with only some inputs known."""
    head, limits = shown.head, limits_of(shown.request)
    verdict_and_shares(
        shown.inspection,
        shown.name,
        limits.ceilings.get(shown.name) if limits else None,
        shown.theme,
        "inspect_charts",
        lambda one: shown.chart(one.option, one.kind, one.height, one.words),
    )
    several = len(head_charts.drawn_coalitions(head)) > 2
    cooperates = head_charts.cooperates(head)
    if several or cooperates:
        with st.popover("How to read these charts", icon=":material/help:", type="tertiary"):
            if cooperates:
                st.markdown(f"{SHARES} {head_charts.explain_coalitions(head)}")
            if several:
                st.markdown(UNKNOWN)


# Quality by the rate of missing inputs in use and in training


def _missing_rates(shown: ShownHead, runs: VisitorRuns, listed: Sequence[Run]) -> None:
    """Draw the quality over the rate in use, with a line for each training rate of the runs."""
    lines, count = _lines(shown, runs, listed)
    texts = (
        f"{name} in training: {at[0].mean:.2f} to {at[-1].mean:.2f}" for name, at in lines.items()
    )
    option = charts.missing_chart(lines, shown.head, shown.theme)
    st.caption(
        f"{MISSING} {plural(count, 'run')} with this model, data and settings, apart from the rate "
        "in training and the training seed."
    )
    shown.chart(option, "missing", CHART, f"By rate in use, {'; '.join(texts)}")


def _lines(
    shown: ShownHead, runs: VisitorRuns, listed: Sequence[Run]
) -> tuple[dict[str, list[Interval]], int]:
    """Return the quality at each rate in use, by training rate, and the number of runs."""
    own = apart_from_rates(shown.request)
    alike = [one for one in listed if apart_from_rates(run_request(one)) == own]
    texts = runs.latest_results("inspection", alike)
    lines: dict[str, list[list[float]]] = {}
    for digest, one in {run.digest: run for run in (*alike, shown.run)}.items():
        own_run = digest == shown.run.digest
        result = shown.inspection if own_run else read_inspection(texts.get(digest))
        if result is not None:
            head = result.heads[shown.name]
            values = (quality_at(head, result.filled, rate) for rate in RATES)
            at = [value for value in values if value is not None]
            if at:
                lines.setdefault(trained_rates(run_request(one).architecture), []).append(at)
    rising = sorted(lines.items(), key=lambda one: float(one[0].partition(" ")[0]))
    means = {name: [interval(one) for one in zip(*each, strict=True)] for name, each in rising}
    return means, sum(map(len, lines.values()))


# The diagram with branches as wide as their shares


def _weighted_diagram(shown: ShownHead) -> None:
    """Draw the diagram with its limits in words, its level of detail and its downloads."""
    architecture, head = shown.request.architecture, shown.head
    graph = model_view(architecture).graph
    st.caption(
        f"{widest_branch(head)} An edge is as wide as its input's Shapley share, dashed where that "
        f"is negative; cooperation stands where all inputs meet. {LIMIT}"
    )
    with layout.row("weighted_controls", spread=True):
        level: Level = layout.switch("Level of detail", _LEVELS, "weighted_level")
        weights = branch_weights(graph, shown.name, head)
        options = DiagramOptions(theme=shown.theme.name, level=level, weights=weights)
        files = st.popover(
            "Download", icon=":material/download:", key="weighted_take", on_change="rerun"
        )
        if files.open:
            with files:
                _files(architecture, options, f"{shown.run.name} {shown.name} weighted")
    viewer(
        svg(architecture, options),
        caption.description(graph, options),
        key=f"weighted.{shown.run.id}.{shown.name}.{level}",
        height=HEIGHTS[level],
    )


def _files(architecture: Architecture, options: DiagramOptions, name: str) -> None:
    theme = select_theme(options.theme, "weighted.theme")
    chosen = replace(options, theme=theme, transparent=False)
    graph = model_view(architecture).graph
    picture_download(
        graph, chosen, name, key="weighted_take", svg=lambda: _picture(architecture, chosen)
    )


@lru_cache(maxsize=16)
def _picture(architecture: Architecture, options: DiagramOptions) -> str:
    return diagram.file_svg(model_view(architecture).graph, options)


# Single samples, and the routing by gates and attention


def _samples(shown: ShownHead) -> SampleShares:
    """Draw the pushes of each input on the worst predictions, and return the chosen sample."""
    st.caption(explain_samples(shown.head))
    shown.chart(
        charts.sample_chart(shown.head, shown.classes, shown.theme),
        "samples",
        AROUND + ROW * min(charts.SHOWN, len(shown.head.samples)),
        "Each input's effect on the worst predictions",
    )
    samples = {one.row: one for one in shown.head.samples[:MOST_SAMPLES]}
    row = st.selectbox(
        "Sample",
        list(samples),
        format_func=lambda row: charts.sample_title(shown.head, samples[row], shown.classes),
        key=f"inspected_sample.{shown.run.id}.{shown.name}",
        width=320,
    )
    with page_frame.guarded():
        _drawing(shown, samples[row])
    return samples[row]


def _drawing(shown: ShownHead, sample: SampleShares) -> None:
    """Draw the inputs and labels of a sample, unless the data is too large to generate for it."""
    request = shown.request
    previews = sample_view.previews(request, (sample.row,))
    if previews is not None:
        drawn = [previews[sample.row]]
        predicted = {"predicted": [charts.predicted_text(shown.head, sample, shown.classes)]}
        st.html(sample_drawings.table(request.architecture, drawn, shown.theme, rows=predicted))


def explain_samples(head: HeadInspection) -> str:
    """Explain the chart of samples and its limits."""
    wrong = sum(sample.truth != sample.predicted for sample in head.samples)
    if head.target == "values":
        first = "The largest errors come first."
    elif wrong:
        first = f"{wrong:,} of {len(head.samples):,} are wrong; the most confident come first."
    else:
        first = "No prediction is wrong; the least confident come first."
    return (
        f"{first} A bar shows by how much an input moved the {charts.axis_name(head)}, averaged "
        "over all orders of adding the inputs. It does not show which part of the input did it."
    )


def _readouts(shown: ShownHead, sample: SampleShares) -> None:
    """Draw gates, attention and learned weights, if there are any, with a sample as diamonds."""
    inspection = shown.inspection
    if not inspection.readouts:
        return
    layout.heading("Gates and attention")
    gates = message_markdown(" ".join(gate_texts(inspection, shown.request.architecture)))
    st.caption(f"Means by true class; diamonds are the sample above. {gates} {ROUTING}")
    number = inspection.sample_rows.index(sample.row)
    with st.container(key="inspect_readouts"):
        for readout in inspection.readouts:
            option = charts.readout_chart(readout, shown.name, shown.classes, number, shown.theme)
            shown.chart(option, readout.layer, READOUT, charts.readout_title(readout))


# Tables and files


def samples_csv(head: HeadInspection) -> str:
    """Return all samples as CSV, the worst first, with the push of each input."""
    names = [f"push of {name}" for name in head.inputs]
    rows: list[list[object]] = [
        ["row", "true", "predicted", "probability", "without any input", *names, "sum"]
    ]
    for one in head.samples:
        sure = "" if one.confidence is None else one.confidence
        rows.append([one.row + 1, one.truth, one.predicted, sure, one.base, *one.pushes, one.score])
    return to_csv(rows)
