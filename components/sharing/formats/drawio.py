"""draw.io files: shapes with attached connectors, as a diagram or inside an SVG."""

from __future__ import annotations

from html import escape
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from components.models.drawing import diagram
from components.models.drawing.drawing import Box, Outline, Point, Text
from components.models.drawing.options import DiagramOptions
from components.models.drawing.shapes import (
    FONT,
    Arrow,
    ShapeCard,
    ShapePicture,
    TextLine,
    number_text,
    picture,
    position_in,
)
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat

_DASHES = {
    "solid": "",
    "dashed": "dashed=1;dashPattern=5 2;",
    "dotted": "dashed=1;dashPattern=1 3;",
}

_SHADES = "darkOpacity=-0.43;darkOpacity2=0.3;"
"""Light top and dark side of a cube."""


class DrawioPicture(PictureFormat):
    """Diagram for draw.io: cards are in the frame of their branch, arrows are attached to cards."""

    title = "draw.io"
    rank = 6
    mime = "application/vnd.jgraph.mxfile"
    about = "draw.io: shapes to be edited"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the XML text."""
        return _mxfile(picture(graph, options)).encode()


class DrawioSvgPicture(PictureFormat):
    """SVG of the diagram that contains its draw.io file, as draw.io itself saves it."""

    title = "draw.io SVG"
    rank = 7
    mime = "image/svg+xml"
    about = "an SVG that draw.io can edit"

    kind: Literal["drawio.svg"] = "drawio.svg"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the SVG text."""
        content = escape(_mxfile(picture(graph, options)))
        svg = diagram.file_svg(graph, options)
        return svg.replace("<svg ", f'<svg content="{content}" ', 1).encode()


def _mxfile(drawn: ShapePicture) -> str:
    """Return the XML of a draw.io file with one page."""
    file = Element("mxfile", host="Fusion Playground")
    page = SubElement(file, "diagram", id="model", name=drawn.name)
    size = {"pageWidth": number_text(drawn.width), "pageHeight": number_text(drawn.height)}
    look = {"background": drawn.background} if drawn.background else {}
    settings = {"grid": "0", "page": "1", "math": "0", "shadow": "0", **size, **look}
    root = SubElement(SubElement(page, "mxGraphModel", settings), "root")
    SubElement(root, "mxCell", id="root")
    SubElement(root, "mxCell", {"id": "page", "parent": "root"})
    for number, part in enumerate(drawn.free):
        for index, outline in enumerate(part.outlines):
            _vertex(root, f"free {number} {index}", "", _box_style(outline), outline.box)
        for index, text in enumerate(part.texts):
            _free_text(root, f"text {number} {index}", text)
    for frame in drawn.frames:
        style = f"{_box_style(frame.outline)}container=1;collapsible=0;verticalAlign=top;"
        _vertex(root, frame.id, _html(frame.lines), style + _text_style(frame), frame.outline.box)
    for card in drawn.cards:
        within = drawn.box(card.frame)[:2] if card.frame else (0.0, 0.0)
        parent = card.frame or "page"
        if card.faces:
            _volume(root, card, parent, within)
            continue
        style = f"{_box_style(card.outline)}verticalAlign=middle;{_text_style(card)}"
        value = _html(card.lines)
        _vertex(root, f"layer {card.id}", value, style, card.outline.box, parent, within)
    for arrow in drawn.arrows:
        _edge(root, drawn, arrow)
    return tostring(file, encoding="unicode")


def _volume(root: Element, card: ShapeCard, parent: str, within: Point) -> None:
    """Add a group with a cube and its texts, to which arrows are attached."""
    id, corner = f"layer {card.id}", card.outline.box[:2]
    _vertex(root, id, "", "group", card.outline.box, parent, within)
    cube, depth = card.cuboid
    style = f"{_box_style(cube)}shape=cube;flipH=1;size={depth:g};{_SHADES}"
    _vertex(root, f"cube {card.id}", "", style, cube.box, id, corner)
    for number, text in enumerate(card.texts):
        _free_text(root, f"text {card.id} {number}", text, id, corner)


def _vertex(
    root: Element,
    id: str,
    value: str,
    style: str,
    box: Box,
    parent: str = "page",
    within: Point = (0.0, 0.0),
) -> None:
    left, top, right, bottom = box
    kept = {"id": id, "value": value, "style": style, "vertex": "1", "parent": parent}
    cell = SubElement(root, "mxCell", kept)
    corner = {"x": number_text(left - within[0]), "y": number_text(top - within[1])}
    size = {"width": number_text(right - left), "height": number_text(bottom - top)}
    SubElement(cell, "mxGeometry", {**corner, **size, "as": "geometry"})


def _edge(root: Element, drawn: ShapePicture, arrow: Arrow) -> None:
    ends = ""
    for name, id, point in (
        ("exit", arrow.source, arrow.points[0]),
        ("entry", arrow.target, arrow.points[-1]),
    ):
        x, y = position_in(drawn.box(id), point)
        ends += f"{name}X={x:.3g};{name}Y={y:.3g};{name}Dx=0;{name}Dy=0;"
    line = f"strokeColor={arrow.color};strokeWidth={arrow.width:g};{_DASHES[arrow.stroke]}"
    style = f"edgeStyle=none;curved=1;html=1;endArrow=block;endFill=1;endSize=5;{line}{ends}"
    kept = {
        "id": arrow.id,
        "value": _html([(text,) for text in arrow.labels]),
        "style": f"{style}fontFamily={FONT};",
        "edge": "1",
        "parent": "page",
        "source": f"layer {arrow.source}",
        "target": f"layer {arrow.target}",
    }
    cell = SubElement(root, "mxCell", kept)
    way = SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})
    if arrow.bends:
        points = SubElement(way, "Array", {"as": "points"})
        for x, y in arrow.bends:
            SubElement(points, "mxPoint", x=number_text(x), y=number_text(y))


def _free_text(
    root: Element, id: str, text: Text, parent: str = "page", within: Point = (0.0, 0.0)
) -> None:
    style = f"text;html=1;align=left;verticalAlign=middle;spacing=0;fontFamily={FONT};"
    box = text.x, text.y - text.size, text.x + text.width, text.y + 0.3 * text.size
    _vertex(root, id, _html([(text,)]), style, box, parent, within)


def _box_style(outline: Outline) -> str:
    radius = 2 * (outline.radius or 0)
    return (
        f"rounded=1;absoluteArcSize=1;arcSize={radius:g};html=1;"
        f"fillColor={outline.fill or 'none'};strokeColor={outline.line or 'none'};"
        f"strokeWidth={outline.width:g};{_DASHES[outline.stroke]}"
    )


def _text_style(card: ShapeCard) -> str:
    space = card.lines[0][0].x - card.outline.box[0]
    return f"align=left;spacing=0;spacingLeft={space:g};fontFamily={FONT};"


def _html(lines: list[TextLine] | tuple[TextLine, ...]) -> str:
    """Format lines as HTML for labels of draw.io."""
    return "<br>".join("&nbsp; ".join(map(_span, line)) for line in lines)


def _span(text: Text) -> str:
    words = escape(text.text, quote=False)
    words = f"<b>{words}</b>" if text.bold else words
    return f'<font color="{text.color}" style="font-size: {text.size:g}px">{words}</font>'
