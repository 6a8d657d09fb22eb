"""Tensors as volumes: an image is a cuboid, a sequence a plate, a vector a bar.

Sizes are drawn on a log scale: each doubling adds the same length to an edge. Time and channels lie
along the direction of the picture, as branches are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import dist, log2

from components.models.drawing import fonts, formatting
from components.models.drawing.cards import GAP, Line, node_card
from components.models.drawing.drawing import BESIDE, GROWTH, Outline, Point, Shapes, Text, box
from components.models.drawing.emphasis import tones_of
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES, Stroke
from components.models.drawing.signed_colors import mixed
from components.models.language.graph import Graph, Node, Shape

LEAST, DOUBLING, CHANNEL_DOUBLING = 5.0, 9.0, 4.5
"""Points of an edge of size 1, and points that each doubling adds, fewer for channels."""
SLANT = 0.34
"""Shift to the right and up of an edge that leads back, as a share of its length."""
THICK, THIN = 9.0, 3.5
"""Points of a bar along the picture, and the distance of the back of bars and plates."""
UNKNOWN_SIZE = 16
"""Size that is drawn where a model leaves it open."""
_AROUND, _BELOW_TEXT, _APART = 3.0, 4.0, 4.0
"""Points beside the number of an edge, between texts and volumes, and before arrows."""
_NAME, _LEADING = 14 * GROWTH, 1.25


@dataclass(frozen=True)
class Volume:
    """Cuboid as drawn: its front, and the distance of its back to the right and up.

    The numbers stand to the left of its front, below it, and beside its lower right edge.
    """

    width: float
    height: float
    depth: float
    left: str = ""
    below: str = ""
    right: str = ""

    def faces(self, x: float, y: float) -> tuple[tuple[Point, ...], ...]:
        """Return the corners of front, top and side; `x`, `y` is the front's lower left one."""
        right, top, back = x + self.width, y - self.height, self.depth
        front = (x, top), (right, top), (right, y), (x, y)
        above = (x, top), (x + back, top - back), (right + back, top - back), (right, top)
        side = (right, top), (right + back, top - back), (right + back, y - back), (right, y)
        return front, above, side


@dataclass(frozen=True)
class VolumeCard:
    """Volume with its colours, and the lines of text above and below it."""

    volume: Volume
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    fills: tuple[str, str, str]
    line: str
    stroke: Stroke
    number: float
    """Size of the numbers at its edges."""
    ink: str
    across: bool

    @property
    def reach(self) -> tuple[float, float]:
        """Points from its middle to an arrow's end at the left, and to its start at the right."""
        volume, back = self.volume, self.volume.depth
        half, beside = (volume.width + back) / 2, self._wide(volume.right) - back / 2
        flat = volume.height < 1.5 * self.number
        return half + self._wide(volume.left), half + (max(beside, 0.0) if flat else 0.0)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height with all texts; across the page, the volume is in the middle."""
        sides = self._wide(self.volume.left), self._wide(self.volume.right) - self.volume.depth / 2
        width = self.volume.width + self.volume.depth + 2 * max(*sides, 0.0)
        width = max(width, *(line.width for line in (*self.above, *self.below))) + 2 * _AROUND
        top, bottom = self._ends
        return width, top + self.volume.height + self.volume.depth + bottom

    def drawn(self, part: Shapes) -> Shapes:
        """Draw the card in its place in the layout."""
        left, top, right, _ = part.outlines[0].box
        middle, volume = (left + right) / 2, self.volume
        x = middle - (volume.width + volume.depth) / 2
        texts = list(_centred(self.above, middle, top + self._ends[0] - _BELOW_TEXT))
        y = top + self._ends[0] + volume.depth + volume.height
        faces = tuple(
            Outline(corners, fill=fill, line=self.line, width=0.8, stroke=self.stroke)
            for corners, fill in zip(volume.faces(x, y), self.fills, strict=True)
        )
        texts += self._numbers(x, y)
        last = y + self._low + _height(self.below)
        texts += _centred(self.below, middle, last)
        return Shapes("node", part.id, (box(*part.outlines[0].box, 7), *faces), tuple(texts))

    @property
    def _ends(self) -> tuple[float, float]:
        """Points above and below the volume; equal in pictures across the page."""
        top = _height(self.above) + _BELOW_TEXT
        bottom = self._low + _height(self.below)
        return (max(top, bottom),) * 2 if self.across else (top, bottom)

    @property
    def _low(self) -> float:
        return self.number * _LEADING if self.volume.below else _AROUND

    def _numbers(self, x: float, y: float) -> Iterator[Text]:
        volume, half = self.volume, 0.34 * self.number
        wide = fonts.width(volume.below, self.number)
        for text, left, base in (
            (volume.left, x - self._wide(volume.left), y - volume.height / 2 + half),
            (volume.below, x + (volume.width - wide) / 2, y + self.number),
            (
                volume.right,
                x + volume.width + volume.depth / 2 + _AROUND,
                y - volume.depth / 2 + 1.6 * half,
            ),
        ):
            if text:
                yield Text(left, base, text, self.number, self.ink)

    def _wide(self, number: str) -> float:
        return fonts.width(number, self.number) + _AROUND if number else 0.0


def volume_graph(graph: Graph) -> Graph:
    """Return the graph with one node for each tensor that is drawn.

    A layer that keeps the shape of its only source, and that only scales or drops numbers, has no
    volume of its own: `config` of the layer before it lists it under `then`.
    """
    whole = graph.drawn()
    readers = Counter(source for node in whole.nodes for source in node.sources)
    kept: dict[str, Node] = {}
    volumes: dict[str, str] = {}
    for node in whole.nodes:
        held = kept.get(volumes[node.sources[0]]) if len(node.sources) == 1 else None
        if held and readers[node.sources[0]] == 1 and _only_changes_numbers(node, held):
            then = (*held.config.get("then", ()), node)
            kept[held.id] = replace(
                held,
                parameters=held.parameters + node.parameters,
                config={**held.config, "then": then},
            )
            volumes[node.id] = held.id
        else:
            volumes[node.id] = node.id
            kept[node.id] = replace(
                node,
                sources=tuple(volumes.get(source, source) for source in node.sources),
                culprits=tuple(volumes.get(source, source) for source in node.culprits),
                shares=volumes.get(node.shares, node.shares) if node.shares else None,
            )
    return replace(whole, nodes=tuple(kept.values()))


def _only_changes_numbers(node: Node, source: Node) -> bool:
    plain = not node.parameters or node.layer.endswith("Normalization")
    alike = node.shape == source.shape and node.group == source.group and not node.unknown
    return alike and plain and node.state == source.state == "built"


def volume_of(shape: Shape, across: bool) -> Volume:
    """Return the volume of a tensor in a picture from top to bottom, or `across` the page."""
    *_, first, second, last = (None, None, *(shape or (1,)))
    numbers = [formatting.shape((size,)) for size in (first, second, last)]
    if len(shape) < 2:
        length, text = _length(last), numbers[2]
        bar = Volume(THICK, length, THIN, left=text)
        return bar if across else Volume(length, THICK, THIN, below=text)
    if len(shape) == 2:
        steps, features = _length(second), _length(last)
        if across:
            return Volume(steps, features, THIN, left=numbers[2], below=numbers[1])
        return Volume(features, steps, THIN, left=numbers[1], below=numbers[2])
    high, wide, channels = _length(first), _length(second), _length(last, CHANNEL_DOUBLING)
    if across:
        return Volume(channels, high, SLANT * wide, numbers[0], numbers[2], numbers[1])
    return Volume(wide, channels, SLANT * high, numbers[2], numbers[1], numbers[0])


def cards(graph: Graph, options: DiagramOptions) -> dict[str, VolumeCard]:
    """Return the cards of all nodes of `volume_graph` whose shape is known."""
    return {
        node.id: _card(graph, node, options)
        for node in graph.nodes
        if node.state == "built" and "shape" not in node.unknown
    }


def drawn(
    parts: Iterable[Shapes], cards: Mapping[str, VolumeCard], options: DiagramOptions
) -> Iterator[Shapes]:
    """Yield the parts of a layout with volumes in place of nodes, and arrows that reach them."""
    placed = list(parts)
    middles = {part.id: sum(part.outlines[0].box[::2]) / 2 for part in placed if part.id in cards}
    for part in placed:
        if part.id in cards:
            yield cards[part.id].drawn(part)
        elif part.role == "edge" and options.direction == "horizontal":
            begin, end = (
                middles[id] + side * (cards[id].reach[side > 0] + _APART) if id in cards else None
                for id, side in zip(part.ends, (1, -1), strict=True)
            )
            yield _reaching(part, begin, end)
        else:
            yield part


def _card(graph: Graph, node: Node, options: DiagramOptions) -> VolumeCard:
    theme, across = THEMES[options.theme], options.direction == "horizontal"
    tones, volume = tones_of(graph, node, options), volume_of(node.shape, across)
    first, *more = (
        replace(line, ink=theme.ink, quiet=theme.quiet)
        for line in node_card(graph, node, options).lines
    )
    facts = [line.rest or line.name for line in more]
    if len(node.shape) > 3 and options.shapes:
        facts.insert(0, formatting.output(node))
    if then := node.config.get("then"):
        layers = Counter(
            follower.layer if options.classes else formatting.layer_title(follower.layer)
            for follower in then
        )
        facts.append(f"then {formatting.layer_list(layers)}")
    if across:
        names = [first.name, first.rest]
        facts = [part for fact in facts for part in re.split(f"{GAP}| · | (?=\\()", fact)]
    else:
        names = [first.name]
        facts = [" · ".join(fact.split(GAP)) for fact in facts]
    small = [
        Line(rest=text, quiet=theme.quiet, size=options.small) for text in (*names[1:], *facts)
    ]
    small = [line for line in small if line.rest]
    if across:
        cut = 2 if first.rest else 1
        above, below = (replace(first, rest=""), *small[: cut - 1]), tuple(small[cut - 1 :])
    else:
        above, below = (first, *small), ()
    return VolumeCard(
        volume if options.shapes else replace(volume, left="", below="", right=""),
        above,
        below,
        _fills(tones.solid),
        tones.outline or tones.title,
        "dashed" if node.reason else "solid",
        options.small * GROWTH,
        theme.quiet,
        across,
    )


def _length(size: int | None, doubling: float = DOUBLING) -> float:
    return LEAST + doubling * log2(max(UNKNOWN_SIZE if size is None else size, 1))


def _fills(color: str) -> tuple[str, str, str]:
    """Return the colours of front, top and side in one hue, with light from above."""
    white, black = "#FFFFFF", "#000000"
    return mixed(color, white, 0.3), mixed(color, white, 0.6), mixed(color, black, 0.15)


def _height(lines: Sequence[Line]) -> float:
    return sum(map(_line_height, lines))


def _line_height(line: Line) -> float:
    return (_NAME if line.name else line.size * GROWTH) * _LEADING


def _centred(lines: Sequence[Line], middle: float, bottom: float) -> Iterator[Text]:
    """Yield the texts of lines, each in the middle, the last one above `bottom`."""
    y = bottom - _height(lines)
    for line in lines:
        x, high = middle - line.width / 2, _line_height(line)
        base = y + high - 0.35 * (high / _LEADING)
        if line.name:
            name = Text(x, base, line.name, _NAME, line.ink, True)
            x += name.width + BESIDE
            yield name
        if line.rest:
            yield Text(x, base, line.rest, line.size * GROWTH, line.quiet)
        y += high


def _reaching(edge: Shapes, begin: float | None, end: float | None) -> Shapes:
    """Return an edge across the page with level ends at `begin` and `end`; `None` keeps an end."""
    line, *heads = edge.outlines
    points = line.points
    if begin is not None:
        (x, y), second, third, (far, low), *rest = points
        second = (max(second[0], (x + far) / 2), y) if far > x else second
        points = (*_straight(begin, x, y), (x, y), second, third, (far, low), *rest)
    if end is not None and heads:
        one, (x, y), other, *_ = heads[0].points
        half = dist(one, other) / 2
        base = end - dist((x, y), ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2))
        turn, (far, _), before = min(x, base), points[-4], points[-2]
        before = (min(before[0], (turn + far) / 2), y) if far < turn else before
        points = (*points[:-2], before, *_straight(turn, base, y), (base, y))
        head = replace(heads[0], points=((base, y - half), (end, y), (base, y + half)))
        heads = [head]
    return replace(edge, outlines=(replace(line, points=points), *heads))


def _straight(begin: float, end: float, y: float) -> tuple[Point, Point, Point]:
    """Return the first three points of a level line as a Bézier curve."""
    third = (end - begin) / 3
    return (begin, y), (begin + third, y), (end - third, y)
