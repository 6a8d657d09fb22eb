"""An ECharts option in letters of another size: all its lengths in pixels grow by one factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.ui.charts.charts import Option

SMALLEST = 12
"""Pixels of the smallest letters in our charts, and of those that have no size of their own."""
WIDE = 1.5
"""How much larger all is on a screen that is wider by this factor."""
WIDE_FROM = 1700
"""Width of a chart in pixels from which it is on such a screen."""
_LENGTHS = frozenset(
    {
        *("fontSize", "lineHeight", "width", "height", "maxWidth", "minWidth", "borderWidth"),
        *("symbolSize", "itemWidth", "itemHeight", "itemGap", "nameGap", "padding", "distance"),
        *("left", "right", "top", "bottom"),
    }
)
_TEXTS = ("axisLabel", "nameTextStyle", "textStyle", "pageTextStyle", "label")


def enlarged(option: Option, letters: float) -> dict[str, Any]:
    """The option with letters of so many pixels and more, larger on a wide screen."""
    factor = letters / SMALLEST
    media = [*option.get("media", ()), {"option": {}}]
    alone = {key: value for key, value in option.items() if key != "media"}
    usual = next(one["option"] for one in media if "query" not in one)
    wide = [_grown(part, factor * WIDE) for part in (alone, usual)]
    query = {"minWidth": WIDE_FROM}
    grown: dict[str, Any] = _grown({**alone, "media": media[:-1] or media}, factor)
    grown["media"] += [{"query": query, "option": part} for part in wide]
    return grown


def _grown(part: Any, factor: float, name: str = "") -> Any:
    """A part of an option with all lengths multiplied."""
    if isinstance(part, Mapping):
        defaults = {"fontSize": SMALLEST} if name in _TEXTS else {}
        return {key: _grown(value, factor, key) for key, value in {**defaults, **part}.items()}
    if isinstance(part, list | tuple):
        return [_grown(one, factor, name) for one in part]
    is_length = name in _LENGTHS and isinstance(part, int | float) and not isinstance(part, bool)
    return round(factor * part, 2) if is_length else part
