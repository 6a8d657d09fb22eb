"""The charts of a run: its curves, overlaid runs, and the decision surface."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.events import Epoch
from components.training.requests import RunRequest
from components.training.runs import Run
from components.training.visitor_runs import VisitorRuns
from components.ui.kit import chart_download, curves, layout
from components.ui.kit.curves import Curve
from components.ui.train import ceilings_panel, surface_chart
from components.ui.train.ceilings_panel import DataLimits
from sample_data.synthetic import DataSpec

CHART = 330


def curve(run: Run, points: Sequence[Epoch]) -> Curve:
    """A run's epochs as a curve, with the progress of its current epoch."""
    now = run.progress
    tip = (len(points) + now.fraction, now.loss) if now else None
    return Curve(run.id, run.name, points, run.epochs, curves.measured(run.architecture), tip)


def charts(
    run: Run, request: RunRequest | None, drawn: Sequence[Curve], runs: VisitorRuns, theme: Theme
) -> ImageFormat:
    """The curves and the surface, below a choice of the file type for saving charts."""
    limits = limits_of(request)
    keys = curves.measures(drawn)
    with layout.row("charts_head", spread=True):
        several = "Thick lines: validation. Thin lines: training."
        st.caption(several if len(drawn) > 1 else "", width="content")
        form = chart_download.select_format()
    surface = runs.surface(run) if request else None
    plane = surface is not None
    columns = [column for _ in range(-(-(len(keys) + plane) // 2)) for column in st.columns(2)]
    if surface is not None and request is not None:
        with columns[0]:
            surface_chart.show(request, surface, theme, CHART, form)
    for column, key in zip(columns[plane:], keys, strict=False):
        with column:
            title = f"{run.name} {curves.title(key)}"
            option = curves.option(key, drawn, theme, ceilings_panel.level_lines(limits, key))
            chart_download.chart(
                option,
                title,
                form,
                theme,
                key=f"chart.{key}",
                height=CHART,
                alt=f"{curves.title(key)} by epoch",
            )
    return form


def limits_of(request: RunRequest | None) -> DataLimits | None:
    """The limits of a run's data; `None` while they are computed, and for real data."""
    if request is None or not isinstance(request.data, DataSpec):
        return None
    return ceilings_panel.data_limits(request.architecture, request.data)
