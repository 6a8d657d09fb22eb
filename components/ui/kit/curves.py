"""Loss and metrics over the epochs, as ECharts options, which change without flicker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.model.spec import parse
from components.render.palette import Theme
from components.training.events import Epoch
from components.ui.kit import charts
from components.ui.kit.charts import LevelLine, Option

MOST = 400
"""Points drawn of a curve: a chart is about as many pixels wide."""


@dataclass(frozen=True)
class Curve:
    """The points of one run, with its name."""

    run: str
    name: str
    points: Sequence[Epoch]
    epochs: int
    keys: tuple[str, ...]
    """Its measures: `<head>/loss` and `<head>/<metric>`."""
    tip: tuple[float, float] | None = None
    """How far training is, in epochs, and the total loss of the epoch in progress."""


def measures(curves: Sequence[Curve]) -> list[str]:
    """The charts to draw: the total loss if there are several heads, then every measure."""
    keys = list(dict.fromkeys(key for curve in curves for key in curve.keys))
    heads = {key.partition("/")[0] for key in keys}
    return ["loss", *keys] if len(heads) > 1 else keys


def measured(architecture: Mapping[str, Any]) -> tuple[str, ...]:
    """The measures of a run: for each head its loss and metrics."""
    heads = parse(dict(architecture)).heads
    return tuple(f"{head.name}/{name}" for head in heads for name in ("loss", *head.metrics))


def title(key: str) -> str:
    """`relevance/accuracy` -> `relevance · accuracy`."""
    return key.replace("/", " · ").replace("_", " ")


def option(
    key: str, curves: Sequence[Curve], theme: Theme, levels: Sequence[LevelLine] = ()
) -> Option:
    """An ECharts option: training as a thin line, validation as a thick one, a colour a run."""
    longest = max((curve.epochs for curve in curves), default=1)
    alone = len(curves) == 1
    series = [
        line
        for number, curve in enumerate(curves)
        for line in _lines(key, curve, charts.line_color(number, theme), alone)
    ]
    if levels:
        series.append(charts.level_lines(levels, theme))
    return {
        **charts.frame(title(key), theme, right=18),
        "legend": charts.legend(theme),
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": max(2, longest),
            "minInterval": 1,
            **charts.x_axis("epoch", theme),
        },
        "yAxis": charts.y_axis(_ends(key, curves, levels), theme),
        "dataZoom": [{"type": "inside", "filterMode": "none"}],
        "series": series,
    }


def _ends(key: str, curves: Sequence[Curve], levels: Sequence[LevelLine]) -> dict[str, float]:
    """Ends of the axis that show all points and levels; without levels ECharts chooses them."""
    bounded = "accuracy" in key or key.endswith(("auc", "precision", "recall"))
    if not levels:
        return {"max": 1} if bounded else {}
    values = [
        point.logs[name]
        for curve in curves
        for point in _thinned(curve.points)
        for name in (key, f"val_{key}")
        if name in point.logs
    ]
    lines = [level.value for level in levels]
    low = min([*lines, *(max(value, min(lines) - 1) for value in values)])
    high = 1.0 if bounded else max([*lines, *values])
    step = 0.05 if high - low < 1 else 0.25
    return {"min": round(math.floor((low - 0.02) / step) * step, 2), "max": high}


def _thinned(points: Sequence[Epoch]) -> Sequence[Epoch]:
    """At most about `MOST` points, evenly spaced, the last one among them."""
    stride = -(-len(points) // MOST) or 1
    return points[(len(points) - 1) % stride :: stride]


def _lines(key: str, curve: Curve, color: str, alone: bool) -> list[dict[str, Any]]:
    drawn = []
    heads = {measure.partition("/")[0] for measure in curve.keys}
    totals = {"loss"} if len(heads) > 1 else {f"{head}/loss" for head in heads}
    for prefix, title, width, opacity in (
        ("", "training", 1.5, 0.55),
        ("val_", "validation", 2.6, 1),
    ):
        points: list[list[float]] = [
            [p.epoch, p.logs[prefix + key]]
            for p in _thinned(curve.points)
            if prefix + key in p.logs
        ]
        if curve.tip and not prefix and key in totals:
            points.append(list(curve.tip))
        if points:
            drawn.append(
                {
                    "id": f"{curve.run}.{prefix}{key}",
                    "name": title if alone else curve.name,
                    "type": "line",
                    "data": points,
                    "showSymbol": len(points) < 3,
                    "symbolSize": 5,
                    "lineStyle": {"width": width, "color": color, "opacity": opacity},
                    "itemStyle": {"color": color, "opacity": opacity},
                }
            )
    return drawn
