"""The report of a run, head by head: confusion or scatter, scores, and the worst samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import byte_size, duration
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.events import HeadReport, Report, Wrong
from components.training.requests import RunRequest
from components.training.runs import Run
from components.training.store import Store
from components.ui.kit import chart_download, forms
from components.ui.train import sample_drawings, sample_view
from sample_data.sources import about
from sample_data.synthetic import DataSpec

SHOWN = 6
"""How many wrong samples are shown."""
CELLS = 20
"""The most classes of a confusion matrix that is shown as a table."""
SCATTER = 300
MEASURES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "auc": "AUC",
    "r2_score": "R²",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
}


def show(
    run: Run, request: RunRequest | None, store: Store, theme: Theme, form: ImageFormat
) -> None:
    """The report of a run that has ended, if it has one."""
    report = store.report(run.id)
    if report is None or request is None:
        return
    samples = "validation" if report.validated else "training"
    st.markdown(
        f"**Report** · after epoch {report.epoch}, on {report.samples:,} {samples} samples · "
        f"{duration(report.seconds)} in total, {duration(report.epoch_seconds)} per epoch · "
        f"peak memory {byte_size(report.memory_bytes)}"
    )
    names = _names(request)
    for head, of_head in report.heads.items():
        several = len(report.heads) > 1
        title = f'<dt class="of">{escape(forms.humanize(head))}</dt>' if several else ""
        _figures(of_head, title)
        if of_head.target == "values":
            _scatter(run, head, of_head, theme, form)
        else:
            known = names.get(head, ())
            tables = f"{confusion(of_head, known, theme)}{_scores(of_head, known)}"
            st.html(f'<div class="report">{tables}</div>')
    _worst_samples(request, report, names, theme)


def _names(request: RunRequest) -> Mapping[str, tuple[str, ...]]:
    """The names of classes by head, if the data has any."""
    if isinstance(request.data, DataSpec):
        return {}
    try:
        return about(request.data).classes
    except PlaygroundError:
        return {}


def _figures(head: HeadReport, title: str) -> None:
    figures = "".join(
        f"<div><dt>{MEASURES.get(key, key)}</dt><dd>{value:.4f}</dd></div>"
        for key, value in head.measures.items()
    )
    st.html(f'<dl class="figures small">{title}{figures}</dl>')


def _scatter(run: Run, name: str, head: HeadReport, theme: Theme, form: ImageFormat) -> None:
    title = f"{run.name} {forms.humanize(name)} predicted"
    chart_download.chart(
        scatter(name, head, theme),
        title,
        form,
        theme,
        key=f"truth.{name}",
        height=SCATTER,
        width=460,
        alt=f"Predicted {name} against its true value",
    )


def confusion(report: HeadReport, names: Sequence[str], theme: Theme) -> str:
    """The confusion matrix as a table. A cell is darker for a larger share of its class."""
    if not report.confusion or len(report.confusion) > CELLS:
        return ""
    labels = [_label(label, names) for label in range(len(report.confusion))]
    head = "".join(f"<th>{escape(label)}</th>" for label in labels)
    rows = []
    for label, row in enumerate(report.confusion):
        total = sum(row) or 1
        cells = "".join(
            f'<td class="cell" style="background:color-mix(in srgb, '
            f"{theme.merge.solid if label == column else theme.wrong.solid} "
            f'{round(70 * count / total)}%, transparent)" '
            f'title="{count} of class {escape(labels[label])}, {count / total:.1%}, predicted as '
            f'{escape(labels[column])}">{count}</td>'
            for column, count in enumerate(row)
        )
        rows.append(f"<tr><th>{escape(labels[label])}</th>{cells}</tr>")
    return (
        f"<table><caption>Confusion: true by row, predicted by column</caption>"
        f"<tr><th></th>{head}</tr>{''.join(rows)}</table>"
    )


def scatter(name: str, head: HeadReport, theme: Theme) -> dict[str, Any]:
    """An ECharts option: predicted against true values, and the line where they are equal."""
    values = [value for point in head.points for value in point]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = 0.05 * (high - low) or 0.5
    low, high = round(low - margin, 2), round(high + margin, 2)
    axis = {
        "type": "value",
        "min": low,
        "max": high,
        "nameLocation": "middle",
        "nameTextStyle": {"color": theme.quiet},
        "axisLabel": {"color": theme.quiet},
        "splitLine": {"lineStyle": {"color": theme.quiet, "opacity": 0.18}},
    }
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Source Sans, sans-serif"},
        "grid": {"left": 56, "right": 18, "top": 42, "bottom": 46},
        "xAxis": {**axis, "name": f"true {forms.humanize(name)}", "nameGap": 24},
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
    """Precision, recall and F1 score of each class."""
    if not head.classes:
        return ""
    rows = "".join(
        f"<tr><th>{escape(_label(one.label, names))}</th><td>{one.samples}</td>"
        f"<td>{_share(one.precision)}</td><td>{_share(one.recall)}</td><td>{_share(one.f1)}</td></tr>"
        for one in head.classes
    )
    return (
        "<table><caption>By class</caption><tr><th></th><th>samples</th><th>precision</th>"
        f"<th>recall</th><th>F1</th></tr>{rows}</table>"
    )


def _worst_samples(
    request: RunRequest, report: Report, names: Mapping[str, tuple[str, ...]], theme: Theme
) -> None:
    """The worst samples, with their true and predicted labels."""
    for head, of_head in report.heads.items():
        worst = of_head.worst[:SHOWN]
        if not worst:
            st.caption(f"{forms.humanize(head).capitalize()}: no errors on these samples.")
            continue
        previews = sample_view.previews(
            request.architecture, request.data, [one.row for one in worst]
        )
        if previews is None:
            continue
        title = f"Samples with the largest errors of {forms.humanize(head)}"
        if of_head.target != "values":
            title = f"Wrong predictions of {forms.humanize(head)}, the most confident first"
        with st.expander(title, key=f"wrong.{head}"):
            predicted = [_prediction(one, of_head, names.get(head, ())) for one in worst]
            samples = [previews[one.row] for one in worst]
            st.html(
                sample_drawings.table(
                    request.architecture, samples, theme, rows={"predicted": predicted}
                )
            )


def _prediction(one: Wrong, head: HeadReport, names: Sequence[str]) -> str:
    if head.target == "values":
        return f"{one.predicted:.2f}"
    confidence = "" if one.confidence is None else f" ({one.confidence:.0%})"
    return f"{_label(int(one.predicted), names)}{confidence}"


def _label(label: int, names: Sequence[str]) -> str:
    return names[label] if label < len(names) else str(label)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
