"""Patterns of lines on the background of branches, so that they differ in print too.

Graphviz only fills with colours. The lines are therefore drawn over its picture, wherever the
background has the colour of a branch and no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import cos, radians, sin

from components.render.palette import Theme

STRIP = 12
"""Points beside the text of a block that are left for its pattern."""
_GAP, _NARROW = 6.0, 4.0
"""Points between lines, and between those of strips and of the boxes of a legend."""
_INK, _THICK = "#757575", 0.7
_MARGIN = 4.0
"""Points between a border and the pattern: within round corners."""
_SIDES = r'x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"'
_GROUND = re.compile(
    r'<g id="[^"]*" class="(?P<kind>cluster|node)">\n(?:<title>[^<]*</title>\n)?'
    rf'<rect fill="(?P<fill>#\w+)" [^>]*?{_SIDES}[^>]*/>\n'
    r'(?:<text x="[-\d.]+" y="(?P<base>[-\d.]+)")?'
)
_SWATCH = re.compile(
    r'<rect fill="(?P<fill>#\w+)" [^>]*?x="([-\d.]+)" y="([-\d.]+)" '
    r'width="((?:1\d|2[0-2])(?:\.\d+)?)" height="(1[0-4](?:\.\d+)?)"[^>]*/>\n'
)

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points, y downwards."""
Line = tuple[float, float, float, float]
"""Both ends: x and y, x and y."""


@dataclass(frozen=True)
class _Patch:
    """An area with a pattern; its lines are inserted at `position` of the SVG."""

    position: int
    fill: str
    box: Box
    lines: tuple[Line, ...]


def hatch_svg(text: str, theme: Theme) -> str:
    """The picture with its patterns; unchanged if the theme has none."""
    for patch in sorted(_patches(text, theme), key=lambda patch: -patch.position):
        way = "".join(f"M{a:.1f},{b:.1f}L{c:.1f},{d:.1f}" for a, b, c, d in patch.lines)
        drawn = f'<path fill="none" stroke="{_INK}" stroke-width="{_THICK}" d="{way}"/>\n'
        text = text[: patch.position] + drawn + text[patch.position :]
    return text


def _patches(text: str, theme: Theme) -> Iterator[_Patch]:
    hatches = [tones for tones in theme.branches if tones.hatch]
    if not hatches:
        return
    grounds = {tones.wash.lower(): tones.hatch for tones in hatches}
    for match in _GROUND.finditer(text):
        if match["fill"] in grounds:
            position = text.index("/>\n", match.start("fill")) + 3
            gap = _NARROW if match["kind"] == "node" else _GAP
            yield _patch(position, match["fill"], _pattern_area(match), grounds, gap)
    solids = {tones.solid.lower(): tones.hatch for tones in hatches}
    for match in _SWATCH.finditer(text):
        if match["fill"] in solids:
            left, top, width, height = map(float, match.groups()[1:])
            box = (left + 1, top + 1, left + width - 1, top + height - 1)
            yield _patch(match.end(), match["fill"], box, solids, _NARROW)


def _pattern_area(match: re.Match[str]) -> Box:
    """The area below the title of a group, or the strip beside the text of a block."""
    left, top, width, height = (float(match[group]) for group in range(3, 7))
    right, bottom = left + width - _MARGIN, top + height - _MARGIN
    left, top = left + _MARGIN, top + _MARGIN
    if match["kind"] == "node":
        return left, top, left + STRIP, bottom
    return left, float(match["base"]) + 6 if match["base"] else top, right, bottom


def _patch(
    position: int, fill: str, box: Box, hatches: Mapping[str, tuple[int, ...]], gap: float
) -> _Patch:
    lines = (line for angle in hatches[fill] for line in _lines(box, angle, gap))
    return _Patch(position, fill, box, tuple(lines))


def _lines(box: Box, angle: int, gap: float) -> Iterator[Line]:
    """Parallel lines at an angle in degrees, `gap` points apart, that fill a box."""
    left, top, right, bottom = box
    along, across = cos(radians(angle)), -sin(radians(angle))
    middle = ((left + right) / 2, (top + bottom) / 2)
    reach = abs(across) * (right - left) / 2 + abs(along) * (bottom - top) / 2
    count = int(reach / gap)
    for step in range(-count, count + 1):
        x, y = middle[0] - across * gap * step, middle[1] + along * gap * step
        starts, ends = [], []
        for at, way, low, high in ((x, along, left, right), (y, across, top, bottom)):
            if abs(way) > 1e-9:
                near, far = sorted(((low - at) / way, (high - at) / way))
                starts.append(near)
                ends.append(far)
        start, end = max(starts), min(ends)
        if end - start > 0.5:
            yield (x + along * start, y + across * start, x + along * end, y + across * end)
