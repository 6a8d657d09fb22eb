"""Chart of linear readers' scores by layer: one line per model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

from components.experiments.inspection.basis.results import head_quality
from components.experiments.inspection.basis.xray_results import Reading, Xray
from components.experiments.inspection.head_charts import quality_axis
from components.models.drawing.charts import (
    BandedLine,
    LevelLine,
    Option,
    axis,
    banded,
    frame,
    legend,
    line_color,
    with_levels,
)
from components.models.drawing.palette import Theme

LABEL = 144
"""Pixels for the longest name of a layer; steep names are below the axis."""
FEW, MOST = 12, 36
"""Maximum number of layers with gently sloped names, and minimum number with some left out."""
Line = Mapping[str, Reading]
"""Reading at each stop on the axis, from the inputs to the heads."""


def line_of(xray: Xray, head: str, stops: Mapping[str, str], at: int = -1) -> Line:
    """Return the readings of a head at each stop after an epoch.

    `stops` has the layer of each stop; stops of other heads are left out.
    """
    readings, others = xray.epochs[at].readings, {*xray.heads} - {head}
    return {
        stop: readings[id][head]
        for stop, id in stops.items()
        if head in readings.get(id, {}) and stop not in others
    }


def reader_chart(
    lines: Sequence[tuple[str, Line]], head: str, xrays: Sequence[Xray], theme: Theme
) -> Option:
    """Return the lines with bands for their intervals, and the mean chance level of all X-rays."""
    longest = sorted((line for _, line in lines), key=len, reverse=True)
    stops = dict.fromkeys(stop for line in longest for stop in line)
    known, many = [xray.heads[head] for xray in xrays], len(stops) > FEW
    known_parts = {part for xray in xrays for part in xray.parts}
    chance = fmean(one.chance for one in known)
    ends = [end for _, line in lines for read in line.values() for end in (read.low, read.high)]
    qualities = quality_axis([chance, 1.0, *ends])
    colors = {str(number): line_color(number, theme) for number in range(len(lines))}
    option = {
        **frame(f"What a linear reader reads of {head} ({head_quality(known[0].target)})", theme),
        "legend": {**legend(theme), "data": [name for name, _ in lines]},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.2f"},
        "xAxis": {
            "type": "category",
            "data": [_short(stop, known_parts) for stop in stops],
            **axis(theme, lines=False),
            "axisLabel": {
                **{"color": theme.quiet, "width": LABEL, "overflow": "truncate"},
                **{"rotate": 60 if many else 30, "interval": 0 if len(stops) < MOST else "auto"},
            },
        },
        "yAxis": {**qualities, **axis(theme)},
        "series": [
            one
            for number, (name, line) in enumerate(lines)
            for one in banded(_banded_line(str(number), name, line, stops), colors, 1.0, True)
        ],
    }
    option["grid"] = {**option["grid"], "bottom": LABEL if many else 96}
    span = qualities["max"] - qualities["min"]
    return with_levels(option, [LevelLine("chance", chance)], theme, span)


def _short(stop: str, parts: Collection[str]) -> str:
    """Return a layer's name without the name of its part, which precedes it on the axis."""
    part = max((p for p in parts if stop.startswith(f"{p}_")), key=len, default="")
    return stop.removeprefix(f"{part}_") if part else stop


def reader_text(lines: Sequence[tuple[str, Line]]) -> str:
    """Describe the chart in words."""
    return " ".join(
        f"{name}: {', '.join(f'{stop} {read.score:.2f}' for stop, read in line.items())}."
        for name, line in lines
    )


def _banded_line(entry: str, name: str, line: Line, stops: Collection[str]) -> BandedLine:
    scores, lows, highs = (
        [getattr(line.get(stop), end, None) for stop in stops] for end in ("score", "low", "high")
    )
    return BandedLine(entry, name, scores, lows, highs)
