"""TikZ pictures for LaTeX, with a node for each card and an arrow for each connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from components.models.drawing.diagram_svg import MM
from components.models.drawing.drawing import Outline, Point, Text
from components.models.drawing.options import DiagramOptions
from components.models.drawing.shapes import Arrow, ShapeCard, ShapePicture, number_text, picture
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat, width_field
from components.sharing.formats.latex import escape_latex


class TikzPicture(PictureFormat):
    """`tikzpicture` for a document that loads TikZ's `arrows.meta`, or a whole document."""

    title = "TikZ"
    rank = 9
    mime = "application/x-tex"
    about = "TikZ, for LaTeX"

    standalone: bool = Field(
        True,
        title="Own document",
        description="A document that LaTeX turns into a PDF. Off: only the picture, for `\\input`.",
    )
    width: float | None = width_field()

    @property
    def paper_width(self) -> float | None:
        """Chosen width."""
        return self.width

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the LaTeX text."""
        drawn = picture(graph, options)
        lines: Iterable[str] = _picture(drawn)
        if self.width:
            lines = (rf"\resizebox{{{self.width:g}mm}}{{!}}{{%", *lines, "}")
        if self.standalone:
            lines = _document(lines, drawn, self.width * MM / drawn.width if self.width else 1.0)
        return "".join(f"{line}\n" for line in lines).encode()


def _document(lines: Iterable[str], drawn: ShapePicture, scale: float) -> Iterator[str]:
    """Yield a document with one page as large as the picture; it needs only the class `article`."""
    width, height = (number_text(side * scale + 0.02) for side in (drawn.width, drawn.height))
    yield r"\documentclass{article}"
    yield rf"\usepackage[paperwidth={width}bp, paperheight={height}bp, margin=0bp]{{geometry}}"
    yield r"\usepackage[T1]{fontenc}"
    yield r"\usepackage{helvet}"
    yield r"\usepackage{tikz}"
    yield r"\usetikzlibrary{arrows.meta}"
    yield r"\pagestyle{empty}"
    yield r"\setlength{\parindent}{0pt}\setlength{\topskip}{0pt}"
    yield r"\begin{document}"
    yield from lines
    yield r"\end{document}"


def _picture(drawn: ShapePicture) -> Iterator[str]:
    cards = (*drawn.frames, *drawn.cards)
    names = {card.id: f"n{number}" for number, card in enumerate(cards)}
    yield r"\begin{tikzpicture}[x=1bp, y=-1bp, inner sep=0pt, outer sep=0pt, font=\sffamily,"
    yield r"  arrow/.style={-{Latex[length=6bp, width=5bp]}}]"
    for color in sorted(_colors(drawn)):
        yield rf"\definecolor{{{_color(color)}}}{{HTML}}{{{color.lstrip('#').upper()}}}"
    corner = _point((drawn.width, drawn.height))
    yield rf"\useasboundingbox (0, 0) rectangle {corner};"
    if drawn.background:
        yield rf"\fill[{_color(drawn.background)}] (0, 0) rectangle {corner};"
    for part in drawn.free:
        yield from map(_box, part.outlines)
        yield from map(_text, part.texts)
    for frame in drawn.frames:
        yield f"% {' '.join(frame.name.split())}"
        yield _box(frame.outline, names[frame.id])
    for card in drawn.cards:
        yield f"% {' '.join(card.name.split())}"
        yield _box(card.outline, names[card.id], "" if card.faces else _rows(card))
        if card.faces:
            yield from map(_face, card.faces)
            yield from map(_text, card.texts)
    for arrow in drawn.arrows:
        yield _arrow(arrow, names)
        yield from map(_text, arrow.labels)
    for frame in drawn.frames:
        ground = f", fill={_color(frame.outline.fill)}"
        yield from (_text(text, ground) for line in frame.lines for text in line)
    yield r"\end{tikzpicture}"


def _colors(drawn: ShapePicture) -> set[str]:
    cards = (*drawn.frames, *drawn.cards)
    boxes = [outline for card in cards for outline in (card.outline, *card.faces)]
    boxes += [outline for part in drawn.free for outline in part.outlines]
    texts = [text for card in cards for text in card.texts]
    texts += [text for part in drawn.free for text in part.texts]
    texts += [text for arrow in drawn.arrows for text in arrow.labels]
    inks = {text.color for text in texts} | {arrow.color for arrow in drawn.arrows}
    lines = {outline.line for outline in boxes} | {outline.fill for outline in boxes}
    return (inks | lines | {drawn.background}) - {""}


def _box(outline: Outline, name: str = "", text: str = "") -> str:
    left, top, right, bottom = outline.box
    look = (
        f"minimum width={number_text(right - left)}bp, minimum height={number_text(bottom - top)}bp"
    )
    if outline.radius:
        look += f", rounded corners={number_text(outline.radius)}bp"
    if outline.fill:
        look += f", fill={_color(outline.fill)}"
    if outline.line:
        look += f", draw={_color(outline.line)}, {_pen(outline.width, outline.stroke)}"
    if text:
        look += ", align=left"
    middle = _point(((left + right) / 2, (top + bottom) / 2))
    return rf"\node[{look}]{f' ({name})' if name else ''} at {middle} {{{text}}};"


def _face(face: Outline) -> str:
    look = f"fill={_color(face.fill)}, draw={_color(face.line)}, {_pen(face.width, face.stroke)}"
    return rf"\filldraw[{look}] {' -- '.join(map(_point, face.points))} -- cycle;"


def _rows(card: ShapeCard) -> str:
    """Return the lines of a card, as wide as the space between equal margins."""
    left, _, right, _ = card.outline.box
    wide = number_text(right - left - 2 * (card.lines[0][0].x - left))
    rows = (r"\hspace{6bp}".join(map(_words, line)) for line in card.lines)
    return r" \\ ".join(rf"\makebox[{wide}bp][l]{{{row}}}" for row in rows)


def _words(text: Text) -> str:
    size = rf"\fontsize{{{text.size:g}bp}}{{{number_text(1.2 * text.size)}bp}}\selectfont"
    bold = r"\bfseries" if text.bold else ""
    return rf"{{{size}{bold}\color{{{_color(text.color)}}}{escape_latex(text.text)}}}"


def _text(text: Text, look: str = "") -> str:
    return rf"\node[anchor=base west{look}] at {_point((text.x, text.y))} {{{_words(text)}}};"


def _arrow(arrow: Arrow, names: dict[str, str]) -> str:
    """Return a curve from the border of one card to the border of another."""
    places = list(map(_point, arrow.points))
    pieces = [places[start : start + 3] for start in range(1, len(places), 3)]
    ends = [piece[2] for piece in pieces[:-1]] + [f"({names[arrow.target]})"]
    curve = "".join(
        f" .. controls {one} and {two} .. {end}"
        for (one, two, _), end in zip(pieces, ends, strict=True)
    )
    look = f"{_color(arrow.color)}, {_pen(arrow.width, arrow.stroke)}"
    return rf"\draw[arrow, {look}] ({names[arrow.source]}){curve};"


def _pen(width: float, stroke: str) -> str:
    return f"line width={width:g}bp{'' if stroke == 'solid' else f', {stroke}'}"


def _color(color: str) -> str:
    return f"fp{color.lstrip('#').upper()}"


def _point(point: Point) -> str:
    return f"({number_text(point[0])}, {number_text(point[1])})"
