"""Still SVG of an ECharts option, for places where no script runs: bars, lines and dots.

It reads lengths, colours and texts from the option that ECharts draws. It supports what the charts
of shares and of coalitions use: no level lines, no legend, and names below the bars.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.models.drawing.charts import Option, round_step
from components.models.drawing.palette import Theme
from components.models.drawing.svg_parts import svg_page, svg_rect, svg_text

SIZE = 12.0
"""Size in points of letters without a size of their own."""
MOST_TICKS = 6
"""Largest number of steps of an axis without an interval."""
HATCH = 6
"""Points between the lines of a hatched bar."""


def chart_svg(option: Option, width: int, height: int, alt: str, theme: Theme) -> str:
    """Draw an option at a size in points; `alt` is its alternative text."""
    drawn = _Chart(_laid_out(option, width), width, height, theme)
    return svg_page(width, height, alt, drawn.parts(), theme)


def _laid_out(option: Option, width: int) -> Option:
    """Return the option with the changes that its `media` has for this width."""
    for one in option.get("media", ()):
        if width <= one.get("query", {}).get("maxWidth", math.inf):
            return {**option, **_merged(option, one["option"])}
    return option


def _merged(one: Any, other: Any) -> Any:
    """Merge a part of an option with another one, as ECharts does."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}
    if not (isinstance(one, Sequence) and isinstance(other, Sequence)) or isinstance(other, str):
        return other
    if not all(isinstance(part, Mapping) for part in (*one, *other)):
        return other
    if any("id" in part for part in other):
        by_id = {part["id"]: part for part in other}
        return [_merged(part, by_id.get(part.get("id"), {})) for part in one]
    return [_merged(part, more) for part, more in zip(one, other, strict=True)]


@dataclass(frozen=True)
class _Scale:
    """Axis of a grid, which maps values to points."""

    axis: Mapping[str, Any]
    start: float
    end: float
    """Positions in points of its least and its greatest value; of a category axis, its ends."""

    @property
    def is_category(self) -> bool:
        return bool(self.axis["type"] == "category")

    @property
    def band(self) -> float:
        """Width of a category in points."""
        return (self.end - self.start) / max(1, len(self.axis["data"]))

    def at(self, value: float) -> float:
        """Return the position in points of a value, or of the middle of a category by number."""
        if self.is_category:
            return self.start + (value + 0.5) * self.band
        share: float = (value - self.axis["min"]) / (self.axis["max"] - self.axis["min"])
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return the values that are labelled."""
        low, high = self.axis["min"], self.axis["max"]
        step = self.axis.get("interval") or round_step(high - low, MOST_TICKS)
        return [low + step * n for n in range(int((high - low) / step + 1e-6) + 1)]


class _Chart:
    """Parts of one chart."""

    def __init__(self, option: Option, width: int, height: int, theme: Theme) -> None:
        self._option, self._theme = option, theme
        self._size = (width, height)
        grids = _listed(option["grid"])
        self._boxes = [self._box(grid) for grid in grids]
        self._x = [self._scale(axis, across=True) for axis in _listed(option["xAxis"])]
        self._y = [self._scale(axis, across=False) for axis in _listed(option["yAxis"])]
        self._tops: dict[tuple[str, int], float] = defaultdict(float)
        """Height of each stack so far, by its name and category."""

    def parts(self) -> Iterator[str]:
        """Yield the SVG of all parts, from the back to the front."""
        title = self._option["title"]
        style = title["textStyle"]
        left, base = title["left"], title["top"] + 16
        size = style["fontSize"]
        yield svg_text(left, base, title["text"], style["color"], size, bold=True)
        for axes, drawn in ((self._y, self._y_axis), (self._x, self._x_axis)):
            for scale in axes:
                if scale.axis.get("show", True):
                    yield from drawn(scale)
        draw = {"bar": self._bars, "line": self._line, "scatter": self._dots}
        for series in self._option["series"]:
            yield from draw[series["type"]](series)

    def _box(self, grid: Mapping[str, Any]) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a grid in points."""
        width, height = self._size
        right = width - grid.get("right", 0)
        left = grid["left"] if "left" in grid else right - grid["width"]
        bottom = height - grid.get("bottom", 0)
        top = grid["top"] if "top" in grid else bottom - grid["height"]
        return left, top, right, bottom

    def _scale(self, axis: Mapping[str, Any], across: bool) -> _Scale:
        left, top, right, bottom = self._boxes[axis.get("gridIndex", 0)]
        ends = (left, right) if across else (bottom, top)
        return _Scale(axis, *(ends[::-1] if axis.get("inverse") else ends))

    def _y_axis(self, scale: _Scale) -> Iterator[str]:
        left, _, right, _ = self._boxes[scale.axis.get("gridIndex", 0)]
        color = scale.axis["axisLabel"]["color"]
        if scale.is_category:
            for row, name in enumerate(scale.axis["data"]):
                yield svg_text(left - 8, scale.at(row) + 4, name, color, SIZE, "end")
            return
        on_right = scale.axis.get("position") == "right"
        style = scale.axis["splitLine"]["lineStyle"]
        for value in scale.ticks():
            y = scale.at(value)
            yield _stroke(left, y, right, y, style["color"], f' opacity="{style["opacity"]}"')
            x, anchor = (right + 6, "start") if on_right else (left - 8, "end")
            yield svg_text(x, y + 4, f"{round(value, 6) + 0.0:g}", color, SIZE, anchor)

    def _x_axis(self, scale: _Scale) -> Iterator[str]:
        left, _, right, bottom = self._boxes[scale.axis.get("gridIndex", 0)]
        yield _stroke(left, bottom, right, bottom, self._theme.quiet, "")
        for column, name in enumerate(scale.axis["data"]):
            color = scale.axis["axisLabel"]["color"]
            yield svg_text(scale.at(column), bottom + 18, name, color, SIZE, "middle")

    def _bars(self, series: Mapping[str, Any]) -> Iterator[str]:
        x, y = self._axes(series)
        share = 1 - float(series.get("barCategoryGap", "20%").rstrip("%")) / 100
        wide = x.band * share
        for column, item in enumerate(series["data"]):
            value = _value(item)
            start = 0.0
            if "stack" in series:
                start = self._tops[series["stack"], column]
                self._tops[series["stack"], column] += value
            style = {**series.get("itemStyle", {}), **_own(item, "itemStyle")}
            if style["color"] == "transparent":
                continue
            ends = sorted((y.at(start), y.at(start + value)))
            left = x.at(column) - wide / 2
            fill, more = style["color"], ""
            if "decal" in style:
                fill, more = f"{style['borderColor']}", f' fill-opacity="0.33" stroke="{fill[:7]}"'
            yield svg_rect(left, ends[0], wide, ends[1] - ends[0], fill, more)
            if "decal" in style:
                yield from _hatch(left, ends[0], wide, ends[1] - ends[0], style["borderColor"])
            label = {**series.get("label", {}), **_own(item, "label")}
            if label.get("show"):
                base = ends[0] - 6 if label["position"] == "top" else ends[1] + 15
                size, bold = label["fontSize"], label.get("fontWeight", 400) >= 600
                text, color = label["formatter"], label["color"]
                yield svg_text(x.at(column), base, text, color, size, "middle", bold=bold)

    def _line(self, series: Mapping[str, Any]) -> Iterator[str]:
        x, y = self._axes(series)
        before: tuple[float, float] | None = None
        for item in series["data"]:
            point = None if item[0] == "-" else (x.at(item[0]), y.at(item[1]))
            if before and point:
                style = series["lineStyle"]
                more = f' stroke-width="{style["width"]}"'
                yield _stroke(*before, *point, style["color"], more)
            before = point

    def _dots(self, series: Mapping[str, Any]) -> Iterator[str]:
        x, y = self._axes(series)
        for item in series["data"]:
            (across, up), style = item["value"], item["itemStyle"]
            opacity = f' opacity="{style["opacity"]}"' if "opacity" in style else ""
            yield (
                f'<circle cx="{x.at(across):.1f}" cy="{y.at(up):.1f}" '
                f'r="{series["symbolSize"] / 2}" fill="{style["color"]}"{opacity}/>'
            )

    def _axes(self, series: Mapping[str, Any]) -> tuple[_Scale, _Scale]:
        return self._x[series.get("xAxisIndex", 0)], self._y[series.get("yAxisIndex", 0)]


def _listed(part: Any) -> Sequence[Mapping[str, Any]]:
    return [part] if isinstance(part, Mapping) else part


def _value(item: Any) -> float:
    return float(item["value"] if isinstance(item, Mapping) else item)


def _own(item: Any, part: str) -> Mapping[str, Any]:
    own: Mapping[str, Any] = item.get(part, {}) if isinstance(item, Mapping) else {}
    return own


def _stroke(x: float, y: float, to_x: float, to_y: float, color: str, more: str) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{color}"{more}/>'
    )


def _hatch(left: float, top: float, width: float, height: float, color: str) -> Iterator[str]:
    """Yield lines from the lower left to the upper right that end at a bar's borders."""
    offset = HATCH / 2
    while offset < width + height:
        down, along = min(offset, height), min(offset, width)
        yield _stroke(
            left + offset - down, top + down, left + along, top + offset - along, color, ""
        )
        offset += HATCH
