"""Parts that all ECharts options share: title, margins, axes, legend, line colours, level lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, zip_longest
from typing import Any, NamedTuple

from components.models.drawing.palette import Theme

Option = Mapping[str, Any]
COLORS = ("#7C3AED", "#0E7490", "#C2410C", "#4D7C0F", "#BE185D", "#2563EB", "#92700C", "#475569")
"""Line colours on a light page, in order."""
ON_DARK = ("#A78BFA", "#22D3EE", "#FB923C", "#A3E635", "#F472B6", "#60A5FA", "#FACC15", "#94A3B8")
"""The same hues on a dark page."""
SHARED_LINE = 0.012
"""Distance of levels below which they share one line."""
SMALL, BESIDE, NARROW = 195, 124, 420
"""Pixels: width of a level's text over a chart and beside it, and the most of a narrow chart."""
SAVE = 44
"""Space in pixels at the right for the button that saves a chart."""
LETTER = 5.5
"""Mean width in pixels of a letter of a level's text."""
LETTERS = 0.1
"""Height of a line of a level's text, as a share of its chart."""
NEARLY = 1e-6
"""Distance in steps within which a value counts as on a tick."""
DASHES = ((2, 4), (6, 4), (12, 4), (12, 4, 2, 4))
"""Pixels of dashes and gaps of level lines, from the lowest one up."""
_STROKES = ("solid", "dashed", "dotted")


@dataclass(frozen=True)
class LevelLine:
    """Reference value, drawn as a dashed line across the chart."""

    text: str
    value: float


def line_color(number: int, theme: Theme) -> str:
    """Return the colour of line `number` of a chart, counted from 0."""
    colors = ON_DARK if theme.name == "dark" else COLORS
    return colors[number % len(colors)]


def frame(title: str, theme: Theme, right: int = 24, subtitle: str = "") -> dict[str, Any]:
    """Return title, font and margins of an option; `right` is the right margin in pixels."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Source Sans, sans-serif"},
        "title": {
            "text": title,
            "subtext": subtitle,
            "left": 8,
            "top": 4,
            "textStyle": {"color": theme.ink, "fontSize": 14, "fontWeight": 600},
            "subtextStyle": {"color": theme.quiet, "fontSize": 12},
        },
        "grid": {"left": 52, "right": right, "top": 62, "bottom": 52},
    }


def axis(theme: Theme, lines: bool = True) -> dict[str, Any]:
    """Return the colours of an axis, with or without grid lines."""
    return {
        "axisLabel": {"color": theme.quiet},
        "splitLine": {"show": lines, "lineStyle": {"color": theme.quiet, "opacity": 0.18}},
        "nameTextStyle": {"color": theme.quiet},
    }


def x_axis(name: str, theme: Theme) -> dict[str, Any]:
    """Return a horizontal axis with its name below its middle."""
    return {"name": name, "nameLocation": "middle", "nameGap": 24, **axis(theme, lines=False)}


def y_axis(ends: Mapping[str, float], theme: Theme) -> dict[str, Any]:
    """Return a vertical axis of values that need not start at 0; `ends` are its `min` and `max`."""
    return {"type": "value", "scale": True, **ends, **axis(theme)}


def round_step(span: float, most: int) -> float:
    """Return the smallest round number of which at most `most` fit into a span."""
    least = span / most - NEARLY
    power = 10 ** math.floor(math.log10(least))
    return _round(next(n * power for n in (1, 2, 5, 10) if n * power >= least))


def round_ends(low: float, high: float, step: float, scale: float = 1.0) -> dict[str, float]:
    """Return the ends and steps of an axis of values × `scale`, with its ends at steps."""
    return {
        "min": _round(scale * step * math.floor(low / step + NEARLY)),
        "max": _round(scale * step * math.ceil(high / step - NEARLY)),
        "interval": _round(scale * step),
    }


def _round(value: float) -> float:
    """Round a number to six digits, without the noise of arithmetic."""
    return float(f"{value:.6g}")


def legend(theme: Theme) -> dict[str, Any]:
    """Return a legend in one line below the title, scrolled if it would reach the save button."""
    return {
        "type": "scroll",
        "top": 28,
        "left": 8,
        "right": SAVE,
        "textStyle": {"color": theme.quiet},
        "pageTextStyle": {"color": theme.quiet},
    }


def level_lines(
    levels: Sequence[LevelLine],
    theme: Theme,
    percent: float = 1.0,
    apart: float = 0.0,
    width: int | None = None,
    beside: bool = False,
) -> dict[str, Any]:
    """Return a series without points that carries level lines, on an axis of values × `percent`.

    Levels that look the same share a line. `apart` is the height of a line of text: levels whose
    texts would overlap share one. Texts wider than `width` pixels are wrapped; shorter ones get no
    width, because it would spread their background over other lines. `beside` puts the texts in the
    right margin, instead of above the right ends of their lines.
    """
    position = "end" if beside else "insideEndTop"
    joint = "\n" if beside else ", "
    marks = _marks(_shared_lines(levels, joint), theme, percent, apart, position, joint)
    if width:
        for mark in marks:
            longest = max(map(len, mark["label"]["formatter"].split("\n")))
            broken = {"width": width, "overflow": "break"} if LETTER * longest > width else {}
            mark["label"] |= {"lineHeight": 14, **broken}
    return {
        "id": "levels",
        "type": "line",
        "data": [],
        "markLine": {"silent": True, "symbol": "none", "animation": False, "data": marks},
    }


def level_layouts(
    levels: Sequence[LevelLine], theme: Theme, span: float, percent: float = 1.0
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what level lines add to the option of a narrow chart and of a wide one.

    The narrow chart has texts above the ends of the lines, the wide one has them in a right margin.
    `span` is the length of the axis.
    """
    apart = LETTERS * span
    over = {**level_lines(levels, theme, percent, apart, SMALL), "z": 4}
    outside = {**level_lines(levels, theme, percent, apart, BESIDE, beside=True), "z": 4}
    return (
        {"grid": {"right": 18}, "series": [over]},
        {"grid": {"right": BESIDE + 10}, "series": [outside]},
    )


def with_levels(
    option: Option,
    levels: Sequence[LevelLine],
    theme: Theme,
    span: float,
    percent: float = 1.0,
    *,
    over: bool = True,
) -> Option:
    """Add level lines over all series of an option, laid out by its width.

    A narrow chart has their texts over it, unless `over` is `False` because they would cover its
    own labels.
    """
    narrow, wide = level_layouts(levels, theme, span, percent)
    if not over:
        for mark in narrow["series"][0]["markLine"]["data"]:
            mark["label"] = {"show": False}
    return {
        **option,
        "grid": {**option["grid"], **wide["grid"]},
        "series": [*option["series"], *wide["series"]],
        "media": [{"query": {"maxWidth": NARROW}, "option": narrow}, {"option": wide}],
    }


def _shared_lines(levels: Sequence[LevelLine], joint: str) -> list[LevelLine]:
    lines: list[LevelLine] = []
    for level in sorted(levels, key=lambda level: level.value):
        if lines and level.value - lines[-1].value < SHARED_LINE:
            lines[-1] = replace(lines[-1], text=f"{lines[-1].text}{joint}{level.text}")
        else:
            lines.append(level)
    return lines


def _marks(
    lines: Sequence[LevelLine],
    theme: Theme,
    percent: float,
    apart: float,
    position: str,
    joint: str,
) -> list[dict[str, Any]]:
    marks, text = [], ""
    for (line, above), dashes in zip(zip_longest(lines, lines[1:]), cycle(DASHES)):
        own = f"{line.text} {_level_text(line.value, percent)}"
        parts = (own, text) if joint == "\n" else (text, own)
        text = joint.join(filter(None, parts))
        high = (text.count("\n") + above.text.count("\n") + 2) / 2 if above else 0.0
        shown = above is None or above.value - line.value >= apart * high
        label = {
            "show": shown,
            "formatter": text,
            "position": position,
            "color": theme.quiet,
            "fontSize": 12,
            "distance": [4, 2],
            "backgroundColor": f"{theme.page}E0",
        }
        style = {"color": theme.quiet, "type": list(dashes), "width": 1.2, "opacity": 0.9}
        marks.append({"yAxis": percent * line.value, "lineStyle": style, "label": label})
        text = "" if shown else text
    return marks


def _level_text(value: float, percent: float) -> str:
    return f"{percent * value:.0f}\N{NO-BREAK SPACE}%" if percent > 1 else f"{value:.2f}"


# Lines with bands of their intervals


class BandedLine(NamedTuple):
    """Line of means along an axis, with the ends of their intervals."""

    entry: str
    title: str
    means: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]


def banded(
    line: BandedLine, colors: Mapping[str, str], percent: float, symbols: bool
) -> Iterator[dict[str, Any]]:
    """Yield a line and its band: two stacked series, an invisible one and the band on top of it."""
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
