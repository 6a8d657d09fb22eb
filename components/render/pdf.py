"""A picture as PDF: the SVG drawn by fpdf2, with its font; text remains text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

from components.render import fonts

A4 = (595.28, 841.89)
MARGIN = 28.0
"""White margin on each side of an A4 page, in points."""
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The creation date in every file, so that the same picture is the same file."""
_TITLE = re.compile(r"<title>.*?</title>\n?", re.S)
_SIDES = re.compile(r'width="[\d.]+pt" height="[\d.]+pt"')


def pdf(svg: str, title: str, subject: str, scale: float = 1) -> bytes:
    """A page as large as the picture."""
    width, height = page_size(svg)
    return _page(svg, (width * scale, height * scale), (0, 0), scale, title, subject)


def a4(svg: str, title: str, subject: str) -> bytes:
    """An A4 page, portrait or landscape, whichever shows the picture larger; never enlarged."""
    width, height = page_size(svg)
    scale, across = _fit(width, height)
    page = (A4[1], A4[0]) if across else A4
    return _page(svg, page, ((page[0] - width * scale) / 2, MARGIN), scale, title, subject)


def a4_scale(width: float, height: float) -> float:
    """The scale of a picture of that many points on an A4 page; 1 if it fits."""
    return _fit(width, height)[0]


def page_size(svg: str) -> tuple[float, float]:
    """Width and height of one of our SVGs, in points."""
    _, _, width, height = ElementTree.fromstring(svg).attrib["viewBox"].split()
    return float(width), float(height)


def with_sides(svg: str, width: str, height: str) -> str:
    """One of our SVGs with another width and height, each with its unit."""
    return _SIDES.sub(f'width="{width}" height="{height}"', svg, count=1)


def _fit(width: float, height: float) -> tuple[float, bool]:
    upright = min((A4[0] - 2 * MARGIN) / width, (A4[1] - 2 * MARGIN) / height, 1)
    across = min((A4[1] - 2 * MARGIN) / width, (A4[0] - 2 * MARGIN) / height, 1)
    return max(upright, across), across > upright


def _page(
    svg: str,
    page: tuple[float, float],
    at: tuple[float, float],
    scale: float,
    title: str,
    subject: str,
) -> bytes:
    from fpdf import FPDF
    from fpdf.svg import SVGObject

    width, height = page_size(svg)
    kept = _TITLE.sub("", svg).replace("<text ", '<text xml:space="preserve" ')
    drawing = SVGObject(with_sides(kept, f"{width * scale:.3f}pt", f"{height * scale:.3f}pt"))
    document = FPDF(unit="pt", format=page)
    document.set_creation_date(_CREATED)
    document.set_title(title)
    document.set_subject(subject)
    document.set_creator("Fusion Playground")
    document.set_lang("en")
    document.set_margin(0)
    document.set_auto_page_break(False)
    document.add_font(fonts.FAMILY, "", fonts.REGULAR)
    document.add_font(fonts.FAMILY, "B", fonts.BOLD)
    document.set_font(fonts.FAMILY, size=14)
    document.add_page()
    drawing.draw_to_page(document, x=at[0], y=at[1])
    return bytes(document.output())
