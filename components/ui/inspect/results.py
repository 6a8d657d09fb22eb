"""The result of an inspection, head by head: its charts, and the table of all measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from components.core.markup import to_csv
from components.core.text import duration, plural
from components.inspection.basis.results import HeadInspection, Inspection
from components.inspection.explanation import explain_head, measures_of
from components.render.html_table import html_table
from components.render.palette import Theme
from components.runs.run import Run
from components.training.requests import RunRequest
from components.ui.inspect.coalition_chart import (
    chart_height,
    coalition_chart,
    coalition_text,
    drawn_coalitions,
    explain_coalitions,
)
from components.ui.inspect.samples import samples_csv, show_readouts, show_samples
from components.ui.inspect.shown_head import ShownHead
from components.ui.inspect.unplug_view import show_unplug
from components.ui.inspect.waterfall import ceiling_lines, cooperates, waterfall, waterfall_text
from components.ui.inspect.weighted_diagram import show_weighted_diagram
from components.ui.kit import chart_download, forms, html_parts, layout, present
from components.ui.kit.data_limits import data_limits
from components.ui.kit.downloads import download
from sample_data.ceilings import Ceilings
from sample_data.synthetic import DataSpec

CHART = 330
HEAD = ("Measure", "Value", "It says", "It does not say")
SHARES = (
    "The shares lead from chance to what this model reaches; what needs several inputs is shared "
    "fairly among them. The hatched bar is not one more step: it is what the inputs reach together "
    "beyond the sum of what each adds alone. Below 0, they reach less than that sum: they repeat "
    "each other, or accuracy can't rise further. Nothing here is about other models."
)


def show_results(
    run: Run, request: RunRequest | None, inspection: Inspection, theme: Theme
) -> None:
    """Everything that was measured, of one head at a time."""
    kind = "validation" if inspection.validated else "training"
    st.caption(
        f"Measured on {plural(inspection.samples, f'{kind} sample')} in "
        f"{duration(inspection.seconds)}. Inputs that are not known are taken from "
        f"{plural(inspection.background, 'sample')}."
    )
    name = chosen_head(run, inspection)
    area = st.container()
    with layout.row("inspect_foot", spread=True):
        _downloads(run, inspection, name)
        form = chart_download.select_format()
    shown = ShownHead(run, request, inspection, name, theme, form)
    with area:
        _shares(shown)
        show_weighted_diagram(shown)
        show_unplug(shown)
        layout.heading("Measures")
        st.html(measures_table(shown.head))
        sample = show_samples(shown)
        show_readouts(shown, sample)


def limits_pending(request: RunRequest | None) -> bool:
    """Whether the ceilings of a request's data are still being computed."""
    if request is None or not isinstance(request.data, DataSpec):
        return False
    return data_limits(request.architecture, request.data) is None


def chosen_head(run: Run, inspection: Inspection) -> str:
    """The head that is chosen, if there are several."""
    names = {name: forms.humanize(name) for name in inspection.heads}
    if len(names) == 1:
        return next(iter(names))
    chosen: str = layout.switch("Head", names, f"inspect_head.{run.id}", labelled=True)
    return chosen


def _shares(shown: ShownHead) -> None:
    """The waterfall, and beside it what is reached if only some inputs are known."""
    head, quality = shown.head, shown.head.quality_name
    ceilings = ceilings_of(shown.request, shown.name)
    title = f"{forms.humanize(shown.name)}: shares of {quality}"
    with st.container(key="inspect_charts"):
        shown.chart(
            waterfall(head, ceilings, shown.theme, title),
            "shares",
            CHART,
            waterfall_text(head),
        )
        if len(drawn_coalitions(head)) > 2:
            shown.chart(
                coalition_chart(head, shown.theme),
                "coalitions",
                chart_height(head, CHART),
                coalition_text(head),
            )
    st.html(f'<p class="inspect-levels">{escape(_levels_text(ceilings))}</p>')
    if cooperates(head):
        st.caption(f"{SHARES} {explain_coalitions(head)}")


def _levels_text(ceilings: Ceilings | None) -> str:
    """The ceilings in one line, for narrow windows, whose chart has no room for it."""
    levels = ", ".join(f"{line.text} {line.value:.2f}" for line in ceiling_lines(ceilings))
    return f"Dashed: {levels}." if levels else ""


def ceilings_of(request: RunRequest | None, head: str) -> Ceilings | None:
    """The ceilings of a relation's data; `None` for real data, or while they are computed."""
    if request is None or not isinstance(request.data, DataSpec):
        return None
    limits = data_limits(request.architecture, request.data)
    return limits.ceilings.get(head) if limits else None


def _downloads(run: Run, inspection: Inspection, name: str) -> None:
    files: tuple[tuple[str, Callable[[], str]], ...] = (
        ("measures", partial(measures_csv, inspection)),
        ("samples", partial(samples_csv, inspection.heads[name])),
    )
    with layout.row("inspect_downloads", width="content"):
        for title, make in files:
            download(
                f"{title.capitalize()} as CSV",
                make,
                f"{run.name} {title}.csv",
                key=f"inspection_csv.{title}",
                kind="tertiary",
            )


def show_presented(
    run: Run, request: RunRequest | None, inspection: Inspection, theme: Theme
) -> None:
    """Projector mode: the waterfall of one head, with the ceilings of the data."""
    present.heading(run.name)
    name = chosen_head(run, inspection)
    head = inspection.heads[name]
    title = f"{forms.humanize(name)}: shares of {head.quality_name}"
    option = waterfall(head, ceilings_of(request, name), theme, title)
    present.chart(option, waterfall_text(head))


def measures_table(head: HeadInspection) -> str:
    """The table as HTML."""
    rows = [
        (one.title, *map(html_parts.coded, (one.values, one.meaning, one.limit)))
        for one in explain_head(head)
    ]
    return f'<div class="measures">{html_table(rows, HEAD, row_heads=True)}</div>'


def measures_csv(inspection: Inspection) -> str:
    """The numbers of all heads, one a row."""
    rows: list[tuple[object, ...]] = [("head", "measure", "input", "value", "standard error")]
    for name, head in inspection.heads.items():
        rows += [(name, *row) for row in _numbers(head)]
    return to_csv(rows)


def _numbers(head: HeadInspection) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        ("quality", "", head.quality, ""),
        ("without any input", "", head.nothing, ""),
    ]
    for measure in measures_of(head):
        names = head.inputs if measure.of_inputs else ("",)
        for name, number in zip(names, measure.of(head), strict=True):
            rows.append((measure.title, name, number.value, number.error or ""))
    rows += [("coalition", " + ".join(c.inputs), c.value, "") for c in head.coalitions]
    return rows
