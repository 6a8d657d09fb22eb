"""Titles of boxes that an edge would cross: they lie over the edge, on the colour of their box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from components.render import fonts, lettering

_BOX = re.compile(
    r'(?P<box><g id="[^"]*" class="cluster">\n(?:<title>[^<]*</title>\n)?'
    r'<rect fill="(?P<fill>#\w+)"[^>]*/>\n(?:<path [^>]*/>\n)?)'
    r"(?P<title>(?:<text [^\n]*</text>\n)+)"
)
_EDGE = re.compile(r'class="edge">\n(?:<title>[^<]*</title>\n)?<path [^>]*d="M([^"]+)"')
_AROUND = 3.0
_STEPS = 16
_END = "</g>\n</svg>"

_Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points, y downwards."""
_Point = tuple[float, float]


def lay_over_edges(svg: str) -> str:
    """The picture with each title that an edge crosses drawn after the edges."""
    curves = [_points(path) for path in _EDGE.findall(svg)]
    over: list[str] = []

    def box(match: re.Match[str]) -> str:
        left, top, right, bottom = corners = _corners(match["title"])
        if not any(_crosses(curve, corners) for curve in curves):
            return match[0]
        over.append(
            f'<rect fill="{match["fill"]}" stroke="none" x="{left:.5g}" y="{top:.5g}" '
            f'width="{right - left:.5g}" height="{bottom - top:.5g}"/>\n{match["title"]}'
        )
        return match["box"]

    svg = _BOX.sub(box, svg)
    head, end, tail = svg.rpartition(_END)
    return f"{head}{''.join(over)}{end}{tail}"


def _corners(title: str) -> _Box:
    """The box around a title's name and note."""
    texts = lettering.TEXT.findall(title)
    left, base = float(texts[0][0]), float(texts[0][1])
    x, _, bold, size, _, letters = texts[-1]
    right = float(x) + fonts.width(unescape(letters), float(size), bool(bold))
    high = max(float(text[3]) for text in texts)
    return left - _AROUND, base - 0.85 * high, right + _AROUND, base + 0.3 * high


def _points(path: str) -> list[_Point]:
    """The points of Graphviz's path: a start, then three for each Bézier curve."""
    pairs = (point.split(",") for point in re.split("[C ]", path))
    return [(float(x), float(y)) for x, y in pairs]


def _crosses(points: Sequence[_Point], box: _Box) -> bool:
    left, top, right, bottom = box
    for start in range(0, len(points) - 3, 3):
        curve = points[start : start + 4]
        xs, ys = zip(*curve, strict=True)
        if max(xs) < left or min(xs) > right or max(ys) < top or min(ys) > bottom:
            continue
        if any(left < x < right and top < y < bottom for x, y in _walk(curve)):
            return True
    return False


def _walk(curve: Sequence[_Point]) -> list[_Point]:
    """Points along a Bézier curve."""
    steps = [step / _STEPS for step in range(_STEPS + 1)]
    weights = [((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3) for t in steps]
    return [
        (
            sum(w * x for w, (x, _) in zip(weight, curve, strict=True)),
            sum(w * y for w, (_, y) in zip(weight, curve, strict=True)),
        )
        for weight in weights
    ]
