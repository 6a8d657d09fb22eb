"""PNG: pixels, for programs that can't show vector pictures."""

from __future__ import annotations

from components.base.errors import FileError
from components.base.text import short_number
from components.models.drawing import diagram, raster
from components.models.drawing.diagram_svg import page_size
from components.models.drawing.options import DiagramOptions
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat, require_letters

MOST_PIXELS = 100_000_000
"""Maximum number of pixels; drawing needs four bytes or more for each."""


class PngPicture(PictureFormat):
    """PNG of 192 dots per inch, drawn from the SVG by resvg."""

    title = "PNG"
    rank = 2
    mime = "image/png"
    about = "PNG of 192 dots an inch"
    clipboard = "picture"

    def check(self, graph: Graph, options: DiagramOptions) -> None:
        """Raise `FileError` if the font lacks letters of title, caption, or own names and notes."""
        require_letters(options)

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the PNG. Raises `FileError` if it would have too many pixels."""
        self.check(graph, options)
        svg = diagram.svg(graph, options)
        width, height = page_size(svg)
        pixels = width * height * (raster.DOTS / 72) ** 2
        if pixels > MOST_PIXELS:
            raise FileError(
                f"A PNG may have at most {short_number(MOST_PIXELS)} pixels.",
                short_number(pixels),
                "Choose less detail, or save it as SVG or PDF.",
            )
        return raster.png(svg)
