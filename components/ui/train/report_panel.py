"""What a run came to, head by head: confusion or scatter, scores, the worst samples, the cost."""

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
"""Wrong samples drawn."""
CELLS = 20
"""Classes of a confusion matrix that is shown as a table."""
SCATTER = 300
MEASURES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "auc": "AUC",
    "r2_score": "R²",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
}


def report(
    run: Run, request: RunRequest | None, store: Store, theme: Theme, form: ImageFormat
) -> None:
    """The report of a run that ended; nothing where it ended before there was one."""
    found = store.report(run.id)
    if found is None or request is None:
        return
    on = "samples held back" if found.validated else "samples it was trained on"
    pace = f"{duration(found.epoch_seconds)} an epoch"
    st.markdown(
        f"**Report** · after epoch {found.epoch}, on {found.samples:,} {on} · "
        f"{duration(found.seconds)} in all, {pace} · "
        f"{byte_size(found.memory_bytes)} of memory at most"
    )
    names = _names(request)
    for head, of_head in found.heads.items():
        title = (
            f'<dt class="of">{escape(forms.humanize(head))}</dt>' if len(found.heads) > 1 else ""
        )
        _figures(of_head, title)
        if of_head.target == "values":
            _scatter(run, head, of_head, theme, form)
        else:
            known = names.get(head, ())
            tables = f"{confusion(of_head, known, theme)}{_scores(of_head, known)}"
            st.html(f'<div class="report">{tables}</div>')
    _wrong(request, found, names, theme)


def _names(request: RunRequest) -> Mapping[str, tuple[str, ...]]:
    """The classes' names by head, where the data has any."""
    if isinstance(request.data, DataSpec):
        return {}
    try:
        return about(request.data).classes
    except PlaygroundError:
        return {}


def _figures(found: HeadReport, title: str) -> None:
    figures = "".join(
        f"<div><dt>{MEASURES.get(key, key)}</dt><dd>{value:.4f}</dd></div>"
        for key, value in found.measures.items()
    )
    st.html(f'<dl class="figures small">{title}{figures}</dl>')


def _scatter(run: Run, name: str, found: HeadReport, theme: Theme, form: ImageFormat) -> None:
    told = f"{run.name} {forms.humanize(name)} predicted"
    chart_download.chart(
        scatter(name, found, theme),
        told,
        form,
        theme,
        key=f"truth.{name}",
        height=SCATTER,
        width=460,
        alt=f"Predicted {name} against its true value",
    )


def confusion(found: HeadReport, names: Sequence[str], theme: Theme) -> str:
    """The confusion matrix as a table, darker where a share of a class is larger."""
    if not found.confusion or len(found.confusion) > CELLS:
        return ""
    labels = [_label(place, names) for place in range(len(found.confusion))]
    head = "".join(f"<th>{escape(label)}</th>" for label in labels)
    rows = []
    for place, row in enumerate(found.confusion):
        total = sum(row) or 1
        cells = "".join(
            f'<td class="cell" style="background:color-mix(in srgb, '
            f"{theme.merge.solid if place == column else theme.wrong.solid} "
            f'{round(70 * count / total)}%, transparent)" '
            f'title="{count} of class {escape(labels[place])}, {count / total:.1%}, taken for '
            f'{escape(labels[column])}">{count}</td>'
            for column, count in enumerate(row)
        )
        rows.append(f"<tr><th>{escape(labels[place])}</th>{cells}</tr>")
    return (
        f"<table><caption>Confusion: true by row, predicted by column</caption>"
        f"<tr><th></th>{head}</tr>{''.join(rows)}</table>"
    )


def scatter(name: str, found: HeadReport, theme: Theme) -> dict[str, Any]:
    """An ECharts option: predicted against true values, and the line where they are equal."""
    values = [value for point in found.points for value in point]
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
                "data": [list(point) for point in found.points],
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


def _scores(found: HeadReport, names: Sequence[str]) -> str:
    """Precision, recall and F1 of each class."""
    if not found.classes:
        return ""
    rows = "".join(
        f"<tr><th>{escape(_label(one.label, names))}</th><td>{one.samples}</td>"
        f"<td>{_share(one.precision)}</td><td>{_share(one.recall)}</td><td>{_share(one.f1)}</td></tr>"
        for one in found.classes
    )
    return (
        "<table><caption>By class</caption><tr><th></th><th>samples</th><th>precision</th>"
        f"<th>recall</th><th>F1</th></tr>{rows}</table>"
    )


def _wrong(
    request: RunRequest, found: Report, names: Mapping[str, tuple[str, ...]], theme: Theme
) -> None:
    """The worst samples drawn, with what was true and what was said."""
    for head, of_head in found.heads.items():
        worst = of_head.worst[:SHOWN]
        if not worst:
            st.caption(f"{forms.humanize(head).capitalize()}: nothing was told wrong.")
            continue
        drawn = sample_view.drawn(request.architecture, request.data, [one.row for one in worst])
        if drawn is None:
            continue
        kind = "furthest off" if of_head.target == "values" else "told wrong most surely"
        with st.expander(f"Samples whose {forms.humanize(head)} is {kind}", key=f"wrong.{head}"):
            said = [_said(one, of_head, names.get(head, ())) for one in worst]
            shown = [drawn[one.row] for one in worst]
            st.html(
                sample_drawings.table(request.architecture, shown, theme, said={"predicted": said})
            )


def _said(one: Wrong, found: HeadReport, names: Sequence[str]) -> str:
    if found.target == "values":
        return f"{one.predicted:.2f}"
    sure = "" if one.confidence is None else f" ({one.confidence:.0%})"
    return f"{_label(int(one.predicted), names)}{sure}"


def _label(place: int, names: Sequence[str]) -> str:
    return names[place] if place < len(names) else str(place)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
