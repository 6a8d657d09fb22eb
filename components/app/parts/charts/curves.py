"""Loss and metrics over the epochs, as ECharts options that change without flicker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeVar

from components.base.text import free_name, plural
from components.experiments.training.events import Epoch
from components.models.architecture.architecture import Architecture
from components.models.drawing import charts
from components.models.drawing.charts import NARROW, LevelLine, Option
from components.models.drawing.palette import Theme

MOST = 400
"""Number of points drawn of a curve: about the width of a chart in pixels."""
NARROW_FOR_SEVERAL = 640
"""Width in pixels up to which the legend of several runs has a line of its own."""
KEY = {"right": 40, "icon": "rect", "itemWidth": 16, "itemHeight": 3, "itemGap": 14}
"""Look of lines in the legend."""
TICKS = 7
"""Largest number of steps between the ticks of an axis."""
LEAST_SPAN = 1e-3
"""Least span of an axis."""

T = TypeVar("T")
Moment = tuple[float, Mapping[str, float]]
"""Progress of training in epochs, and the training logs of its current epoch so far."""


@dataclass(frozen=True)
class Curve:
    """Points of one run, with its name and the number of its colour."""

    run: str
    name: str
    points: Sequence[Epoch]
    epochs: int
    keys: tuple[str, ...]
    """Measures: `<head>/loss` and `<head>/<metric>`."""
    trail: Sequence[Moment] = ()
    """Moments of the first epoch."""
    tip: Moment | None = None
    """Present moment, within an epoch."""
    color: int = 0


def measures(curves: Sequence[Curve]) -> list[str]:
    """Return the charts to draw: the total loss if there are several heads, then every measure."""
    keys = list(dict.fromkeys(key for curve in curves for key in curve.keys))
    heads = {key.partition("/")[0] for key in keys}
    return ["loss", *keys] if len(heads) > 1 else keys


def measured(architecture: Architecture) -> tuple[str, ...]:
    """Return the measures of a run: for each head its loss and metrics."""
    return tuple(
        f"{head.name}/{name}" for head in architecture.heads for name in ("loss", *head.metrics)
    )


def title(key: str) -> str:
    """Format the key of a measure: `relevance/accuracy` -> `relevance · accuracy`."""
    return key.replace("/", " · ").replace("_", " ")


def alt(key: str, curves: Sequence[Curve]) -> str:
    """Describe a chart in words: the measure and the last value of each run."""
    texts = [text for curve in curves if (text := _last_values(key, curve))]
    return "; ".join([f"{title(key)} by epoch", *texts])


def _last_values(key: str, curve: Curve) -> str:
    logs = curve.points[-1].logs if curve.points else {}
    parts = (("training", key), ("validation", f"val_{key}"))
    values = ", ".join(f"{part} {logs[name]:.3f}" for part, name in parts if name in logs)
    return f"{curve.name} after {plural(len(curve.points), 'epoch')}: {values}" if values else ""


def option(
    key: str,
    curves: Sequence[Curve],
    theme: Theme,
    levels: Sequence[LevelLine] = (),
    small: bool = False,
    margin: bool = False,
) -> Option:
    """Return an ECharts option: training as a thin line, validation as a thick one.

    Each run has a colour. In a `small` chart, of which two stand side by side, texts of levels
    stand over it. With `margin` a chart without levels keeps the margin of one that has them, so
    that their epochs align.
    """
    longest = max((curve.epochs for curve in curves), default=1)
    alone = len(curves) == 1
    names = [] if alone else _names(curves)
    series = [
        line
        for curve, name in zip_longest(curves, names)
        for line in _lines(key, curve, theme, name)
    ]
    ends = _ends(key, curves, levels)
    keys = None if alone else _keys(curves, names, theme)
    drawn = over_epochs(title(key), series, longest, ends, theme, levels, small, keys)
    if margin and not levels and not small:
        drawn["media"][-1]["option"]["grid"]["right"] = charts.BESIDE + 10
    return drawn


def over_epochs(
    name: str,
    series: list[dict[str, Any]],
    epochs: int,
    ends: Mapping[str, float],
    theme: Theme,
    levels: Sequence[LevelLine] = (),
    small: bool = False,
    keys: Sequence[Mapping[str, Any]] | None = None,
) -> Option:
    """Return an ECharts option of lines over the epochs, with level lines and `keys` as legend.

    The legend is beside the title and texts of levels beside the chart; in a narrow chart the
    legend is below the title. There and in a `small` one texts of levels stand above the ends of
    their lines.
    """
    beside: dict[str, Any] = {
        "legend": {"top": 4, "left": 30 + 7 * len(name)},
        "grid": {"top": 40, "right": 18},
    }
    below: dict[str, Any] = {"legend": {"top": 28, "left": 8}, "grid": {"top": 64, "right": 18}}
    if levels:
        narrow, wide = charts.level_layouts(levels, theme, ends["max"] - ends["min"])
        lines = narrow if small else {**wide, "grid": {"top": 48, **wide["grid"]}}
        below["series"] = narrow["series"]
        beside = {**beside, **lines, "grid": {**beside["grid"], **lines["grid"]}}
        series = [*series, *lines["series"]]
    return {
        **charts.frame(name, theme),
        "grid": {"left": 46, "bottom": 42, **beside["grid"]},
        "legend": {
            **charts.legend(theme),
            **KEY,
            **beside["legend"],
            **({} if keys is None else {"data": keys}),
        },
        "media": [
            {"query": {"maxWidth": NARROW_FOR_SEVERAL if keys else NARROW}, "option": below},
            {"option": beside},
        ],
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4f"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": max(2, epochs),
            "minInterval": 1,
            **charts.x_axis("epoch", theme),
        },
        "yAxis": charts.y_axis(ends, theme),
        "dataZoom": [{"type": "inside", "filterMode": "none"}],
        "series": series,
    }


def strip(key: str, curve: Curve, theme: Theme, levels: Sequence[LevelLine]) -> Option:
    """Return the option of a chart about 120 pixels high, without title and legend.

    Of its levels, the lowest and the highest have a text.
    """
    whole = option(key, [curve], theme, levels, small=True)
    axes = {name: whole[name] for name in ("xAxis", "yAxis")}
    small = {"fontSize": 10}
    lines = [] if not levels else charts.level_lines(levels, theme)["markLine"]["data"]
    for line in lines:
        line["label"] |= {**small, "show": line in (lines[0], lines[-1])}
    series = [
        {**one, "markLine": {**one["markLine"], "data": lines}} if "markLine" in one else one
        for one in whole["series"]
    ]
    return {
        **whole,
        "title": {"show": False},
        "legend": {"show": False},
        "media": [],
        "dataZoom": [],
        "grid": {"left": 32, "right": 10, "top": 18, "bottom": 20},
        **{
            name: {**axis, "name": "", "axisLabel": {**axis["axisLabel"], **small}}
            for name, axis in axes.items()
        },
        "series": series,
    }


def latest(key: str, curve: Curve) -> float | None:
    """Return the last value of a measure: that of validation if there is one."""
    logs = curve.points[-1].logs if curve.points else {}
    return logs.get(f"val_{key}", logs.get(key))


def _ends(key: str, curves: Sequence[Curve], levels: Sequence[LevelLine]) -> dict[str, float]:
    """Return round ends of the axis that show all points and levels.

    With levels, the first moments of a run may be outside, as they are of few samples.
    """
    moments = [
        logs
        for curve in curves
        for _, logs in (*curve.trail, *filter(None, [curve.tip]))
        if key in logs
    ]
    values = [
        point.logs[name]
        for curve in curves
        for point in thinned(curve.points)
        for name in (key, f"val_{key}")
        if name in point.logs
    ]
    values += [] if levels else [logs[key] for logs in moments]
    bounded = "accuracy" in key or key.endswith(("auc", "precision", "recall"))
    if not values and not levels:
        return {"min": 0.0, "max": 1.0}
    lines = [level.value for level in levels]
    low = min([*lines, *(max(value, min(lines, default=value) - 1) for value in values)])
    high = 1.0 if bounded else max([*lines, *values])
    step, below = charts.round_step(max(high - low, LEAST_SPAN), TICKS), 0.02 if levels else 0.0
    ends = charts.round_ends(low - below, high, step)
    return {**ends, "max": high} if bounded else ends


def thinned(points: Sequence[T]) -> Sequence[T]:
    """Return at most about `MOST` points, evenly spaced, including the last one."""
    stride = -(-len(points) // MOST) or 1
    return points[(len(points) - 1) % stride :: stride]


def _names(curves: Sequence[Curve]) -> list[str]:
    """Return the names of runs, numbered if equal, since the legend has one entry per name."""
    names: list[str] = []
    for curve in curves:
        names.append(free_name(curve.name, names, " "))
    return names


def _keys(
    curves: Sequence[Curve], names: Sequence[str], theme: Theme
) -> Sequence[Mapping[str, Any]]:
    """Return the legend's entries, in the full colours of the runs."""
    return [
        {"name": name, "itemStyle": {"color": charts.line_color(curve.color, theme), "opacity": 1}}
        for curve, name in zip(curves, names, strict=True)
    ]


def _lines(key: str, curve: Curve, theme: Theme, name: str | None) -> Iterator[dict[str, Any]]:
    """Yield the lines of training and validation; with several runs, both under the run's name.

    They exist before they have points.
    """
    color = charts.line_color(curve.color, theme)
    for prefix, part, width, opacity in (
        ("", "training", 1.5, 0.6),
        ("val_", "validation", 2.6, 1),
    ):
        points, id = _points(key, curve, prefix), f"{curve.run}.{prefix}{key}"
        yield line(id, name or part, points, color, width, opacity)


def line(
    id: str,
    name: str,
    points: Sequence[Any],
    color: str,
    width: float = 2.2,
    opacity: float = 1,
) -> dict[str, Any]:
    """Return the series of a line, which shows its points while they are few."""
    return {
        "id": id,
        "name": name,
        "type": "line",
        "data": points,
        "showSymbol": len(points) < 3,
        "symbolSize": 6,
        "lineStyle": {"width": width, "color": color, "opacity": opacity},
        "itemStyle": {"color": color, "opacity": opacity},
    }


def _points(key: str, curve: Curve, prefix: str) -> list[list[float]]:
    moments: list[Moment] = [(p.epoch, p.logs) for p in thinned(curve.points)]
    if not prefix:
        last = moments[-1][0] if moments else 0.0
        tip = [curve.tip] if curve.tip and curve.tip[0] > last else []
        before = [m for m in thinned(curve.trail) if not tip or m[0] < tip[0][0]]
        moments = [*before, *moments, *tip]
    return [[epoch, logs[prefix + key]] for epoch, logs in moments if prefix + key in logs]
