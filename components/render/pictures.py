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
MOST_PIXELS = 100_000_000
SMALLEST_LETTERS = 6.0
"""Size in points that letters on an A4 page must have."""
MOST_COLUMNS = 6
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_FAMILY = f'font-family="{fonts.FAMILY},Helvetica,Arial,sans-serif"'
Render = Callable[[Graph, DiagramOptions, float, Page], bytes]


@dataclass(frozen=True)
class FileFormat:
    """A file format: ending, name, media type, and the function that renders it."""

    ending: str
    title: str
    mime: str
    render: Render


def render(
    graph: Graph, ending: str, options: DiagramOptions = PLAIN, scale: float = 2, page: Page = "fit"
) -> bytes:
    """The picture in one of `FORMATS`. `scale` is used by PNG only, `page` by PDF only.

    Raises `FileError` if the format is unknown, if the font lacks a letter of title or caption, or
    if letters on an A4 page would have less than 6 points.
    """
    file_format = FORMATS.get(ending)
    if file_format is None:
        raise FileError(
            f"A picture's file must end in {', '.join(FORMATS)}.",
            ending,
            "Change the file's ending.",
        )
    return file_format.render(graph, options, scale, page)


def svg(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """An SVG that looks the same everywhere: it includes its font, title and description."""
    text = diagram.svg(graph, options)
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
        f'<desc id="desc">{escape(caption.text(graph))}</desc>\n'
        f"<defs><style>{faces}</style></defs>\n"
    )
    text = re.sub(r'font-family="[^"]*"', _FAMILY, text, count=1)
    text = text.replace("<svg ", '<svg role="img" aria-labelledby="title desc" ', 1)
    return text.replace("<title>G</title>\n", "", 1).replace("<g id=", f"{opening}<g id=", 1)


def _png(graph: Graph, options: DiagramOptions, scale: float, page: Page) -> bytes:
    check_letters(options)
    if not png_fits(graph, options, scale):
        raise FileError(
            f"A PNG may have at most {short_number(MOST_PIXELS)} pixels.",
            f"{short_number(diagram.pixels(graph, options, scale))} at a scale of {scale:g}",
            "Choose a smaller scale or less detail, or save it as SVG or PDF.",
        )
    return diagram.png(graph, options, scale)


def png_fits(graph: Graph, options: DiagramOptions, scale: float) -> bool:
    """Whether a PNG is small enough to be drawn: drawing takes four bytes a pixel, or more."""
    return diagram.pixels(graph, options, scale) <= MOST_PIXELS


def _pdf(graph: Graph, options: DiagramOptions, scale: float, page: Page) -> bytes:
    check_letters(options)
    drawn = diagram.svg(graph, options if page == "fit" else fitted_to_a4(graph, options))
    drawn = re.sub(r'font-family="[^"]*"', f'font-family="{fonts.FAMILY}"', drawn, count=1)
    draw = pdf.pdf if page == "fit" else pdf.a4
    return draw(drawn, _title_or_alt(graph, options), caption.text(graph))


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


def _title_or_alt(graph: Graph, options: DiagramOptions) -> str:
    return options.title or caption.alt(graph)


def check_letters(options: DiagramOptions) -> None:
    """Raises `FileError` if the font lacks a letter of title or caption."""
    missing = fonts.missing_letters(options.title + options.caption)
    if missing:
        raise FileError(
            f"PNG and PDF may only use letters of {fonts.FAMILY}: Latin, Greek, Cyrillic, Hebrew.",
            missing,
            "Save the picture as SVG, or remove these letters from title and caption.",
        )


def _text(write: Callable[[Graph, DiagramOptions], str]) -> Render:
    return lambda graph, options, scale, page: write(graph, options).encode()


FORMATS: Mapping[str, FileFormat] = {
    file_format.ending: file_format
    for file_format in (
        FileFormat("svg", "SVG", "image/svg+xml", _text(svg)),
        FileFormat("png", "PNG", "image/png", _png),
        FileFormat("pdf", "PDF", "application/pdf", _pdf),
        FileFormat("dot", "DOT", "text/vnd.graphviz", _text(diagram.dot)),
        FileFormat("mmd", "Mermaid", "text/vnd.mermaid", _text(mermaid.text)),
    )
}
