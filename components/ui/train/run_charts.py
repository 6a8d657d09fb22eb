"""The charts of a run: its curves, overlaid runs, and the decision surface."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.run import Run
from components.training.events import Surface
from components.ui.charts import chart_download, curves
from components.ui.data.drawn_run import DrawnRun, levels
from components.ui.train import surface_chart
from components.ui.widgets import forms, layout
from sample_data.synthetic import DataSpec

CHART = 225
"""Height in pixels: two charts and the report are on a screen of 720."""


def names(runs: Sequence[Run]) -> list[str]:
    """The names of runs; those of one name with the settings in which they differ."""
    result = []
    for run in runs:
        same = [other.settings for other in runs if other.name == run.name]
        differing = [
            key for key in run.settings if any(o.get(key) != run.settings[key] for o in same)
        ]
        parts = (f"{forms.humanize(key)} {run.settings[key]}" for key in differing)
        result.append(", ".join((run.name, *parts)))
    return result


def show(
    drawn_runs: Sequence[DrawnRun], surface: Surface | None, theme: Theme, form: ImageFormat
) -> None:
    """The surface and the curves of the first run, with the curves of the others over them."""
    first, lines = drawn_runs[0], [one.curve for one in drawn_runs]
    surface = surface or surface_chart.before_training(first.architecture, first.data)
    keys = curves.measures(lines)
    many = len(keys) + (surface is not None) > 2
    with st.container(key="charts_many" if many else "charts"):
        if surface is not None:
            surface_chart.show(first.architecture, first.data, surface, theme, form)
        for key in keys:
            chart_download.chart(
                curves.option(key, lines, theme, levels(drawn_runs, key), many),
                f"{first.curve.name} {curves.title(key)}".strip(),
                form,
                theme,
                key=f"chart.{key}",
                height=CHART,
                alt=curves.alt(key, lines),
            )


def foot(drawn_runs: Sequence[DrawnRun]) -> ImageFormat:
    """What stands below the curves and the report; returns the file type for saving charts."""
    with layout.row("charts_foot", spread=True):
        text = "Thick lines: validation. Thin lines: training." if len(drawn_runs) > 1 else ""
        if of_different_data(drawn_runs):
            text += " These runs have different data: their values can't be compared."
        st.caption(text, width="content")
        return chart_download.select_format()


def of_different_data(drawn_runs: Sequence[DrawnRun]) -> bool:
    """Whether runs were trained on data that differs in more than its seed."""
    every = [one.data for one in drawn_runs if one.curve.run]
    specs = [
        one.model_copy(update={"seed": 0}) if isinstance(one, DataSpec) else one for one in every
    ]
    return any(spec != specs[0] for spec in specs)
