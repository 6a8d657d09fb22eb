"""The charts of a run: its curves, overlaid runs, and the decision surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.model.spec import Architecture, parse
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.runs.run import Run
from components.training.events import Epoch, Surface
from components.training.requests import RunRequest
from components.ui.charts import chart_download, curves
from components.ui.charts.charts import LevelLine
from components.ui.charts.curves import Curve, Moment
from components.ui.data.data_limits import DataLimits, data_limits
from components.ui.editor.train_state import TrainState
from components.ui.train import ceilings_panel, surface_chart
from components.ui.widgets import forms, layout
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

CHART = 225
"""Height in pixels: two charts and the report are on a screen of 720."""


@dataclass(frozen=True)
class DrawnRun:
    """A curve, and the model and data whose ceilings it is to be compared with."""

    curve: Curve
    architecture: Architecture | None = None
    data: Data | None = None
    limits: DataLimits | None = None
    """The limits of its data; `None` while they are computed, and for real data."""

    @property
    def pending(self) -> bool:
        """Whether its limits are still being computed."""
        return isinstance(self.data, DataSpec) and self.limits is None


def _with_limits(curve: Curve, architecture: Architecture, data: Data | None) -> DrawnRun:
    if not isinstance(data, DataSpec):
        return DrawnRun(curve, architecture, data)
    limits = data_limits(architecture, data)
    return DrawnRun(curve, architecture, data, limits)


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


def drawn(
    run: Run, name: str, request: RunRequest | None, points: Sequence[Epoch], train: TrainState
) -> DrawnRun:
    """A run as it is drawn under a name, with the progress of its current epoch."""
    architecture = request.architecture if request else parse(dict(run.architecture))
    keys, color = curves.measured(architecture), train.colors.get(run.id, 0)
    now = run.progress
    tip = (now.epochs_done, now.logs) if now else None
    trail = _followed(train, run.id, tip) if tip and not points else train.trails.get(run.id, ())
    curve = Curve(run.id, name, points, run.epochs, keys, trail, tip, color)
    if request is None:
        return DrawnRun(curve)
    return _with_limits(curve, request.data_architecture, request.data)


def _followed(train: TrainState, run_id: str, tip: Moment) -> Sequence[Moment]:
    """The moments of a run's first epoch that this session has seen, with the present one."""
    trail = train.trails.setdefault(run_id, [])
    if not trail or trail[-1][0] < tip[0]:
        trail.append(tip)
    return trail


def planned(architecture: Architecture, train: TrainState) -> DrawnRun:
    """The next run, which has no points yet."""
    keys, epochs = curves.measured(architecture), train.settings["epochs"]
    data = train.spec(architecture) if train.source == "relation" else None
    return _with_limits(Curve("", "", (), epochs, keys), architecture, data)


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


def foot(several: bool) -> ImageFormat:
    """What stands below the curves and the report; returns the file type for saving charts."""
    with layout.row("charts_foot", spread=True):
        text = "Thick lines: validation. Thin lines: training." if several else ""
        st.caption(text, width="content")
        return chart_download.select_format()


def levels(drawn_runs: Sequence[DrawnRun], key: str) -> Sequence[LevelLine]:
    """The ceilings of the data; none unless all runs have the same."""
    first, *others = (ceilings_panel.level_lines(one.limits, key) for one in drawn_runs)
    return first if all(other == first for other in others) else ()
