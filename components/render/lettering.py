"""Texts of a picture in Source Sans, where Graphviz has laid out those of Helvetica.

Source Sans is narrower and looks smaller, so it is drawn larger: the texts are then about as wide
as planned.
"""

from __future__ import annotations

import re
from html import escape, unescape

from components.render import fonts

GROWTH = 15 / 14
"""How much larger letters are drawn than Graphviz laid them out."""
_SIZE = 14.0
_GAP = 7.0
"""Points between a bold name and what follows it in its line."""
_BOLD = re.compile(r"<b>(.*?)</b>")
_POINTS = re.compile(r'point-size="(\d+)"')
_FONT_SIZE = re.compile(r'font-size="([\d.]+)"')
_TAG = re.compile(r"<[^>]*>")
TEXT = re.compile(
    r'<text x="([-\d.]+)" y="([-\d.]+)"( font-weight="bold")? font-size="([\d.]+)"([^>]*)>([^<]*)<'
)
"""A text of an SVG: its x and y, whether it is bold, its size, further attributes and letters."""


def line_width(label: str) -> float:
    """Points that a line of a label takes as it is drawn: a bold name, what follows, or both."""
    points = _POINTS.search(label)
    bold = _BOLD.search(label)
    name = _plain(bold[1]) if bold else ""
    rest = _plain(_BOLD.sub("", label))
    size = float(points[1]) if points else _SIZE
    return (
        fonts.width(name, _SIZE * GROWTH, True)
        + _GAP * bool(name and rest)
        + fonts.width(rest, size * GROWTH)
    )


def _plain(label: str) -> str:
    return unescape(_TAG.sub("", label)).strip(" ")


def smallest(svg: str) -> float:
    """Size in points of the smallest letters of a picture."""
    return min(map(float, _FONT_SIZE.findall(svg)), default=_SIZE)


def set_texts(svg: str) -> str:
    """The texts of Graphviz's SVG in Source Sans: larger, and each where the one before it ends.

    `textLength` keeps them that wide where the font is not there.
    """
    end: tuple[str, float] | None = None

    def text(match: re.Match[str]) -> str:
        nonlocal end
        x, y, bold, size, more, letters = match.groups(default="")
        plain = unescape(letters).rstrip(" ")
        start, points = float(x), float(size) * GROWTH
        if end and end[0] == y and not bold:
            start, plain = end[1], plain.lstrip(" \N{NO-BREAK SPACE}")
        wide = fonts.width(plain, points, bool(bold))
        end = (y, start + wide + _GAP) if bold else None
        fixed = "" if fonts.missing_letters(plain) else f' textLength="{wide:.1f}"'
        return (
            f'<text x="{start:.5g}" y="{y}"{bold} font-size="{points:.3g}"{fixed}{more}>'
            f"{escape(plain, quote=False)}<"
        )

    return TEXT.sub(text, svg)
