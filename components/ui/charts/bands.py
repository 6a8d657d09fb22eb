"""Lines with bands for their intervals, as series of an ECharts option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from components.ui.charts.charts import COLORS

_STROKES = ("solid", "dashed", "dotted")


class BandedLine(NamedTuple):
    """A line along an axis: means, and the ends of their intervals."""

    entry: str
    title: str
    means: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]


def banded(
    line: BandedLine, colors: Mapping[str, str], percent: float, symbols: bool
) -> Iterator[dict[str, Any]]:
    """A line with its band: two stacked lines, an invisible one and the band on top of it."""
    tint, number = colors[line.entry], list(colors).index(line.entry)
    stroke = _STROKES[number // len(COLORS) % len(_STROKES)]
    lows = [None if low is None else percent * low for low in line.lows]
    spans = [
        None if low is None or high is None else percent * (high - low)
        for low, high in zip(line.lows, line.highs, strict=True)
    ]
    common: dict[str, Any] = {
        "name": line.title,
        "type": "line",
        "symbol": "none",
        "silent": True,
        "stack": line.entry,
        "stackStrategy": "all",
        "lineStyle": {"opacity": 0},
        "itemStyle": {"color": tint},
        "tooltip": {"show": False},
    }
    yield {**common, "id": f"{line.entry}.low", "data": lows}
    band = {"color": tint, "opacity": 0.16}
    yield {**common, "id": f"{line.entry}.band", "data": spans, "areaStyle": band}
    yield {
        "id": line.entry,
        "name": line.title,
        "type": "line",
        "data": [None if mean is None else percent * mean for mean in line.means],
        "showSymbol": symbols or len(line.means) < 3,
        "symbolSize": 6,
        "lineStyle": {"width": 2.4, "color": tint, "type": stroke},
        "itemStyle": {"color": tint},
        "connectNulls": True,
        "z": 3,
    }
