"""Lines across the ground of branches, so that print tells them apart by pattern as well as grey.

Graphviz fills with colours alone. The lines are therefore laid over what it has drawn, wherever the
ground has the colour of a branch and no text: as paths in SVG, and so in PDF, as pixels in PNG.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import TYPE_CHECKING

from components.render.palette import Theme

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP = 12
"""Points that a block's card leaves for its pattern, beside the text."""
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
_SHIFT = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)")

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points, y downwards."""
Line = tuple[float, float, float, float]
"""Both ends: x and y, x and y."""


@dataclass(frozen=True)
class _Patch:
    """A patterned part of a picture, behind what stands at `place` of its SVG."""

    place: int
    fill: str
    box: Box
    lines: tuple[Line, ...]


def hatch_svg(text: str, theme: Theme) -> str:
    """The picture with its patterns; unchanged where the theme has none."""
    for patch in sorted(_patches(text, theme), key=lambda patch: -patch.place):
        way = "".join(f"M{a:.1f},{b:.1f}L{c:.1f},{d:.1f}" for a, b, c, d in patch.lines)
        drawn = f'<path fill="none" stroke="{_INK}" stroke-width="{_THICK}" d="{way}"/>\n'
        text = text[: patch.place] + drawn + text[patch.place :]
    return text


def hatch_png(data: bytes, text: str, theme: Theme, scale: float) -> bytes:
    """A PNG of `scale` × 96 dots an inch with the patterns of the SVG of the same picture."""
    from PIL import Image

    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    found = _SHIFT.search(text)
    shift = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    for patch in _patches(text, theme):
        _paint(picture, patch, shift, scale * 96 / 72)
    made = io.BytesIO()
    picture.save(made, "PNG", dpi=(96 * scale, 96 * scale))
    return made.getvalue()


def _paint(picture: Image, patch: _Patch, shift: tuple[float, float], scale: float) -> None:
    """Draw the lines of a patch where the picture has its ground, and nothing stands on it."""
    from PIL import Image, ImageChops, ImageColor, ImageDraw

    dx, dy = shift
    left, top, right, bottom = patch.box
    corner = round((left + dx) * scale), round((top + dy) * scale)
    part = picture.crop((*corner, round((right + dx) * scale), round((bottom + dy) * scale)))
    lines = Image.new("L", part.size, 0)
    draw = ImageDraw.Draw(lines)
    for a, b, c, d in patch.lines:
        ends = ((a - left) * scale, (b - top) * scale, (c - left) * scale, (d - top) * scale)
        draw.line(ends, fill=255, width=max(1, round(_THICK * scale)))
    ground = Image.new("RGB", part.size, patch.fill)
    apart = ImageChops.difference(part.convert("RGB"), ground)
    red, green, blue = apart.split()
    others = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    free = others.point(lambda value: 255 if value == 0 else 0)
    ink = (*ImageColor.getrgb(_INK)[:3], 255)
    picture.paste(ink, corner, ImageChops.multiply(lines, free))


def _patches(text: str, theme: Theme) -> Iterator[_Patch]:
    hatches = [tones for tones in theme.branches if tones.hatch]
    if not hatches:
        return
    grounds = {tones.wash.lower(): tones.hatch for tones in hatches}
    for found in _GROUND.finditer(text):
        if found["fill"] in grounds:
            place = text.index("/>\n", found.start("fill")) + 3
            gap = _NARROW if found["kind"] == "node" else _GAP
            yield _patch(place, found["fill"], _ground(found), grounds, gap)
    solids = {tones.solid.lower(): tones.hatch for tones in hatches}
    for found in _SWATCH.finditer(text):
        if found["fill"] in solids:
            left, top, width, height = map(float, found.groups()[1:])
            box = (left + 1, top + 1, left + width - 1, top + height - 1)
            yield _patch(found.end(), found["fill"], box, solids, _NARROW)


def _ground(found: re.Match[str]) -> Box:
    """Of a group what lies below its title; of a block's card the strip beside the text."""
    left, top, width, height = (float(found[group]) for group in range(3, 7))
    right, bottom = left + width - _MARGIN, top + height - _MARGIN
    left, top = left + _MARGIN, top + _MARGIN
    if found["kind"] == "node":
        return left, top, left + STRIP, bottom
    return left, float(found["base"]) + 6 if found["base"] else top, right, bottom


def _patch(
    place: int, fill: str, box: Box, hatches: Mapping[str, tuple[int, ...]], gap: float
) -> _Patch:
    lines = (line for angle in hatches[fill] for line in _lines(box, angle, gap))
    return _Patch(place, fill, box, tuple(lines))


def _lines(box: Box, angle: int, gap: float) -> Iterator[Line]:
    """Lines at an angle in degrees, so far apart, over all of a box and within it."""
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
