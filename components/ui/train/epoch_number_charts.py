"""The charts of the registered numbers of an epoch, below the report of a run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.render.interactive import ImageFormat
from components.render.palette import Theme
from components.training.epoch_numbers import EPOCH_NUMBERS
from components.training.epoch_numbers.base import EpochNumber
from components.training.events import Epoch
from components.ui.charts import chart_download, charts
from components.ui.charts.charts import Option
from components.ui.charts.curves import KEY, thinned
from components.ui.data.drawn_run import DrawnRun
from components.ui.widgets import layout

CHART = 215
"""Height in pixels."""
NARROW = 420
"""Width in pixels up to which the legend has a line of its own."""


def show(drawn: DrawnRun, theme: Theme, form: ImageFormat) -> None:
    """A chart and its explanation for each number that the epochs of a run have."""
    if drawn.architecture is None:
        return
    for kind, number in EPOCH_NUMBERS.items():
        names = number.names(drawn.architecture)
        points = drawn.curve.points
        if not any(number.key(name) in point.logs for point in points for name in names):
            continue
        layout.heading(number.title)
        with st.container(key=f"epoch_number_{kind}"):
            chart_download.chart(
                option(number, names, points, drawn.curve.epochs, theme),
                f"{drawn.curve.name} {number.title}".strip(),
                form,
                theme,
                key=f"chart.{kind}",
                height=CHART,
                alt=_alt(number, names, points),
            )
            st.caption(number.help)


def option(
    number: type[EpochNumber],
    names: Sequence[str],
    points: Sequence[Epoch],
    epochs: int,
    theme: Theme,
) -> Option:
    """An ECharts option: a line for each name, in the colour of the branch at its index."""
    beside = {"legend": {"top": 4, "left": 30 + 7 * len(number.title)}, "grid": {"top": 40}}
    below = {"legend": {"top": 28, "left": 8}, "grid": {"top": 64}}
    return {
        **charts.frame(number.title, theme),
        "grid": {"left": 52, "right": 18, "bottom": 42, **beside["grid"]},
        "legend": {**charts.legend(theme), **KEY, **beside["legend"]},
        "media": [{"query": {"maxWidth": NARROW}, "option": below}, {"option": beside}],
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": max(2, epochs),
            "minInterval": 1,
            **charts.x_axis("epoch", theme),
        },
        "yAxis": charts.y_axis({"min": 0.0}, theme),
        "series": [
            {
                "id": name,
                "name": name,
                "type": "line",
                "data": values,
                "showSymbol": len(values) < 3,
                "symbolSize": 6,
                "lineStyle": {"width": 2.2, "color": color},
                "itemStyle": {"color": color},
            }
            for index, name in enumerate(names)
            if (values := _values(number.key(name), points))
            for color in [theme.branches[index % len(theme.branches)].title]
        ],
    }


def _values(key: str, points: Sequence[Epoch]) -> list[list[float]]:
    return [[point.epoch, point.logs[key]] for point in thinned(points) if key in point.logs]


def _alt(number: type[EpochNumber], names: Sequence[str], points: Sequence[Epoch]) -> str:
    logs = points[-1].logs
    parts = [f"{name} {logs[key]:.3f}" for name in names if (key := number.key(name)) in logs]
    return f"{number.title} by epoch; last: {', '.join(parts)}"
