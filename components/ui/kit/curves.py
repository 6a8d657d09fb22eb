"""Loss and metrics over the epochs, as ECharts options: what moves must not be mounted anew."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.model.spec import parse
from components.render.palette import Theme
from components.training.events import Epoch

MOST = 400
"""Points of a curve that are drawn: more than a chart is wide are sent for nothing."""
NEAR = 0.012
"""Marks that are closer to one another share a line."""
COLORS = ("#7C3AED", "#0E7490", "#C2410C", "#4D7C0F", "#BE185D", "#2563EB", "#92700C", "#475569")
"""One a run, the one looked at first."""
ON_DARK = ("#A78BFA", "#22D3EE", "#FB923C", "#A3E635", "#F472B6", "#60A5FA", "#FACC15", "#94A3B8")
"""The same hues on a dark page."""


@dataclass(frozen=True)
class Curve:
    """The points of one run, with what it is called."""

    run: str
    name: str
    points: Sequence[Epoch]
    epochs: int
    keys: tuple[str, ...]
    """What it measures: `<head>/loss` and `<head>/<metric>`."""
    tip: tuple[float, float] | None = None
    """How far the epoch at work is, in epochs, and the total loss of this part."""


@dataclass(frozen=True)
class Mark:
    """A level that a measure can be held against, as a dashed line across the chart."""

    text: str
    value: float


def charts(curves: Sequence[Curve]) -> list[str]:
    """What to draw: the total loss where there are several heads, then all that is measured."""
    keys = list(dict.fromkeys(key for curve in curves for key in curve.keys))
    heads = {key.partition("/")[0] for key in keys}
    return ["loss", *keys] if len(heads) > 1 else keys


def measured(architecture: Mapping[str, Any]) -> tuple[str, ...]:
    """What a run of an architecture, given as data, measures of each head."""
    heads = parse(dict(architecture)).heads
    return tuple(f"{head.name}/{name}" for head in heads for name in ("loss", *head.metrics))


def title(key: str) -> str:
    """`relevance/accuracy` -> `relevance · accuracy`."""
    return key.replace("/", " · ").replace("_", " ")


def option(
    key: str, curves: Sequence[Curve], theme: Theme, marks: Sequence[Mark] = ()
) -> Mapping[str, Any]:
    """An ECharts option: training as a thin line, validation as a thick one, a colour a run."""
    longest = max((curve.epochs for curve in curves), default=1)
    alone = len(curves) == 1
    series = [
        line
        for place, curve in enumerate(curves)
        for line in _lines(key, curve, color_of(place, theme), alone)
    ]
    axis = {
        "axisLabel": {"color": theme.quiet},
        "splitLine": {"lineStyle": {"color": theme.quiet, "opacity": 0.18}},
        "nameTextStyle": {"color": theme.quiet},
    }
    if marks:
        series.append(levels(marks, theme))
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Source Sans, sans-serif"},
        "title": {
            "text": title(key),
            "left": 8,
            "top": 4,
            "textStyle": {"color": theme.ink, "fontSize": 14, "fontWeight": 600},
        },
        "legend": {
            "type": "scroll",
            "top": 28,
            "left": 8,
            "textStyle": {"color": theme.quiet},
            "pageTextStyle": {"color": theme.quiet},
        },
        "grid": {"left": 52, "right": 18, "top": 62, "bottom": 52},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": max(2, longest),
            "minInterval": 1,
            "name": "epoch",
            "nameLocation": "middle",
            "nameGap": 22,
            **axis,
            "splitLine": {"show": False},
        },
        "yAxis": {"type": "value", "scale": True, **_span(key, curves, marks), **axis},
        "dataZoom": [{"type": "inside", "filterMode": "none"}],
        "series": series,
    }


def levels(marks: Sequence[Mark], theme: Theme) -> dict[str, Any]:
    """A series without points that carries the marks; levels that are told apart by no eye share
    a line."""
    lines: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.value):
        if lines and mark.value - lines[-1].value < NEAR:
            lines[-1] = Mark(f"{lines[-1].text}, {mark.text}", lines[-1].value)
        else:
            lines.append(mark)
    return {
        "id": "levels",
        "type": "line",
        "data": [],
        "markLine": {
            "silent": True,
            "symbol": "none",
            "animation": False,
            "lineStyle": {"color": theme.quiet, "type": "dashed", "width": 1.2, "opacity": 0.9},
            "label": {
                "position": "insideStartTop",
                "color": theme.quiet,
                "fontSize": 11,
                "distance": [4, 2],
            },
            "data": [
                {"yAxis": line.value, "label": {"formatter": f"{line.text} {line.value:.2f}"}}
                for line in lines
            ],
        },
    }


def _span(key: str, curves: Sequence[Curve], marks: Sequence[Mark]) -> dict[str, float]:
    """Ends of the axis that show all points and marks; none where ECharts may choose."""
    bounded = "accuracy" in key or key.endswith(("auc", "precision", "recall"))
    if not marks:
        return {"max": 1} if bounded else {}
    found = [
        point.logs[name]
        for curve in curves
        for point in _thinned(curve.points)
        for name in (key, f"val_{key}")
        if name in point.logs
    ]
    levels = [mark.value for mark in marks]
    low = min([*levels, *(max(value, min(levels) - 1) for value in found)])
    high = 1.0 if bounded else max([*levels, *found])
    step = 0.05 if high - low < 1 else 0.25
    return {"min": round(math.floor((low - 0.02) / step) * step, 2), "max": high}


def _thinned(points: Sequence[Epoch]) -> Sequence[Epoch]:
    """At most about `MOST` points, evenly spaced, the last one among them."""
    stride = -(-len(points) // MOST) or 1
    return points[(len(points) - 1) % stride :: stride]


def color_of(place: int, theme: Theme) -> str:
    """The colour of a run by its place among those drawn."""
    colors = ON_DARK if theme.name == "dark" else COLORS
    return colors[place % len(colors)]


def _lines(key: str, curve: Curve, color: str, alone: bool) -> list[dict[str, Any]]:
    drawn = []
    heads = {measure.partition("/")[0] for measure in curve.keys}
    totals = {"loss"} if len(heads) > 1 else {f"{head}/loss" for head in heads}
    for prefix, said, width, opacity in (
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
                    "name": said if alone else curve.name,
                    "type": "line",
                    "data": points,
                    "showSymbol": len(points) < 3,
                    "symbolSize": 5,
                    "lineStyle": {"width": width, "color": color, "opacity": opacity},
                    "itemStyle": {"color": color, "opacity": opacity},
                }
            )
    return drawn
