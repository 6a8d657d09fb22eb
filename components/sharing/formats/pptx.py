"""PowerPoint: a slide with shapes, and connectors glued to the cards they connect."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from components.base.zips import zip_of
from components.models.drawing import caption
from components.models.drawing.drawing import Box, Outline, Point, Text, box
from components.models.drawing.options import DiagramOptions
from components.models.drawing.shapes import Arrow, ShapeCard, ShapePicture, TextLine, picture
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat

FONT = "Arial"
"""Font as wide as Helvetica, but installed on more computers."""
_LARGEST = 4032.0
"""Maximum size of a slide's side in points: 56 inches."""
_FREE = 12.0
"""Distance in points between a curve and the boxes it passes, the same as between frames."""
_NEAR = 3.0
"""Distance in points from a card within which a connector would seem to touch it."""
_TOP, _LEFT, _BOTTOM, _RIGHT = range(4)
"""PowerPoint's numbers for the sides of a box."""
_STRAIGHT, _ONE_BEND, _TWO_BENDS, _CURVED = (
    "line",
    "bentConnector2",
    "bentConnector3",
    "curvedConnector3",
)
"""PowerPoint's names for shapes of connectors."""


class PowerPointPicture(PictureFormat):
    """Slide as large as the picture; text stays text, and each branch is a group of shapes."""

    title = "PowerPoint"
    rank = 8
    mime = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    about = "PowerPoint: shapes and text to be edited"
    clipboard = "none"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the presentation: one slide, with the caption in its notes."""
        notes = options.caption or caption.text(graph)
        words = caption.title(graph, options), notes
        return _Slide(picture(graph, options), options.direction == "vertical", words).file()


@dataclass(frozen=True)
class _ConnectorPath:
    """Path of a connector: its shape, the sides it is glued to, and its start, turns and end."""

    form: str
    sides: tuple[int, int]
    places: tuple[Point, ...]

    def crosses(self, box: Box) -> bool:
        """Return `True` if it crosses a box."""
        return any(_is_crossed(box, *line) for line in pairwise(self.places))


class _Slide:
    """Slide of a new presentation on which a picture is drawn.

    Arrows go `down` the slide, or to the right. `words` are the notes and a title, which is above
    the slide for screen readers.
    """

    def __init__(self, drawn: ShapePicture, down: bool, words: tuple[str, str]) -> None:
        from pptx import Presentation
        from pptx.enum.text import MSO_ANCHOR

        self._drawn, self._down = drawn, down
        self._scale = min(1.0, _LARGEST / max(drawn.width, drawn.height))
        self._deck: Any = Presentation()
        self._deck.slide_width = self._length(max(drawn.width, 72))
        self._deck.slide_height = self._length(max(drawn.height, 72))
        only_title = self._deck.slide_layouts[5]
        self._slide = self._deck.slides.add_slide(only_title)
        title, notes = self._slide.shapes.title, self._slide.notes_slide
        title.text, notes.notes_text_frame.text = words
        title.left, title.width, title.height = 0, self._deck.slide_width, self._length(72)
        title.top = -title.height - self._length(_FREE)
        title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        title.text_frame.paragraphs[0].runs[0].font.size = self._length(14)
        self._shapes: dict[str, Any] = {}

    def file(self) -> bytes:
        """Return the file; the same picture gives the same bytes."""
        drawn = self._drawn
        if drawn.background:
            fill = self._slide.background.fill
            fill.solid()
            fill.fore_color.rgb = _rgb(drawn.background)
        for part in drawn.free:
            for outline in part.outlines:
                self._box(self._slide.shapes, outline)
            for text in part.texts:
                self._text(self._slide.shapes, text)
        for frame in drawn.frames:
            group = self._slide.shapes.add_group_shape()
            group.name = frame.name
            self._card(group.shapes, frame, "top")
            inside = [card for card in drawn.cards if card.frame == frame.id]
            for card in inside:
                self._card(group.shapes, card)
            held = ", ".join(card.lines[0][0].text for card in inside)
            _describe(group, f"{_one_line(frame)}: {held}")
        for card in drawn.cards:
            if not card.frame:
                self._card(self._slide.shapes, card)
        paths = list(map(self._connector, drawn.arrows))
        for arrow in drawn.arrows:
            for text in arrow.labels:
                self._text(self._slide.shapes, text)
        for frame in drawn.frames:
            if any(path.crosses(_title_box(frame)) for path in paths):
                self._raise_title(frame)
        return self._saved()

    def _saved(self) -> bytes:
        properties = self._deck.core_properties
        properties.title, properties.author = self._drawn.name, "Fusion Playground"
        held = io.BytesIO()
        self._deck.save(held)
        with zipfile.ZipFile(held) as zipped:
            return zip_of((name, zipped.read(name)) for name in zipped.namelist())

    def _card(
        self, shapes: Any, card: ShapeCard, anchor: Literal["top", "middle"] = "middle"
    ) -> None:
        from pptx.enum.text import MSO_ANCHOR

        if card.faces:
            self._volume(shapes.add_group_shape(), card)
            return
        shape = self._shapes[card.id] = self._box(shapes, card.outline)
        shape.name = card.name
        _describe(shape, _one_line(card))
        left = card.lines[0][0].x - card.outline.box[0]
        top = MSO_ANCHOR.TOP if anchor == "top" else MSO_ANCHOR.MIDDLE
        self._write(shape.text_frame, card.lines, left, top)

    def _volume(self, group: Any, card: ShapeCard) -> None:
        """Draw a cube and its texts in an invisible box to which arrows are glued."""
        group.name = card.name
        _describe(group, _one_line(card))
        shape = self._shapes[card.id] = self._box(group.shapes, replace(card.outline, radius=0))
        shape.name = card.name
        self._box(group.shapes, *card.cuboid)
        for text in card.texts:
            self._text(group.shapes, text)

    def _box(self, shapes: Any, outline: Outline, depth: float = 0) -> Any:
        """Draw a box, or with a depth a cube, whose top and side have shades of its colour."""
        from pptx.enum.shapes import MSO_SHAPE

        left, top, right, bottom = outline.box
        kind = MSO_SHAPE.ROUNDED_RECTANGLE if outline.radius else MSO_SHAPE.RECTANGLE
        kind = MSO_SHAPE.CUBE if depth else kind
        shape = shapes.add_shape(kind, *map(self._length, (left, top, right - left, bottom - top)))
        if adjusted := depth or outline.radius:
            shape.adjustments[0] = adjusted / min(right - left, bottom - top)
        _remove_style(shape)
        _fill(shape.fill, outline.fill)
        if outline.line:
            self._pen(shape.line, outline.line, outline.width, outline.stroke)
        else:
            shape.line.fill.background()
        return shape

    def _text(self, shapes: Any, text: Text) -> None:
        from pptx.enum.text import MSO_ANCHOR

        sides = text.x, text.y - text.size, 1.2 * text.width + 4, 1.3 * text.size
        box = shapes.add_textbox(*map(self._length, sides))
        self._write(box.text_frame, [(text,)], 0, MSO_ANCHOR.TOP)

    def _write(self, frame: Any, lines: Sequence[TextLine], left: float, anchor: Any) -> None:
        from pptx.enum.text import PP_ALIGN

        frame.word_wrap = False
        frame.vertical_anchor = anchor
        frame.margin_left = self._length(left)
        frame.margin_right = frame.margin_top = frame.margin_bottom = self._length(0)
        for number, line in enumerate(lines):
            paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.LEFT
            for position, text in enumerate(line):
                run = paragraph.add_run()
                run.text = f"  {text.text}" if position else text.text
                run.font.name, run.font.bold = FONT, text.bold
                run.font.size = self._length(text.size)
                run.font.color.rgb = _rgb(text.color)

    def _raise_title(self, frame: ShapeCard) -> None:
        """Draw the title of a frame again, above the connectors that cross it."""
        from pptx.enum.text import MSO_ANCHOR

        self._shapes[frame.id].text_frame.clear()
        shapes = self._slide.shapes
        left, top, right, bottom = _title_box(frame)
        plate = self._box(shapes, box(left, top, right, bottom, 0, fill=frame.outline.fill))
        plate.name = f"title of {frame.name}"
        self._write(plate.text_frame, frame.lines, 0, MSO_ANCHOR.MIDDLE)

    def _connector(self, arrow: Arrow) -> _ConnectorPath:
        """Draw a connector glued at both ends, on the first path that crosses the fewest boxes.

        Boxes are the other cards, and frames that contain neither end; titles decide between ties.
        """
        from pptx.enum.shapes import MSO_CONNECTOR

        ends = self._drawn.box(arrow.source), self._drawn.box(arrow.target)
        boxes, titles = (
            list(self._unrelated_boxes(arrow)),
            list(map(_title_box, self._drawn.frames)),
        )

        def crossings(path: _ConnectorPath) -> tuple[int, int]:
            return sum(map(path.crosses, boxes)), sum(map(path.crosses, titles))

        path = _straight_path(arrow, ends)
        if any(crossings(path)):
            passed = [one for one in boxes if path.crosses(one)]
            paths = [path, *_paths_with_corners(ends, self._down, boxes)]
            paths += _curves(arrow, ends, self._down, passed) if passed else ()
            path = min(paths, key=crossings)
        line = self._slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 0, 0)
        line.name = arrow.name
        _describe(line, f"Arrow from {arrow.source} to {arrow.target}")
        _remove_style(line)
        line.begin_connect(self._shapes[arrow.source], path.sides[0])
        line.end_connect(self._shapes[arrow.target], path.sides[1])
        if path.form != _STRAIGHT:
            self._bend(line, path)
        self._pen(line.line, arrow.color, arrow.width, arrow.stroke)
        _add_arrow_head(line)
        return path

    def _unrelated_boxes(self, arrow: Arrow) -> Iterator[Box]:
        """Yield the cards that an arrow doesn't connect, and the frames that contain
        neither end.
        """
        ends = {arrow.source, arrow.target}
        own = {card.frame for card in self._drawn.cards if card.id in ends}
        for card in self._drawn.cards:
            if card.id not in ends:
                left, top, right, bottom = card.outline.box
                yield left - _NEAR, top - _NEAR, right + _NEAR, bottom + _NEAR
        yield from (frame.outline.box for frame in self._drawn.frames if frame.id not in own)

    def _bend(self, line: Any, path: _ConnectorPath) -> None:
        """Give a connector the shape of its path.

        PowerPoint's shape starts at the upper left corner of its frame and goes right. For a path
        that starts up or down, the frame is rotated by 90 degrees about its centre.
        """
        from pptx.oxml.ns import qn

        turned = path.sides[0] in (_TOP, _BOTTOM)
        along, across = (1, 0) if turned else (0, 1)
        begin, turn, *_, end = path.places
        length = max(abs(end[along] - begin[along]), 1.0)
        wide = abs(end[across] - begin[across])
        backwards = end[along] < begin[along]
        middle = [(one + other) / 2 for one, other in zip(begin, end, strict=True)]
        line.left, line.top = (
            self._length(center - size / 2)
            for center, size in zip(middle, (length, wide), strict=True)
        )
        line.width, line.height = self._length(length), self._length(wide)
        frame = line._element.spPr.find(qn("a:xfrm"))
        flipped = (end[across] < begin[across]) is not turned
        for name, value in (
            ("rot", "5400000" if turned else None),
            ("flipH", "1" if backwards else None),
            ("flipV", "1" if flipped else None),
        ):
            frame.attrib.pop(name, None)
            if value:
                frame.set(name, value)
        far = (turn[along] - begin[along]) / length * (-1 if backwards else 1)
        bend = f'<a:gd name="adj1" fmla="val {round(100_000 * far)}"/>'
        bend = "" if path.form == _ONE_BEND else bend
        form = _xml("prstGeom", f"<a:avLst>{bend}</a:avLst>", f'prst="{path.form}"')
        frame.getparent().replace(frame.getparent().find(qn("a:prstGeom")), form)

    def _pen(self, line: Any, color: str, width: float, stroke: str) -> None:
        from pptx.enum.dml import MSO_LINE

        line.color.rgb = _rgb(color)
        line.width = self._length(width)
        if stroke != "solid":
            line.dash_style = MSO_LINE.DASH if stroke == "dashed" else MSO_LINE.ROUND_DOT

    def _length(self, points: float) -> Any:
        from pptx.util import Pt

        return Pt(points * self._scale)


def _side(box: Box, point: Point) -> int:
    """Return PowerPoint's number of the side of a box that is nearest to a point."""
    left, top, right, bottom = box
    x, y = point
    away = [abs(y - top), abs(x - left), abs(y - bottom), abs(x - right)]
    return away.index(min(away))


def _middle(box: Box, side: int) -> Point:
    """Return the middle of a side, where a connector is glued."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    return ((x, top), (left, y), (x, bottom), (right, y))[side]


def _is_crossed(box: Box, begin: Point, end: Point) -> bool:
    """Return `True` if a straight line crosses a box."""
    enters, leaves = 0.0, 1.0
    for low, high, start, stop in zip(box[:2], box[2:], begin, end, strict=True):
        if start == stop and not low <= start <= high:
            return False
        if start != stop:
            near, far = sorted(((low - start) / (stop - start), (high - start) / (stop - start)))
            enters, leaves = max(enters, near), min(leaves, far)
    return enters <= leaves


def _straight_path(arrow: Arrow, ends: tuple[Box, Box]) -> _ConnectorPath:
    """Return a line between the sides where the arrow in the picture starts and ends."""
    begin, end = _side(ends[0], arrow.points[0]), _side(ends[1], arrow.points[-1])
    return _ConnectorPath(_STRAIGHT, (begin, end), (_middle(ends[0], begin), _middle(ends[1], end)))


def _paths_with_corners(
    ends: tuple[Box, Box], down: bool, boxes: Sequence[Box]
) -> Iterator[_ConnectorPath]:
    """Yield paths with one corner into a side of the target, or two in a gap between boxes."""
    leave, enter, *beside = (
        (_BOTTOM, _TOP, _LEFT, _RIGHT) if down else (_RIGHT, _LEFT, _TOP, _BOTTOM)
    )
    along, across = (1, 0) if down else (0, 1)
    begin, end = _middle(ends[0], leave), _middle(ends[1], enter)

    def corner(over: float, far: float) -> Point:
        return (over, far) if down else (far, over)

    for side, sign in zip(beside, (1, -1), strict=True):
        tip = _middle(ends[1], side)
        if sign * (tip[across] - begin[across]) > _FREE and tip[along] > begin[along]:
            turn = corner(begin[across], tip[along])
            yield _ConnectorPath(_ONE_BEND, (leave, side), (begin, turn, tip))
    edges = {edge for one in boxes for edge in (one[along] - _FREE / 2, one[along + 2] + _FREE / 2)}
    for level in sorted(edges):
        if begin[along] < level < end[along]:
            turns = corner(begin[across], level), corner(end[across], level)
            yield _ConnectorPath(_TWO_BENDS, (leave, enter), (begin, *turns, end))


def _curves(
    arrow: Arrow, ends: tuple[Box, Box], down: bool, passed: Sequence[Box]
) -> Iterator[_ConnectorPath]:
    """Yield curves around the boxes between two ends, first on the side of the arrow's curve."""
    across = 0 if down else 1
    places = [point[across] for point in arrow.points]
    middle = sum(one[across] + one[across + 2] for one in passed) / 2 / len(passed)
    low = min(*places, *(one[across] - _FREE for one in (*ends, *passed)))
    high = max(*places, *(one[across + 2] + _FREE for one in (*ends, *passed)))
    sides = [(_LEFT, low), (_RIGHT, high)] if down else [(_TOP, low), (_BOTTOM, high)]
    if sum(places) / len(places) >= middle:
        sides.reverse()
    for side, reach in sides:
        begin, end = _middle(ends[0], side), _middle(ends[1], side)
        turns = [(reach, y) if down else (x, reach) for x, y in (begin, end)]
        yield _ConnectorPath(_CURVED, (side, side), (begin, *turns, end))


def _title_box(frame: ShapeCard) -> Box:
    """Return the box around a frame's title."""
    first, last = frame.texts[0], frame.texts[-1]
    return first.x, first.y - first.size, last.x + 1.1 * last.width, first.y + 0.3 * first.size


def _one_line(card: ShapeCard) -> str:
    return ", ".join(" ".join(text.text for text in line) for line in card.lines)


def _describe(shape: Any, text: str) -> None:
    """Set the alternative text of a shape."""
    shape._element._nvXxPr.cNvPr.set("descr", text)


def _add_arrow_head(line: Any) -> None:
    from pptx.oxml.ns import qn

    head = _xml("tailEnd", "", 'type="triangle" w="med" len="med"')
    line._element.spPr.find(qn("a:ln")).append(head)


def _xml(name: str, content: str, attributes: str = "") -> Any:
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    return parse_xml(f"<a:{name} {nsdecls('a')} {attributes}>{content}</a:{name}>")


def _remove_style(shape: Any) -> None:
    """Remove styles of the theme, such as shadows."""
    from pptx.oxml.ns import qn

    shape._element.remove(shape._element.find(qn("p:style")))


def _fill(fill: Any, color: str) -> None:
    if color:
        fill.solid()
        fill.fore_color.rgb = _rgb(color)
    else:
        fill.background()


def _rgb(color: str) -> Any:
    from pptx.dml.color import RGBColor

    colors: Any = RGBColor
    return colors.from_string(color.lstrip("#"))
