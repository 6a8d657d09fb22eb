"""Picture as shapes and texts in points, y downwards; SVG and the interactive graph write it.

Graphviz lays out texts in Helvetica. They are drawn in Source Sans, which is narrower and looks
smaller, so letters are enlarged: the texts are then about as wide as planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from components.models.drawing import fonts
from components.models.drawing.palette import Stroke

GROWTH = 15 / 14
"""Size of drawn letters, relative to the layout by Graphviz."""
BESIDE = 7.0
"""Points between a bold name and the text after it."""
PAD = 10.8
"""Points around a picture (0.15 inches)."""
_CORNERS = 25
"""Number of points in Graphviz's path of a box with rounded corners."""
_CLEAR = "#fffffe00"
"""Colour that Graphviz gives to shapes that are not drawn."""
_AROUND = 3.0
"""Points around the title of a box in which edges are hidden."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""
Role = Literal["cluster", "edge", "title", "node", "legend"]


@dataclass(frozen=True)
class Outline:
    """Line or area of straight lines, or of Bézier curves with three points each.

    An empty `fill` or `line` is not drawn.
    """

    points: tuple[Point, ...]
    curved: bool = False
    closed: bool = True
    fill: str = ""
    line: str = ""
    width: float = 1.0
    stroke: Stroke = "solid"
    radius: float | None = None
    """Radius of the corners of a box; `None` for other shapes."""

    @property
    def box(self) -> Box:
        """Left, top, right and bottom."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True)
class Text:
    """Line of text that starts at `x`, with its baseline at `y`."""

    x: float
    y: float
    text: str
    size: float
    color: str
    bold: bool = False

    @property
    def width(self) -> float:
        """Width in points."""
        return fonts.width(self.text, self.size, self.bold)


@dataclass(frozen=True)
class Shapes:
    """Shapes of one thing in a picture, with the texts on them."""

    role: Role
    id: str
    outlines: tuple[Outline, ...]
    texts: tuple[Text, ...] = ()
    ends: tuple[str, str] = ("", "")
    """Ids of the nodes that an edge joins."""

    @property
    def bottom(self) -> float:
        """Lower end of its first shape."""
        return self.outlines[0].box[3]


@dataclass(frozen=True)
class Drawing:
    """Whole picture: its parts in the order in which they are drawn."""

    width: float
    height: float
    parts: tuple[Shapes, ...]


def side_by_side(left: Drawing, right: Drawing, apart: float) -> Drawing:
    """Place two drawings side by side, `apart` points from each other."""
    start = left.width + apart
    moved = tuple(_moved(part, start) for part in right.parts)
    height = max(left.height, right.height)
    return Drawing(start + right.width, height, (*left.parts, *moved))


def _moved(part: Shapes, right: float) -> Shapes:
    """Move a part to the right, without its id, which the left drawing may have, too."""
    outlines = tuple(
        replace(outline, points=tuple((x + right, y) for x, y in outline.points))
        for outline in part.outlines
    )
    texts = tuple(replace(text, x=text.x + right) for text in part.texts)
    return replace(part, id="", outlines=outlines, texts=texts)


def box(
    left: float, top: float, right: float, bottom: float, radius: float, **look: Any
) -> Outline:
    """Return a box with round corners."""
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Outline(corners, radius=radius, **look)


def layout_size(layout: Mapping[str, Any]) -> tuple[float, float]:
    """Return width and height of Graphviz's layout, without its surroundings."""
    _, _, width, height = layout["bb"].split(",")
    return float(width), float(height)


def parts(layout: Mapping[str, Any], left: float, top: float) -> Iterator[Shapes]:
    """Yield the parts of Graphviz's layout, with its upper left corner at `left` and `top`.

    Boxes are behind the edges; the titles of boxes are before them, on the colour of their box.
    """
    bottom = top + layout_size(layout)[1]

    def to_page(x: float, y: float) -> Point:
        return left + x, bottom - y

    things = layout.get("objects", ())
    ids = {thing["_gvid"]: thing.get("id", "") for thing in things}
    clusters = [_part("cluster", thing, to_page) for thing in things if "lp" in thing]
    edges = [
        replace(_part("edge", edge, to_page), ends=(ids[edge["tail"]], ids[edge["head"]]))
        for edge in layout.get("edges", ())
        if "_draw_" in edge
    ]
    yield from (replace(cluster, texts=()) for cluster in clusters)
    yield from edges
    yield from map(_title, clusters)
    yield from (
        _part("node", thing, to_page) for thing in things if "_ldraw_" in thing and "pos" in thing
    )


def _title(cluster: Shapes) -> Shapes:
    """Return the title of a box on a plate, which covers the edges behind it."""
    first, last = cluster.texts[0], cluster.texts[-1]
    left, high = first.x - _AROUND, max(text.size for text in cluster.texts)
    right, top = last.x + last.width + _AROUND, first.y - 0.85 * high
    plate = box(left, top, right, top + 1.15 * high, 0, fill=cluster.outlines[0].fill)
    return Shapes("title", "", (plate,), cluster.texts)


def _part(role: Role, thing: Mapping[str, Any], to_page: Callable[[float, float], Point]) -> Shapes:
    steps = [step for key in ("_draw_", "_hdraw_", "_ldraw_") for step in thing.get(key, ())]
    pen = _XdotReader(to_page)
    for step in steps:
        pen.follow(step)
    return Shapes(role, thing.get("id", ""), tuple(pen.outlines), tuple(pen.texts))


class _XdotReader:
    """Reader of Graphviz's drawing language, xdot."""

    def __init__(self, to_page: Callable[[float, float], Point]) -> None:
        self.outlines: list[Outline] = []
        self.texts: list[Text] = []
        self._to_page = to_page
        self._line = self._fill = ""
        self._width, self._stroke = 1.0, "solid"
        self._size, self._bold = 14.0, False

    def follow(self, step: Mapping[str, Any]) -> None:
        """Draw a shape, or set the style of the next ones."""
        match step["op"]:
            case "c":
                self._line = step["color"]
            case "C":
                self._fill = step["color"]
            case "F":
                self._size = float(step["size"])
            case "t":
                self._bold = bool(step["fontchar"] & 1)
            case "S":
                self._set_style(step["style"])
            case "T" if step["text"].strip():
                self._write(step)
            case "B" | "b" | "P" | "p" | "L" as op:
                self._draw(op, step["points"])

    def _set_style(self, style: str) -> None:
        if style.startswith("setlinewidth("):
            self._width = float(style[len("setlinewidth(") : -1])
        elif style in ("solid", "dashed", "dotted"):
            self._stroke = style

    def _draw(self, op: str, points: Sequence[Sequence[float]]) -> None:
        line = "" if self._line == _CLEAR else self._line
        fill = self._fill if op in "BP" and self._fill != _CLEAR else ""
        look = {"line": line, "fill": fill, "width": self._width, "stroke": self._stroke}
        places = tuple(self._to_page(x, y) for x, y in points)
        drawn = Outline(places, op in "Bb", op in "BPp", **look)  # type: ignore[arg-type]
        if drawn.curved and len(places) == _CORNERS and places[0] == places[-1]:
            left, top, right, bottom = drawn.box
            radius = places[0][0] - left
            drawn = box(left, top, right, bottom, radius, **look)
        before = self.outlines[-1] if self.outlines else None
        if before and before.points == drawn.points and not before.line and not drawn.fill:
            self.outlines[-1] = replace(drawn, fill=before.fill)  # A table's fill, then its line.
        else:
            self.outlines.append(drawn)

    def _write(self, step: Mapping[str, Any]) -> None:
        """Add a text where Graphviz has it, or where the bold one in its line ends."""
        x, y = self._to_page(*step["pt"])
        text = step["text"].rstrip(" ").replace("  ", 2 * "\N{NO-BREAK SPACE}")
        before = self.texts[-1] if self.texts else None
        if before and before.bold and before.y == y and not self._bold:
            x, text = before.x + before.width + BESIDE, text.lstrip(" \N{NO-BREAK SPACE}")
        self.texts.append(Text(x, y, text, self._size * GROWTH, self._line, self._bold))
