"""SVG of a drawing, with its size; that of a file also has font, title and description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from xml.etree import ElementTree

from components.models.drawing import fonts
from components.models.drawing.drawing import BESIDE, GROWTH, Drawing, Outline, Shapes, Text

MM = 72 / 25.4
"""Points in a millimetre."""


def svg(
    drawing: Drawing,
    page: str = "",
    words: tuple[str, str] | None = None,
    width: float = 0,
    family: str = "",
    inside: Mapping[str, str] | None = None,
) -> str:
    """Return the SVG text; each node is a `<g class="node">` with its id.

    `page` is the colour of the background, empty for none. `words`, a title and a description, make
    it a file, which includes its font; a program that can't read that font writes in Helvetica, for
    which the cards were laid out. `width` is in millimetres; 0 keeps the natural size. `family` is
    the only font that it asks for, if given. `inside` has more SVG by node.
    """
    wide, high = drawing.width, drawing.height
    sides = f'width="{wide:.6g}pt" height="{high:.6g}pt"'
    if width:
        sides = f'width="{width:g}mm" height="{width * high / wide:.2f}mm"'
    named = opening = ""
    labelled = words is not None
    if words:
        named = (
            ' role="img" aria-labelledby="title desc" text-rendering="geometricPrecision" '
            'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
        )
        opening = _opening(drawing, *words)
    family = family or (fonts.FILE_FAMILIES if words else fonts.FAMILIES)
    ground = f'<rect fill="{page}" width="{wide:.6g}" height="{high:.6g}"/>\n' if page else ""
    more = inside or {}
    parts = "".join(_part(part, labelled, more.get(part.id, "")) for part in drawing.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {sides} viewBox="0 0 {wide:.6g} {high:.6g}" '
        f'font-family="{family}"{named}>\n{opening}'
        f'<g class="graph">\n{ground}{parts}</g>\n</svg>\n'
    )


def page_size(svg: str) -> tuple[float, float]:
    """Return width and height in points of an SVG from this project."""
    _, _, width, height = ElementTree.fromstring(svg).attrib["viewBox"].split()
    return float(width), float(height)


def smallest(svg: str) -> float:
    """Return the size in points of the smallest letters of an SVG from this project."""
    return min(map(float, re.findall(r'font-size="([\d.]+)"', svg)), default=14.0)


def _opening(drawing: Drawing, title: str, description: str) -> str:
    texts = [text for part in drawing.parts for text in part.texts]
    faces = ""
    for bold in (False, True):
        if letters := "".join(text.text for text in texts if text.bold is bold):
            faces += fonts.font_face(letters, bold, GROWTH)
    return (
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>\n'
        f"<defs><style>{faces}</style></defs>\n"
    )


def _part(part: Shapes, labelled: bool, more: str) -> str:
    """Return the group of a part, with `more` in it; in a file, objects have names (`labelled`)."""
    id = f' id="{escape(part.id)}"' if part.id else ""
    name = part.id.removeprefix("group_") or " → ".join(filter(None, part.ends))
    if labelled and name:
        id += f' inkscape:label="{escape(name)}"'
    shapes = "".join(map(_outline, part.outlines))
    texts = "".join(map(_line, _lines(part.texts)) if labelled else map(_text, part.texts))
    return f'<g{id} class="{part.role}">\n{shapes}{texts}{more}</g>\n'


def _outline(outline: Outline) -> str:
    look = f'fill="{outline.fill or "none"}" stroke="{outline.line or "none"}"'
    if outline.line and outline.width != 1:
        look += f' stroke-width="{outline.width:g}"'
    if outline.line and outline.stroke != "solid":
        dash = "5,2" if outline.stroke == "dashed" else f"{outline.width:g},{outline.width + 2:g}"
        look += f' stroke-dasharray="{dash}"'
    if outline.radius is not None:
        left, top, right, bottom = outline.box
        sides = f'width="{right - left:.5g}" height="{bottom - top:.5g}"'
        round_ = f' rx="{outline.radius:.3g}"' if outline.radius else ""
        return f'<rect {look} x="{left:.5g}" y="{top:.5g}" {sides}{round_}/>\n'
    return f'<path {look} d="{"".join(_steps(outline))}"/>\n'


def _steps(outline: Outline) -> Iterator[str]:
    first, *rest = [f"{x:.5g},{y:.5g}" for x, y in outline.points]
    yield f"M{first}{'C' if outline.curved else 'L'}{' '.join(rest)}"
    if outline.closed:
        yield "Z"


def _text(text: Text) -> str:
    """Return a text; `textLength` keeps its width where the font is missing."""
    bold = ' font-weight="bold"' if text.bold else ""
    fixed = "" if fonts.missing_letters(text.text) else f' textLength="{text.width:.1f}"'
    return (
        f'<text x="{text.x:.5g}" y="{text.y:.5g}"{bold} font-size="{text.size:.3g}"{fixed} '
        f'fill="{text.color}">{escape(text.text, quote=False)}</text>\n'
    )


def _lines(texts: Sequence[Text]) -> list[list[Text]]:
    """Return the texts of each line; a text right after a bold name belongs to its line."""
    lines: list[list[Text]] = []
    for text in texts:
        before = lines[-1][-1] if lines else None
        if before and (before.y, before.x + before.width + BESIDE) == (text.y, text.x):
            lines[-1].append(text)
        else:
            lines.append([text])
    return lines


def _line(texts: Sequence[Text]) -> str:
    """Return a line of text in which each part begins where the one before ends, in any font.

    Letters have the size of the layout; the font in the file enlarges them.
    """
    first, *more = texts
    spans = _span(first) + "".join(_span(text, f' dx="{BESIDE:g}"') for text in more)
    return f'<text x="{first.x:.5g}" y="{first.y:.5g}">{spans}</text>\n'


def _span(text: Text, apart: str = "") -> str:
    bold = ' font-weight="bold"' if text.bold else ""
    look = f'{apart}{bold} font-size="{text.size / GROWTH:.3g}" fill="{text.color}"'
    return f"<tspan{look}>{escape(text.text, quote=False)}</tspan>"
