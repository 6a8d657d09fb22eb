"""An SVG that shows everywhere, and that draw.io opens as a diagram to be edited."""

from __future__ import annotations

from html import escape
from typing import Literal

from components.core.graph import Graph
from components.export.formats.base import PictureFormat
from components.export.formats.drawio import mxfile
from components.render import diagram
from components.render.options import DiagramOptions
from components.render.shapes import picture


class DrawioSvgPicture(PictureFormat):
    """The SVG of the diagram with its draw.io file inside, as draw.io itself saves them."""

    title = "draw.io SVG"
    rank = 7
    mime = "image/svg+xml"
    about = "an SVG that draw.io can edit"

    kind: Literal["drawio.svg"] = "drawio.svg"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """The SVG text."""
        content = escape(mxfile(picture(graph, options)))
        svg = diagram.file_svg(graph, options)
        return svg.replace("<svg ", f'<svg content="{content}" ', 1).encode()
