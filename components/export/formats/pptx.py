"""PowerPoint: a slide of shapes, with connectors glued to the cards they join."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from components.core.graph import Graph
from components.core.zips import zip_of
from components.export.formats.base import PictureFormat
from components.render import caption
from components.render.drawing import Box, Outline, Point, Text
from components.render.options import DiagramOptions
from components.render.shapes import Arrow, ShapeCard, ShapePicture, TextLine, picture

FONT = "Arial"
"""As wide as Helvetica, and on more machines."""
_LARGEST = 4032.0
"""Points of a slide's side at most: 56 inches."""
_FREE = 12.0
"""Points between a curve and the cards that it passes."""
_TOP, _LEFT, _BOTTOM, _RIGHT = range(4)
"""PowerPoint's numbers of the sides of a box."""
_STEPS = 60
"""Places of a straight line that are looked at for cards below it."""


class PowerPointPicture(PictureFormat):
    """A slide as large as the picture; text is text, and each branch is a group of shapes."""

    title = "PowerPoint"
    rank = 8
    mime = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    about = "PowerPoint: shapes and text to be edited"
    clipboard = "none"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """The presentation: one slide, with the caption in its notes."""
        notes = options.caption or caption.text(graph)
        return _Slide(picture(graph, options), notes).file()


class _Slide:
    """Draws a picture on the one slide of a new presentation."""

    def __init__(self, drawn: ShapePicture, notes: str) -> None:
        from pptx import Presentation

        self._drawn = drawn
        self._scale = min(1.0, _LARGEST / max(drawn.width, drawn.height))
        self._deck: Any = Presentation()
        self._deck.slide_width = self._length(max(drawn.width, 72))
        self._deck.slide_height = self._length(max(drawn.height, 72))
        blank = self._deck.slide_layouts[6]
        self._slide = self._deck.slides.add_slide(blank)
        self._slide.notes_slide.notes_text_frame.text = notes
        self._shapes: dict[str, Any] = {}

    def file(self) -> bytes:
        """The file, the same bytes for the same picture."""
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
            for card in drawn.cards:
                if card.frame == frame.id:
                    self._card(group.shapes, card)
        for card in drawn.cards:
            if not card.frame:
                self._card(self._slide.shapes, card)
        for arrow in drawn.arrows:
            self._connector(arrow)
            for text in arrow.labels:
                self._text(self._slide.shapes, text)
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
        left = card.lines[0][0].x - card.outline.box[0]
        top = MSO_ANCHOR.TOP if anchor == "top" else MSO_ANCHOR.MIDDLE
        self._write(shape.text_frame, card.lines, left, top)

    def _volume(self, group: Any, card: ShapeCard) -> None:
        """A cube with its texts around it, in a box that nobody sees: arrows are glued to that."""
        group.name = card.name
        shape = self._shapes[card.id] = self._box(group.shapes, replace(card.outline, radius=0))
        shape.name = card.name
        self._box(group.shapes, *card.cuboid)
        for text in card.texts:
            self._text(group.shapes, text)

    def _box(self, shapes: Any, outline: Outline, depth: float = 0) -> Any:
        """A box; with a depth, PowerPoint's cube, whose top and side have shades of its colour."""
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

    def _connector(self, arrow: Arrow) -> None:
        """A straight line where it crosses no other card, else a curve beside; glued at both ends.

        PowerPoint lays out connectors with more bends anew, and badly.
        """
        from pptx.enum.shapes import MSO_CONNECTOR

        line = self._slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 0, 0)
        line.name = arrow.name
        _remove_style(line)
        boxes = self._drawn.box(arrow.source), self._drawn.box(arrow.target)
        tips = arrow.points[0], arrow.points[-1]
        sides = [_side(box, tip) for box, tip in zip(boxes, tips, strict=True)]
        begin, end = map(_middle, boxes, sides)
        passed = [box for box in self._other_boxes(arrow) if _is_crossed(box, begin, end)]
        if passed:
            side, reach = _way_around(arrow, boxes, passed)
            sides = [side, side]
        line.begin_connect(self._shapes[arrow.source], sides[0])
        line.end_connect(self._shapes[arrow.target], sides[1])
        if passed:
            self._bend(line, _middle(boxes[0], side), _middle(boxes[1], side), side, reach)
        self._pen(line.line, arrow.color, arrow.width, arrow.stroke)
        _add_arrow_head(line)

    def _other_boxes(self, arrow: Arrow) -> Iterator[Box]:
        ends = arrow.source, arrow.target
        return (card.outline.box for card in self._drawn.cards if card.id not in ends)

    def _bend(self, line: Any, begin: Point, end: Point, side: int, reach: float) -> None:
        """Give a connector of two equal sides the form of a bow that reaches that far.

        The preset goes from the upper left corner of its frame to the right, and back: for a bow
        below or above cards the frame is turned by 90 degrees, which keeps its middle.
        """
        from pptx.oxml.ns import qn

        turned = side in (_TOP, _BOTTOM)
        along, across = (1, 0) if turned else (0, 1)
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
        far = (reach - begin[along]) / length * (-1 if backwards else 1)
        bow = f'<a:gd name="adj1" fmla="val {round(100_000 * far)}"/>'
        form = _xml("prstGeom", f"<a:avLst>{bow}</a:avLst>", 'prst="curvedConnector3"')
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
    """PowerPoint's number of the side of a box that a point is the nearest to."""
    left, top, right, bottom = box
    x, y = point
    away = [abs(y - top), abs(x - left), abs(y - bottom), abs(x - right)]
    return away.index(min(away))


def _middle(box: Box, side: int) -> Point:
    """The middle of a side, where a connector is glued."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    return ((x, top), (left, y), (x, bottom), (right, y))[side]


def _is_crossed(box: Box, begin: Point, end: Point) -> bool:
    """Whether a straight line runs over a box."""
    left, top, right, bottom = box
    (x, y), (to_x, to_y) = begin, end
    steps = [step / _STEPS for step in range(_STEPS + 1)]
    places = ((x + (to_x - x) * step, y + (to_y - y) * step) for step in steps)
    return any(left <= across <= right and top <= down <= bottom for across, down in places)


def _way_around(arrow: Arrow, ends: Sequence[Box], passed: Sequence[Box]) -> tuple[int, float]:
    """The side on which a curve passes cards between its ends, and how far out it goes."""
    xs, ys = zip(*arrow.points, strict=True)
    down = abs(ys[-1] - ys[0]) > abs(xs[-1] - xs[0])
    places = xs if down else ys
    low, high = (0, 2) if down else (1, 3)
    middle = sum(box[low] + box[high] for box in passed) / 2 / len(passed)
    if sum(places) / len(places) >= middle:
        reach = max(*places, *(box[high] + _FREE for box in (*ends, *passed)))
        return (_RIGHT if down else _BOTTOM), reach
    reach = min(*places, *(box[low] - _FREE for box in (*ends, *passed)))
    return (_LEFT if down else _TOP), reach


def _add_arrow_head(line: Any) -> None:
    from pptx.oxml.ns import qn

    head = _xml("tailEnd", "", 'type="triangle" w="med" len="med"')
    line._element.spPr.find(qn("a:ln")).append(head)


def _xml(name: str, content: str, attributes: str = "") -> Any:
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    return parse_xml(f"<a:{name} {nsdecls('a')} {attributes}>{content}</a:{name}>")


def _remove_style(shape: Any) -> None:
    """Remove the look of the theme, such as shadows."""
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
