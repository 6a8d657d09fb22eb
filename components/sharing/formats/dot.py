"""DOT, the language of Graphviz."""

from __future__ import annotations

from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat


class DotPicture(PictureFormat):
    """Diagram laid out by Graphviz, with title and caption as its label."""

    title = "DOT"
    rank = 4
    mime = "text/vnd.graphviz"
    about = "DOT, for Graphviz"
    volumes = False
    lacks = ("legend",)

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the DOT text. Raises the errors of `check`."""
        self.check(graph, options)
        return diagram.dot(graph, options).encode()
