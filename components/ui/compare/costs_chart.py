"""Means of strategies against their cost, as an ECharts option."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from components.race.result import DatasetResult, RaceResult, StrategyResult
from components.render.palette import Theme
from components.ui.compare.chart_parts import (
    DRAWN,
    color,
    ends,
    levels,
)
from components.ui.kit.charts import Option, frame, x_axis, y_axis

Axis = Literal["parameters", "FLOPs", "ms a step"]
AXES: tuple[Axis, ...] = ("parameters", "FLOPs", "ms a step")
PLOT, LETTERS, BESIDE = 235.0, 13.0, 0.18
"""Pixels of a plot's height and from line to line; the share of its width within which labels could
meet."""


def against(
    table: DatasetResult, entries: Sequence[str], result: RaceResult, axis: Axis, theme: Theme
) -> Option:
    """Means with their intervals against the cost of the strategies."""
    rows = [row for row in table.rows if row.mean is not None and _cost(row, axis)]
    percent = 100.0 if result.measure.share else 1.0
    means = [row.mean for row in rows if row.mean is not None]
    spans = [end for row in rows for end in (row.low, row.high) if end is not None]
    reach = ends(means, spans, table.marks, percent)
    heights = [percent * mean for mean in means]
    lower = _lowered(_along([_cost(row, axis) for row in rows]), heights, reach)
    series: list[dict[str, Any]] = []
    for row, offset in zip(rows, lower, strict=True):
        x, tint = _cost(row, axis), color(row.entry, entries, theme)
        if row.low is not None and row.high is not None:
            series.append(
                {
                    "id": f"{row.entry}.span",
                    "name": row.title,
                    "type": "line",
                    "data": [[x, percent * row.low], [x, percent * row.high]],
                    "symbol": "none",
                    "silent": True,
                    "tooltip": {"show": False},
                    "lineStyle": {"color": tint, "width": 2, "opacity": 0.6},
                }
            )
        series.append(
            {
                "id": row.entry,
                "name": row.title,
                "type": "scatter",
                "data": [[x, percent * (row.mean or 0.0)]],
                "symbolSize": 13,
                "itemStyle": {"color": tint, "borderColor": theme.page, "borderWidth": 1.5},
                "label": {
                    "show": len(rows) <= 2 * DRAWN,
                    "formatter": "{a}",
                    "position": "right",
                    "color": theme.ink,
                    "fontSize": 12,
                    "offset": [0, offset],
                },
            }
        )
    series.append(levels(table.marks, percent, theme))
    title = f"{result.measure.title} against {axis}"
    return {
        **frame(title, theme, right=150),
        "tooltip": {"trigger": "item"},
        "xAxis": {
            **_reach([_cost(row, axis) for row in rows]),
            **x_axis(axis, theme),
        },
        "yAxis": y_axis(reach, theme),
        "series": series,
    }


def _cost(row: StrategyResult, axis: Axis) -> float:
    return float({"parameters": row.parameters, "FLOPs": row.flops}.get(axis, row.step_ms or 0.0))


def _reach(costs: Sequence[float]) -> dict[str, Any]:
    """The axis of costs and its ends: logarithmic if they differ by large factors."""
    if not costs or max(costs) < 8 * min(costs):
        return {"type": "value", "scale": True}
    return {"type": "log", "min": _tidy(min(costs) / 1.5), "max": _tidy(max(costs) * 1.5)}


def _along(costs: Sequence[float]) -> list[float]:
    """The positions of points along the drawn axis, 0 to 1."""
    if _reach(costs)["type"] == "log":
        costs = [math.log(cost) for cost in costs]
    low, high = min(costs, default=0.0), max(costs, default=0.0)
    return [(cost - low) / (high - low or 1.0) for cost in costs]


def _lowered(
    along: Sequence[float], values: Sequence[float], reach: Mapping[str, float]
) -> list[float]:
    """The pixels that each label moves down, so that labels side by side don't overlap."""
    span = reach.get("max", 1.0) - reach.get("min", 0.0) or 1.0
    places: list[tuple[float, float]] = []
    offsets = [0.0] * len(values)
    for index in sorted(range(len(values)), key=lambda index: -values[index]):
        natural = y = -values[index] / span * PLOT
        for taken, other in sorted(places):
            if abs(along[index] - other) < BESIDE and abs(y - taken) < LETTERS:
                y = taken + LETTERS
        places.append((y, along[index]))
        offsets[index] = round(y - natural, 1)
    return offsets


def _tidy(value: float) -> float:
    """The value with one digit."""
    return float(f"{value:.0e}")
