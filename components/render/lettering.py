"""The sizes of texts in Source Sans, for cards that Graphviz lays out with those of Helvetica."""

from __future__ import annotations

import re
from html import unescape

from components.render import fonts

GROWTH = 15 / 14
"""How much larger letters are drawn than Graphviz laid them out."""
GAP = 7.0
"""Points between a bold name and what follows it in its line."""
_SIZE = 14.0
_BOLD = re.compile(r"<b>(.*?)</b>")
_POINTS = re.compile(r'point-size="(\d+)"')
_FONT_SIZE = re.compile(r'font-size="([\d.]+)"')
_TAG = re.compile(r"<[^>]*>")


def line_width(label: str) -> float:
    """Points that a line of a label takes as it is drawn: a bold name, what follows, or both."""
    points = _POINTS.search(label)
    bold = _BOLD.search(label)
    name = _plain(bold[1]) if bold else ""
    rest = _plain(_BOLD.sub("", label))
    size = float(points[1]) if points else _SIZE
    width = fonts.width(name, _SIZE * GROWTH, True) + fonts.width(rest, size * GROWTH)
    return width + GAP if name and rest else width


def _plain(label: str) -> str:
    return unescape(_TAG.sub("", label)).strip(" ")


def smallest(svg: str) -> float:
    """Size in points of the smallest letters of a picture."""
    return min(map(float, _FONT_SIZE.findall(svg)), default=_SIZE)
