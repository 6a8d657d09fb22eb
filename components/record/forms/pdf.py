"""PDF: A4 pages drawn by fpdf2 in the font of the pictures; text remains text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from components.core.text import plural
from components.export.formats.base import SMALLEST_LETTERS, TextTable, shown
from components.export.formats.pdf import draw, new_document
from components.record.forms.base import (
    Block,
    Code,
    Formula,
    ModelPicture,
    Paragraph,
    Record,
    RecordForm,
)
from components.render import diagram, fonts
from components.render.diagram_svg import MM
from components.render.drawing import Drawing

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN = 18.0
"""Millimetres on each side of a page."""
HIGHEST = 190.0
"""Millimetres of a picture's height at most."""
BESIDE = 3.0
"""Millimetres between the texts of two columns."""
TEXT, SMALL, CODE = 10.5, 8.5, 7.5
"""Sizes of letters in points."""


class PdfRecord(RecordForm):
    """Pages to print or to send. Formulas stand as LaTeX."""

    title = "PDF"
    rank = 3

    def write(self, record: Record) -> bytes:
        """The PDF. Letters that its font lacks are boxes, and it says so."""
        document = new_document(record.title, MARGIN, format="A4")
        document.set_auto_page_break(True, MARGIN)
        document.add_page()
        _write(document, record.title, 18, bold=True)
        if missing := fonts.missing_letters(repr(record)):
            boxes = f"{plural(len(missing), 'letter')} that the font lacks are shown as boxes."
            _write(document, f"{boxes} The record as HTML or Markdown has them.")
        for section in record.sections:
            document.ln(3)
            if document.will_page_break(40):
                document.add_page()
            _write(document, section.title, 13, bold=True)
            for block in section.blocks:
                _block(document, block)
        return bytes(document.output())


def _write(document: FPDF, text: str, size: float = TEXT, bold: bool = False) -> None:
    document.set_font(fonts.FAMILY, "B" if bold else "", size)
    _lines(document, text, size)


def _lines(document: FPDF, text: str, size: float) -> None:
    document.multi_cell(0, 1.35 * size / MM, text, align="L", new_x="LMARGIN", new_y="NEXT")
    document.ln(1.2)


def _block(document: FPDF, block: Block) -> None:
    match block:
        case Paragraph():
            _write(document, block.text.replace("`", ""))
        case Formula():
            _code(document, block.latex)
        case Code():
            _code(document, block.text)
        case TextTable():
            _table(document, block)
        case ModelPicture():
            _picture(document, block)


def _code(document: FPDF, text: str) -> None:
    """Code in Courier, which each reader of PDF has, unless a letter is not in it."""
    latin = text.encode("latin-1", "ignore").decode("latin-1") == text
    document.set_font("Courier" if latin else fonts.FAMILY, "", CODE)
    _lines(document, text, CODE)


def _table(document: FPDF, table: TextTable) -> None:
    """The table, as wide as its texts. If that is too wide, texts of its widest columns break."""
    _write(document, table.caption, SMALL, bold=True)
    rows = [list(table.columns), *([shown(cell) for cell in row] for row in table.rows)]
    columns = zip(*rows, strict=True)
    widths = [max(map(document.get_string_width, cells)) + BESIDE for cells in columns]
    while sum(widths) > document.epw:
        widths[widths.index(max(widths))] -= 1
    document.set_font(fonts.FAMILY, "", SMALL)
    document.set_line_width(0.1)
    with document.table(
        rows=rows,
        align="LEFT",
        borders_layout="HORIZONTAL_LINES",
        col_widths=widths,
        line_height=1.3 * SMALL / MM,
        padding=(0.4, BESIDE / 2),
        text_align=["RIGHT" if right else "LEFT" for right in table.numeric],
        width=sum(widths),
    ):
        pass  # All rows are given.
    document.ln(2.5)


def _picture(document: FPDF, picture: ModelPicture) -> None:
    """The picture, not larger than a page, with its caption."""
    drawing, scale = _fitted(picture, document.epw)
    width, height = drawing.width * scale / MM, drawing.height * scale / MM
    if document.will_page_break(height):
        document.add_page()
    left, top = MARGIN + (document.epw - width) / 2, document.get_y()
    draw(document, drawing, width, (left, top))
    document.set_xy(MARGIN, top + height + 2)
    _write(document, picture.caption, SMALL)


def _fitted(picture: ModelPicture, most: float) -> tuple[Drawing, float]:
    """The drawing and its scale: with its layers if their letters can be read, else with blocks."""
    options = replace(picture.options, theme="light", transparent=True)
    for chosen in (options, replace(options, dense=True), replace(options, level="blocks")):
        drawing = diagram.drawing(picture.graph, chosen)
        scale = min(1.0, most * MM / drawing.width, HIGHEST * MM / drawing.height)
        if chosen.small * scale >= SMALLEST_LETTERS:
            break
    return drawing, scale
