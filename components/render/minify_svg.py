"""Graphviz's SVG in a third of its size: boxes as rectangles, no repeated attributes."""

from __future__ import annotations

import re

from components.render import fonts, lettering

_FONT = ' font-family="Helvetica,sans-Serif"'
_COMMENT = re.compile(r"<!--.*?-->\n?", re.S)
_BLANK = re.compile(r"<text[^>]*>(?: |\xa0|&#160;)*</text>\n")
_PATH = re.compile(r'<path ([^>]*?) ?d="M([^"]+)"/>')
_BOX = re.compile(
    r'<rect fill="(#\w+)" stroke="none" ([^>]*)/>\n<rect fill="none" (stroke[^>]*?) \2/>'
)
_CORNERS = 25
"""Number of points in Graphviz's path of a box with rounded corners."""


def minify(svg: str) -> str:
    """The same picture, smaller, with boxes that drawing programs can edit as boxes."""
    svg = _COMMENT.sub("", svg)
    svg = svg.replace(' xml:space="preserve"', "").replace(' text-anchor="start"', "")
    svg = svg.replace(_FONT, "").replace("<svg ", f'<svg font-family="{fonts.FAMILIES}" ', 1)
    svg = lettering.set_texts(_BLANK.sub("", svg))
    return _BOX.sub(r'<rect fill="\1" \3 \2/>', _PATH.sub(_rectangle, svg))


def _rectangle(path: re.Match[str]) -> str:
    """A box with rounded corners as a rectangle; any other path as it is."""
    points = re.split("[C ]", path[2])
    if len(points) != _CORNERS or points[0] != points[-1]:
        return path[0]
    xs, ys = zip(*(map(float, point.split(",")) for point in points), strict=True)
    left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    radius = xs[0] - left
    return (
        f'<rect {path[1]} x="{left:g}" y="{top:g}" width="{width:.6g}" height="{height:.6g}" '
        f'rx="{radius:.3g}"/>'
    )
