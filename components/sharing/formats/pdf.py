"""PDF files drawn by fpdf2 with their font; the page fits the picture or is A4. Text stays text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from components.models.drawing import caption, diagram, diagram_svg, fonts
from components.models.drawing.diagram_svg import MM
from components.models.drawing.drawing import Drawing, Point
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.drawing.paper import MARGIN, fitted_to_page, page_for
from components.models.language.graph import Graph
from components.sharing.formats.base import (
    PictureFormat,
    require_letters,
    width_field,
)

if TYPE_CHECKING:
    from fpdf import FPDF

_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Creation date of every file, so that the same picture gives the same bytes."""


class PdfPicture(PictureFormat):
    """PDF of one page. It always has a background, because a page has one anyway."""

    title = "PDF"
    rank = 3
    mime = "application/pdf"
    about = "PDF: text stays text, and the font is inside"
    clipboard = "none"
    archived = MappingProxyType({"": {}, "_a4": {"page": "A4"}})

    page: Literal["fit", "A4"] = Field(
        "fit",
        description="`fit`: as large as the picture. `A4`: the picture is made smaller or folded, "
        "to letters of 6 points at least.",
    )
    width: float | None = width_field("page=fit")

    @property
    def paper_width(self) -> float | None:
        """Chosen width; `None` if the page is A4."""
        return self.width if self.page == "fit" else None

    def check(self, graph: Graph, options: DiagramOptions) -> None:
        """Raise `FileError` if the font lacks letters, or they would be too small on A4."""
        require_letters(options)
        if self.page == "A4":
            fitted_to_page(graph, options)

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the PDF. Raises the errors of `check`."""
        require_letters(options)
        options = replace(options, transparent=False)
        if self.page == "A4":
            options = fitted_to_page(graph, options)
        drawing = diagram.drawing(graph, options)
        width, height = drawing.width, drawing.height
        scale = self.paper_width * MM / width if self.paper_width else 1.0
        page, at = (width * scale, height * scale), (0.0, 0.0)
        if self.page == "A4":
            scale, page = page_for(width, height)
            at = (page[0] - width * scale) / 2, MARGIN
        ground, wide = THEMES[options.theme].page, width * scale / MM
        document = _document(caption.title(graph, options), page)
        document.set_subject(caption.description(graph, options))
        document.set_auto_page_break(False)
        document.set_font(fonts.FAMILY, size=14)
        document.add_page()
        _draw(document, drawing, wide, at, ground)
        return bytes(document.output())


def _document(title: str, page: tuple[float, float]) -> FPDF:
    """Create a document with the font of the pictures and a fixed date."""
    from fpdf import FPDF

    document = FPDF(unit="pt", format=page)
    document.set_creation_date(_CREATED)
    document.set_title(title)
    document.set_creator("Fusion Playground")
    document.set_lang("en")
    document.set_margin(0)
    document.add_font(fonts.FAMILY, "", fonts.REGULAR)
    document.add_font(fonts.FAMILY, "B", fonts.BOLD)
    return document


def _draw(document: FPDF, drawing: Drawing, width: float, at: Point, ground: str) -> None:
    """Draw a picture with its upper left corner at a point; `width` is in millimetres."""
    from fpdf.svg import SVGObject

    svg = diagram_svg.svg(drawing, ground, width=width, family=fonts.FAMILY)
    # fpdf2 would collapse the non-breaking spaces between two facts into one.
    kept = svg.replace("<svg ", '<svg style="white-space: pre" ', 1)
    SVGObject(kept).draw_to_page(document, *at)
