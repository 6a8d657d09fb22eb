"""The Train page in projector mode: one curve of the latest run, large, with its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from components.render.palette import Theme
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.charts import curves
from components.ui.data.drawn_run import DrawnRun, level_lines, levels
from components.ui.frame import present
from components.ui.widgets import layout
from components.ui.widgets.html_parts import Figure


def latest_run(runs: VisitorRuns) -> str | None:
    """The visitor's latest run."""
    latest = runs.list(limit=1)
    return latest[0].id if latest else None


def show_presented(run: Run | None, drawn: Sequence[DrawnRun], theme: Theme) -> None:
    """One measure of a run, and of those over it; the first is the accuracy, if it has one."""
    lines = [one.curve for one in drawn]
    keys = {key: curves.title(key) for key in curves.measures(lines)}
    first = next((key for key in keys if not key.endswith("loss")), next(iter(keys)))
    head = st.container()
    key = layout.switch("Measure", keys, f"present_measure.{len(keys)}", first)
    with head:
        present.heading(run.name if run else "No run yet", _figures(run, drawn[0], key))
    option = curves.option(key, lines, theme, levels(drawn, key))
    present.chart(option, curves.alt(key, lines))


def _figures(run: Run | None, shown: DrawnRun, key: str) -> Iterator[Figure]:
    """How far the run is, its latest value, and the best possible one."""
    points = shown.curve.points
    if run is not None:
        yield Figure("Epoch", f"{len(points):,} of {run.epochs:,}")
    value = points[-1].logs.get(f"val_{key}", points[-1].logs.get(key)) if points else None
    if value is not None:
        yield Figure(
            "Validation" if f"val_{key}" in points[-1].logs else "Training", f"{value:.3f}"
        )
    for line in level_lines(shown.limits, key)[-1:]:
        yield Figure(line.text, f"{line.value:.3f}")
