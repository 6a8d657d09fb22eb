"""SVG: vector pictures for documents, slides and drawing programs."""

from __future__ import annotations

from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat, width_field


class SvgPicture(PictureFormat):
    """SVG that looks the same everywhere: it contains its font, title and description."""

    title = "SVG"
    rank = 1
    mime = "image/svg+xml"
    about = "SVG: text stays text, and the font is inside"

    width: float | None = width_field()

    @property
    def paper_width(self) -> float | None:
        """Chosen width."""
        return self.width

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the SVG text."""
        return diagram.file_svg(graph, options, self.width or 0).encode()
