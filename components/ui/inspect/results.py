"""The result of an inspection, head by head: its charts, and the table of all measures."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from components.core.text import duration, plural
from components.inspection.explanation import quality_name
from components.inspection.results import HeadInspection, Inspection
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.requests import RunRequest
from components.training.runs import Run
from components.ui.inspect.measures_table import measures_csv, measures_table
from components.ui.inspect.waterfall import ceiling_lines, waterfall
from components.ui.kit import chart_download, forms, layout
from components.ui.kit.data_limits import data_limits
from components.ui.kit.downloads import download
from sample_data.ceilings import Ceilings
from sample_data.synthetic import DataSpec

CHART = 330


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
    name = _chosen_head(run, inspection)
    head = inspection.heads[name]
    charts_area, below = st.container(), st.container()
    with layout.row("inspect_foot", spread=True):
        _csv(run, inspection)
        form = chart_download.select_format()
    with charts_area:
        _charts(run, request, name, head, theme, form)
    with below:
        layout.heading("Measures")
        st.html(measures_table(head))


def limits_pending(request: RunRequest | None) -> bool:
    """Whether the ceilings of a request's data are still being computed."""
    data = request.data if request else None
    return (
        isinstance(data, DataSpec)
        and request is not None
        and (data_limits(request.architecture, data) is None)
    )


def _chosen_head(run: Run, inspection: Inspection) -> str:
    names = {name: forms.humanize(name) for name in inspection.heads}
    if len(names) == 1:
        return next(iter(names))
    chosen: str = layout.switch("Head", names, f"inspect_head.{run.id}", labelled=True)
    return chosen


def _charts(
    run: Run,
    request: RunRequest | None,
    name: str,
    head: HeadInspection,
    theme: Theme,
    form: ImageFormat,
) -> None:
    title = f"{forms.humanize(name)}: shares of {quality_name(head)}"
    ceilings = _ceilings(request, name)
    with st.container(key="inspect_charts"):
        chart_download.chart(
            waterfall(head, ceilings, theme, title),
            f"{run.name} {name} shares",
            form,
            theme,
            key=f"waterfall.{name}",
            height=CHART,
            alt=f"From chance to {quality_name(head)}: the share of each input",
        )
    st.html(f'<p class="inspect-levels">{escape(_levels_text(ceilings))}</p>')
    st.caption(
        "The shares lead from chance to what this model reaches, and split fairly what needs "
        "several inputs. The hatched bar is not one more step: it is the part of that sum that "
        "comes from inputs together (below 0, what they say twice). It says nothing about other "
        "models." * (len(head.inputs) > 1)
    )


def _levels_text(ceilings: Ceilings | None) -> str:
    """The ceilings in one line, for narrow windows, whose chart has no room for it."""
    levels = ", ".join(f"{line.text} {line.value:.2f}" for line in ceiling_lines(ceilings))
    return f"Dashed: {levels}." if levels else ""


def _ceilings(request: RunRequest | None, head: str) -> Ceilings | None:
    """The ceilings of a relation's data; `None` for real data, or while they are computed."""
    if request is None or not isinstance(request.data, DataSpec):
        return None
    limits = data_limits(request.architecture, request.data)
    return limits.ceilings.get(head) if limits else None


def _csv(run: Run, inspection: Inspection) -> None:
    download(
        "Measures as CSV",
        partial(measures_csv, inspection),
        f"{run.name} inspection.csv",
        key="inspection_csv",
        kind="tertiary",
    )
