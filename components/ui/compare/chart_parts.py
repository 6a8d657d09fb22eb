"""The parts that all charts of a race share: colours, bands, ceilings and axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from components.race.result import CeilingMark
from components.render.palette import Theme
from components.ui.kit import charts

DRAWN = 8
"""The lines that are shown at first; the legend shows the others."""
_STROKES = ("solid", "dashed", "dotted")


def color(entry: str, entries: Sequence[str], theme: Theme) -> str:
    """An entry's colour, the same in every chart of its race."""
    return charts.line_color(list(entries).index(entry), theme)


def banded(
    entry: str,
    title: str,
    means: Sequence[float | None],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    entries: Sequence[str],
    theme: Theme,
    symbols: bool = False,
) -> Iterator[dict[str, Any]]:
    """A line with its band: two stacked lines, an invisible one and the band on top of it."""
    tint = color(entry, entries, theme)
    stroke = _STROKES[list(entries).index(entry) // len(charts.COLORS) % len(_STROKES)]
    spans = [
        None if low is None or high is None else high - low
        for low, high in zip(lows, highs, strict=True)
    ]
    common: dict[str, Any] = {
        "name": title,
        "type": "line",
        "symbol": "none",
        "silent": True,
        "stack": entry,
        "stackStrategy": "all",
        "lineStyle": {"opacity": 0},
        "itemStyle": {"color": tint},
        "tooltip": {"show": False},
    }
    yield {**common, "id": f"{entry}.low", "data": list(lows)}
    band = {"color": tint, "opacity": 0.16}
    yield {**common, "id": f"{entry}.band", "data": spans, "areaStyle": band}
    yield {
        "id": entry,
        "name": title,
        "type": "line",
        "data": list(means),
        "showSymbol": symbols or len(means) < 3,
        "symbolSize": 6,
        "lineStyle": {"width": 2.4, "color": tint, "type": stroke},
        "itemStyle": {"color": tint},
        "z": 3,
    }


def levels(marks: Sequence[CeilingMark], percent: float, theme: Theme) -> dict[str, Any]:
    """The ceilings as dashed lines, on an axis of values × `percent`."""
    lines = [charts.LevelLine(mark.title, mark.value) for mark in marks]
    return charts.level_lines(lines, theme, percent)


def ends(
    means: Sequence[float], spans: Sequence[float], marks: Sequence[CeilingMark], percent: float
) -> dict[str, float]:
    """Ends of an axis with room for all means and ceilings, and for intervals that are not much
    wider than what lies between those."""
    values = [*means, *(mark.value for mark in marks)]
    if not values:
        return {}
    low, high = min(values), max(values)
    if marks:
        low = max(low, min(mark.value for mark in marks) - 0.5)
    room = max(0.02, (high - low) / 3)
    low = min(low, max(low - room, min(spans, default=low)))
    high = max(high, min(high + room, max(spans, default=high)))
    step = 0.02 if high - low < 0.2 else 0.05 if high - low < 1 else 0.25
    top = step * math.ceil(round((high + 0.01) / step, 6))
    return {
        "min": round(percent * step * math.floor(round((low - 0.01) / step, 6)), 3),
        "max": round(percent * (min(top, 1.0) if max(values) <= 1 else top), 3),
    }


def legend(titles: Sequence[str], theme: Theme) -> dict[str, Any]:
    """The legend; only the first few lines are on."""
    return {
        **charts.legend(theme),
        "right": 90,
        "data": list(titles),
        "selected": {title: number < DRAWN for number, title in enumerate(titles)},
    }
