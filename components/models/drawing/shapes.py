"""Picture of objects that a drawing program can edit: frames, cards, arrows and free lines.

Letters are those that Graphviz laid out, in Helvetica or a font as wide: other programs have no
Source Sans. All places are in points, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import dist

from components.models.drawing import diagram
from components.models.drawing.drawing import (
    GROWTH,
    Box,
    Drawing,
    Outline,
    Point,
    Shapes,
    Text,
    box,
)
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph

FONT = "Helvetica"
TextLine = tuple[Text, ...]
"""Texts of one line, from left to right."""


@dataclass(frozen=True)
class ShapeCard:
    """Box with lines of text: a layer, a block, or the frame around a group of layers."""

    id: str
    name: str
    """Name in a list of objects."""
    outline: Outline
    lines: tuple[TextLine, ...]
    frame: str = ""
    """Id of the frame around it; empty if there is none."""
    faces: tuple[Outline, ...] = ()
    """Front, top and side of a volume, with texts around them; its box is then invisible."""

    @property
    def text(self) -> str:
        """The lines as plain text."""
        return "\n".join("  ".join(text.text for text in line) for line in self.lines)

    @property
    def texts(self) -> tuple[Text, ...]:
        """The texts of all lines."""
        return tuple(text for line in self.lines for text in line)

    @property
    def cuboid(self) -> tuple[Outline, float]:
        """Box around the faces in the look of the front, and the distance of the back."""
        front, top, side = self.faces
        left, back, *_ = top.box
        around = box(left, back, side.box[2], front.box[3], 0, line=front.line, fill=front.fill)
        look = replace(around, width=front.width, stroke=front.stroke)
        return look, front.box[1] - back


@dataclass(frozen=True)
class Arrow:
    """Connection of two cards along a curve of Bézier pieces, three points each after the first.

    Its first and last points are on the borders of the cards, or near them.
    """

    id: str
    name: str
    source: str
    target: str
    points: tuple[Point, ...]
    color: str
    width: float
    stroke: str
    labels: tuple[Text, ...]

    @property
    def bends(self) -> tuple[Point, ...]:
        """Points where its pieces meet, without its ends; the middle of a curve of one piece."""
        if len(self.points) > 4:
            return self.points[3:-1:3]
        first, last = self.points[0], self.points[-1]
        x, y = ((a + 3 * b + 3 * c + d) / 8 for a, b, c, d in zip(*self.points, strict=True))
        off = abs((x - first[0]) * (last[1] - first[1]) - (y - first[1]) * (last[0] - first[0]))
        return ((x, y),) if off > abs(last[0] - first[0]) + abs(last[1] - first[1]) else ()


@dataclass(frozen=True)
class ShapePicture:
    """Editable picture; frames come before the cards in them, and `free` stands around them."""

    name: str
    width: float
    height: float
    background: str
    """Colour of the page; empty if it has none."""
    frames: tuple[ShapeCard, ...]
    arrows: tuple[Arrow, ...]
    cards: tuple[ShapeCard, ...]
    free: tuple[Shapes, ...]
    """Title, legend and caption."""

    def box(self, id: str) -> Box:
        """Return left, top, right and bottom of a card or frame."""
        return next(c.outline.box for c in (*self.frames, *self.cards) if c.id == id)


def picture(graph: Graph, options: DiagramOptions) -> ShapePicture:
    """Return the diagram as editable shapes."""
    drawing, shown = diagram.drawing(graph, options), diagram.at_level(graph, options)
    frames = tuple(_frames(drawing))
    held = {frame.id for frame in frames}
    cards = []
    for part in drawing.parts:
        if part.role == "node":
            frame = f"group_{shown[part.id].group}"
            outline, *more = part.outlines
            faces = tuple(more) if options.level == "volumes" else ()
            lines, frame = _lines(part.texts), frame if frame in held else ""
            cards.append(ShapeCard(part.id, part.id, outline, lines, frame, faces))
    free = (replace(p, texts=_sized(p.texts)) for p in drawing.parts if p.role == "legend")
    return ShapePicture(
        graph.name,
        drawing.width,
        drawing.height,
        "" if options.transparent else THEMES[options.theme].page,
        frames,
        tuple(_arrows(drawing)),
        tuple(cards),
        tuple(free),
    )


def number_text(value: float) -> str:
    """Format a length with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def position_in(box: Box, point: Point) -> Point:
    """Return the place of a point in a box, from 0 to 1 across and down, clipped to its border."""
    left, top, right, bottom = box
    across, down = (point[0] - left) / (right - left), (point[1] - top) / (bottom - top)
    return min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)


def _frames(drawing: Drawing) -> Iterator[ShapeCard]:
    titles = [part for part in drawing.parts if part.role == "title"]
    frames = [part for part in drawing.parts if part.role == "cluster"]
    for frame, title in zip(frames, titles, strict=True):
        lines = _lines(title.texts)
        yield ShapeCard(frame.id, lines[0][0].text, frame.outlines[0], lines)


def _arrows(drawing: Drawing) -> Iterator[Arrow]:
    edges = (part for part in drawing.parts if part.role == "edge")
    for number, part in enumerate(edges):
        line, *head = part.outlines
        points = line.points
        if head:  # The line ends where the head of the arrow begins: lead it to the point.
            points = (*points[:-1], max(head[0].points, key=lambda p: dist(p, points[-1])))
        yield Arrow(
            f"arrow {number}",
            " → ".join(part.ends),
            *part.ends,
            points,
            line.line,
            line.width,
            line.stroke,
            _sized(part.texts),
        )


def _sized(texts: Sequence[Text]) -> tuple[Text, ...]:
    return tuple(replace(text, size=round(text.size / GROWTH, 2)) for text in texts)


def _lines(texts: Sequence[Text]) -> tuple[TextLine, ...]:
    return tuple(tuple(line) for _, line in groupby(_sized(texts), key=lambda text: text.y))
