"""The diagram as a file of any format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape, unescape
from math import ceil
from typing import Literal

from components.core.errors import FileError
from components.core.graph import Graph
from components.core.text import short_number
from components.render import caption, diagram, fonts, mermaid, pdf
from components.render.options import PLAIN, DiagramOptions

Page = Literal["fit", "A4"]
SCALES = (1, 2, 4)
"""Scales of PNGs: 96, 192 and 384 dots an inch."""
WIDTHS = (10, 2000)
"""The least and the greatest width in millimetres that a picture can be given."""
MM = 72 / 25.4
"""Points in a millimetre."""
MOST_PIXELS = 100_000_000
SMALLEST_LETTERS = 6.0
"""Size in points that letters on an A4 page must have."""
MOST_COLUMNS = 6
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")


@dataclass(frozen=True)
class FileSize:
    """The size of a file. PNGs have 96 × `scale` dots an inch; `page` is of PDFs.

    `width` is in millimetres; at 0 a picture has its natural size. An A4 page ignores it.
    """

    scale: float = 2
    page: Page = "fit"
    width: float = 0

    def enlarged(self, graph: Graph, options: DiagramOptions) -> float:
        """How many times as large as its natural size a picture is."""
        return self.width * MM / diagram.size(graph, options)[0] if self.width else 1


Render = Callable[[Graph, DiagramOptions, FileSize], bytes]


@dataclass(frozen=True)
class FileFormat:
    """A file format: ending, name, media type, and the function that renders it."""

    ending: str
    title: str
    mime: str
    render: Render


def render(
    graph: Graph, ending: str, options: DiagramOptions = PLAIN, size: FileSize = FileSize()
) -> bytes:
    """The picture in one of `FORMATS`. DOT and Mermaid have no size.

    Raises `FileError` if the format is unknown, if the font lacks a letter of title or caption, if
    the width is out of range, or if letters on an A4 page would have less than 6 points.
    """
    file_format = FORMATS.get(ending)
    if file_format is None:
        raise FileError(
            f"A picture's file must end in {', '.join(FORMATS)}.",
            ending,
            "Change the file's ending.",
        )
    if size.width and not WIDTHS[0] <= size.width <= WIDTHS[1]:
        raise FileError(
            f"A picture's width must be from {WIDTHS[0]} to {WIDTHS[1]:,} mm.",
            f"{size.width:g} mm",
            "Change the width, or leave it out for the natural size.",
        )
    return file_format.render(graph, options, size)


def svg(graph: Graph, options: DiagramOptions = PLAIN, width: float = 0) -> str:
    """An SVG that looks the same everywhere: it includes its font, title and description.

    `width` is in millimetres; 0 is the natural size.
    """
    text = as_wide_as(diagram.svg(graph, options), width)
    regular, bold = "", ""
    for attributes, letters in _TEXT.findall(text):
        if "bold" in attributes:
            bold += unescape(letters)
        else:
            regular += unescape(letters)
    faces = (fonts.font_face(regular) if regular else "") + (
        fonts.font_face(bold, True) if bold else ""
    )
    opening = (
        f'<title id="title">{escape(_title_or_alt(graph, options))}</title>\n'
        f'<desc id="desc">{escape(description(graph, options))}</desc>\n'
        f"<defs><style>{faces}</style></defs>\n"
    )
    text = text.replace("<svg ", '<svg role="img" aria-labelledby="title desc" ', 1)
    return text.replace("<title>G</title>\n", "", 1).replace("<g id=", f"{opening}<g id=", 1)


def as_wide_as(text: str, width: float) -> str:
    """An SVG of that many millimetres; unchanged at 0."""
    if not width:
        return text
    natural, height = pdf.page_size(text)
    return pdf.with_sides(text, f"{width:g}mm", f"{width * height / natural:.2f}mm")


def _png(graph: Graph, options: DiagramOptions, size: FileSize) -> bytes:
    check_letters(options)
    scale = size.scale * size.enlarged(graph, options)
    if not png_fits(graph, options, scale):
        raise FileError(
            f"A PNG may have at most {short_number(MOST_PIXELS)} pixels.",
            f"{short_number(diagram.pixels(graph, options, scale))} at a scale of {scale:g}",
            "Choose a smaller scale or less detail, or save it as SVG or PDF.",
        )
    return diagram.png(graph, options, scale, 96 * size.scale)


def png_fits(graph: Graph, options: DiagramOptions, scale: float) -> bool:
    """Whether a PNG is small enough to be drawn: drawing takes four bytes a pixel, or more."""
    return diagram.pixels(graph, options, scale) <= MOST_PIXELS


def _pdf(graph: Graph, options: DiagramOptions, size: FileSize) -> bytes:
    """Always with a background: a page has one in any case."""
    check_letters(options)
    options = replace(options, transparent=False)
    fit = size.page == "fit"
    drawn = diagram.svg(graph, options if fit else fitted_to_a4(graph, options))
    drawn = re.sub(r'font-family="[^"]*"', f'font-family="{fonts.FAMILY}"', drawn, count=1)
    words = _title_or_alt(graph, options), description(graph, options)
    return pdf.pdf(drawn, *words, size.enlarged(graph, options)) if fit else pdf.a4(drawn, *words)


def fitted_to_a4(graph: Graph, options: DiagramOptions) -> DiagramOptions:
    """The look, denser or in more columns where letters would else have less than 6 points on A4.

    Raises `FileError` where that does not help.
    """
    best = 0.0
    longest = diagram.depth(graph, options)
    folds = dict.fromkeys(ceil(longest / columns) for columns in range(2, MOST_COLUMNS + 1))
    tried = (
        options,
        replace(options, dense=True),
        *(replace(options, dense=True, fold=f) for f in folds),
    )
    for candidate in tried:
        points = candidate.small * pdf.a4_scale(*diagram.size(graph, candidate))
        if points >= SMALLEST_LETTERS:
            return candidate
        best = max(best, points)
    raise FileError(
        f"Letters on an A4 page must have at least {SMALLEST_LETTERS:g} points.",
        f"{graph.name} with letters of {best:.1f} points",
        "Show blocks, hide details, or use a page as large as the picture.",
    )


def description(graph: Graph, options: DiagramOptions) -> str:
    """The picture in sentences: the model, and the shares of its branches if they are drawn."""
    weights = f" {options.weights.text(graph)}" if options.weights else ""
    return f"{caption.text(graph)}{weights}"


def _title_or_alt(graph: Graph, options: DiagramOptions) -> str:
    return options.title or caption.alt(graph)


def check_letters(options: DiagramOptions) -> None:
    """Raises `FileError` if the font lacks a letter of title or caption."""
    missing = fonts.missing_letters(options.title + options.caption)
    if missing:
        raise FileError(
            f"PNG and PDF may only use letters of {fonts.FAMILY}: Latin, Greek, Cyrillic.",
            missing,
            "Save the picture as SVG, or remove these letters from title and caption.",
        )


def _svg(graph: Graph, options: DiagramOptions, size: FileSize) -> bytes:
    return svg(graph, options, size.width).encode()


def _text(write: Callable[[Graph, DiagramOptions], str]) -> Render:
    return lambda graph, options, size: write(graph, options).encode()


FORMATS: Mapping[str, FileFormat] = {
    file_format.ending: file_format
    for file_format in (
        FileFormat("svg", "SVG", "image/svg+xml", _svg),
        FileFormat("png", "PNG", "image/png", _png),
        FileFormat("pdf", "PDF", "application/pdf", _pdf),
        FileFormat("dot", "DOT", "text/vnd.graphviz", _text(diagram.dot)),
        FileFormat("mmd", "Mermaid", "text/vnd.mermaid", _text(mermaid.text)),
    )
}
