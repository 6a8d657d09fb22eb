"""Report of a run for each head: confusion matrix or scatter plot, scores and the worst samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.app.parts.charts import chart_download
from components.app.parts.data import sample_drawings, sample_view, use_model
from components.app.parts.data.run_request import class_names, run_request
from components.app.parts.data.sample_view import class_name, prediction_text
from components.app.parts.widgets import html_parts, layout
from components.base.pages import page_file
from components.base.text import byte_size, duration, humanize
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.events import HeadReport, Report
from components.experiments.training.requests import RunRequest
from components.models.drawing import charts
from components.models.drawing.html_table import html_table
from components.models.drawing.palette import Theme

SHOWN = 6
"""Number of wrong samples shown."""
CELLS = 20
"""Maximum number of classes of a confusion matrix that is shown as a table."""
SCATTER, SCATTER_WIDE = 260, 340
MEASURE_TITLES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "auc": "AUC",
    "r2_score": "R²",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
}

_CONFUSION = html_parts.template("""
<table><caption>Confusion (rows: true label)</caption>
<tr><th></th>{% for label in labels %}<th>{{ label }}</th>{% endfor %}</tr>
{% for row in rows %}
{% set label, total, here = labels[loop.index0], row | sum or 1, loop.index0 %}
<tr><th>{{ label }}</th>
{% for count in row %}
<td class="cell" style="background:color-mix(in srgb, {{ hues[loop.index0 != here] }}
 {{ (70 * count / total) | round | int }}%, transparent)" title="{{ count }} of class {{ label }},
 {{- " %.1f" % (100 * count / total) }}%, predicted as {{ labels[loop.index0] }}">{{ count }}</td>
{% endfor %}
</tr>
{% endfor %}
</table>""")


def draw_report(run: Run, report: Report, runs: VisitorRuns, theme: Theme) -> None:
    """Draw the report of a run that has ended."""
    with layout.row("report_head"):
        layout.heading("Report")
        st.caption(
            f"Epoch {report.epoch:,}, on {report.measured_on} · {duration(report.seconds)}, "
            f"{duration(report.epoch_seconds)} per epoch · {byte_size(report.memory_bytes)} memory",
            width="content",
        )
        st.page_link(
            page_file("Inspect"),
            label="Inspect",
            icon=":material/search_insights:",
            help="What each input contributes to this model, alone and together with others.",
            query_params={"run": run.id},
        )
    use_model.panel(run, runs)
    request = run_request(run)
    names = class_names(request)
    for head, of_head in report.heads.items():
        several = len(report.heads) > 1
        measures = of_head.measures.items()
        cells = (html_parts.Figure(MEASURE_TITLES.get(key, key), f"{v:.4f}") for key, v in measures)
        title = humanize(head) if several else ""
        figures = html_parts.figures(cells, title, small=True)
        known = names.get(head, ())
        tables = f"{confusion(of_head, known, theme)}{_scores(of_head, known)}"
        with layout.row(f"report_{head}", vertical_alignment="top"):
            st.html(f'<div class="report">{figures}{tables}</div>', width="content")
            if of_head.points:
                _scatter(run, head, of_head, theme)
    if not runs.hides_data(run):
        _worst_samples(request, report, names, theme)


def _scatter(run: Run, name: str, head: HeadReport, theme: Theme) -> None:
    chart_download.chart(
        scatter(name, head, theme),
        f"{run.name} {humanize(name)} predicted",
        theme,
        key=f"truth.{name}",
        height=SCATTER,
        width=SCATTER_WIDE,
        alt=f"Predicted {name} against its true value",
    )


def confusion(report: HeadReport, names: Sequence[str], theme: Theme) -> str:
    """Return the confusion matrix as HTML; darker cells have a larger share of their class."""
    if not report.confusion or len(report.confusion) > CELLS:
        return ""
    labels = [class_name(label, names) for label in range(len(report.confusion))]
    hues = theme.merge.solid, theme.wrong.solid
    return _CONFUSION.render(labels=labels, rows=report.confusion, hues=hues)


def scatter(name: str, head: HeadReport, theme: Theme) -> dict[str, Any]:
    """Return an ECharts option of predicted against true values, with the line of equality."""
    values = [value for point in head.points for value in point]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5
    low, high = round(low - margin, 2), round(high + margin, 2)
    ends = {"type": "value", "min": low, "max": high, "nameLocation": "middle"}
    axis = {**ends, **charts.axis(theme)}
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Source Sans, sans-serif"},
        "grid": {"left": 56, "right": 18, "top": 42, "bottom": 46},
        "xAxis": {**axis, "name": f"true {humanize(name)}", "nameGap": 24},
        "yAxis": {**axis, "name": "predicted", "nameGap": 36},
        "series": [
            {
                "type": "scatter",
                "data": [list(point) for point in head.points],
                "symbolSize": 5,
                "itemStyle": {"color": theme.head.solid, "opacity": 0.65},
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "animation": False,
                    "label": {"show": False},
                    "lineStyle": {"color": theme.quiet, "type": "dashed"},
                    "data": [[{"coord": [low, low]}, {"coord": [high, high]}]],
                },
            }
        ],
    }


def _scores(head: HeadReport, names: Sequence[str]) -> str:
    """Return a table of the precision, recall and F1 score of each class."""
    if not head.classes:
        return ""
    rows = [
        (
            class_name(one.label, names),
            one.samples,
            *map(_share, (one.precision, one.recall, one.f1)),
        )
        for one in head.classes
    ]
    columns = ("", "samples", "precision", "recall", "F1")
    return html_table(rows, columns, row_heads=True, caption="By class")


def _worst_samples(
    request: RunRequest, report: Report, names: Mapping[str, tuple[str, ...]], theme: Theme
) -> None:
    """Draw the worst samples with their true and predicted labels."""
    for head, of_head in report.heads.items():
        worst = of_head.worst[:SHOWN]
        if not worst:
            st.caption(f"{humanize(head).capitalize()}: no errors on these samples.")
            continue
        previews = sample_view.previews(request, [one.row for one in worst])
        if previews is None:
            continue
        title = f"Samples with the largest errors of {humanize(head)}"
        if of_head.target != "values":
            title = f"Wrong predictions of {humanize(head)}, the most confident first"
        with st.expander(title, key=f"wrong.{head}"):
            known = names.get(head, ())
            predicted = [
                prediction_text(of_head.target, one.predicted, one.confidence, known)
                for one in worst
            ]
            samples = [previews[one.row] for one in worst]
            st.html(
                sample_drawings.table(
                    request.architecture, samples, theme, rows={"predicted": predicted}
                )
            )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
