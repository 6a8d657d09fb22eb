"""How fast each branch learns, by epoch: a chart, what it says, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import streamlit as st

from components.inspection.speeds import explain_speeds, speeds_csv, total_speeds
from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.events import Epoch
from components.training.learning_speed import AFTER, HEADS, first_branch
from components.training.runs import Run
from components.ui.kit import chart_download, charts, html_parts, layout
from components.ui.kit.charts import Option
from components.ui.kit.curves import KEY, thinned
from components.ui.kit.downloads import download

CHART = 215
TITLE = "learning speed: Σ ‖g‖² / ‖w‖²"
NARROW = 500
"""Width in pixels up to which the legend has a line of its own."""


def learning_speed(run: Run, points: Sequence[Epoch], theme: Theme, form: ImageFormat) -> None:
    """The section of a run; nothing if there are no two branches to compare."""
    explained = explain_speeds(total_speeds(points), len(points))
    if explained is None:
        return
    layout.heading(explained.title)
    inputs = [branch["name"] for branch in run.architecture["inputs"]]
    with st.container(key="learning_speed"):
        chart_download.chart(
            speed_option(points, run.epochs, inputs, theme),
            f"{run.name} learning speed",
            form,
            theme,
            key="chart.learning_speed",
            height=CHART,
            alt="Learning speed of each branch by epoch",
        )
        with st.container():
            st.html(
                f'<p class="about">{html_parts.coded(explained.meaning)}</p>'
                f'<p class="about">It does not say: {html_parts.coded(_lower(explained.limit))}</p>'
                f'<p class="about">Sum over all steps: {html_parts.coded(explained.values)}.</p>'
            )
            download(
                "Learning speed as CSV",
                partial(speeds_csv, points),
                f"{run.name} learning speed.csv",
                key="learning_speed_csv",
                kind="tertiary",
            )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def speed_option(
    points: Sequence[Epoch], epochs: int, inputs: Sequence[str], theme: Theme
) -> Option:
    """An ECharts option: a line for each branch in its colour, dashed for what is in no branch.

    A speed is the sum over the steps of an epoch, on an axis of its logarithm.
    """
    beside = {"legend": {"top": 4, "left": 215}, "grid": {"top": 40}}
    below = {"legend": {"top": 28, "left": 8}, "grid": {"top": 64}}
    return {
        **charts.frame(TITLE, theme),
        "grid": {"left": 52, "right": 18, "bottom": 42, **beside["grid"]},
        "legend": {**charts.legend(theme), **KEY, **beside["legend"]},
        "media": [{"query": {"maxWidth": NARROW}, "option": below}, {"option": beside}],
        "tooltip": {"trigger": "axis", "valueFormatter": "%.5f"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": max(2, epochs),
            "minInterval": 1,
            **charts.x_axis("epoch", theme),
        },
        "yAxis": {"type": "log", **charts.axis(theme)},
        "series": list(_lines(points, inputs, theme)),
    }


def _lines(
    points: Sequence[Epoch], inputs: Sequence[str], theme: Theme
) -> Iterator[dict[str, Any]]:
    shown = thinned(points)
    for part in total_speeds(points):
        color = _color(part, inputs, theme)
        behind = part in (AFTER, HEADS)
        yield {
            "id": part,
            "name": part,
            "type": "line",
            "data": [[p.epoch, p.speeds[part]] for p in shown if p.speeds.get(part, 0) > 0],
            "showSymbol": len(points) < 3,
            "symbolSize": 6,
            "lineStyle": {
                "width": 1.5 if behind else 2.4,
                "type": "dashed" if behind else "solid",
                "color": color,
            },
            "itemStyle": {"color": color},
        }


def _color(part: str, inputs: Sequence[str], theme: Theme) -> str:
    """The colour of a branch's name in the diagram; where it is shared, of its first input."""
    if part in (AFTER, HEADS):
        return (theme.merge if part == AFTER else theme.head).title
    hue = inputs.index(first_branch(part))
    return theme.branches[hue % len(theme.branches)].title
