"""A table as a heat map, in SVG whose text stays text: which row does how well in which column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from components.render import fonts
from components.render.palette import Theme

CELL_WIDTH, CELL_HEIGHT, GAP = 74, 30, 2
"""Points of a cell, and between two."""
SIZE, SMALL, TITLE = 12, 10.5, 16
MARGIN = 12
HEAD_LINE = 14
"""Points from line to line in a column's head."""


@dataclass(frozen=True)
class HeatmapCell:
    """One cell. `share`, 0 to 1, colours it; `None` leaves it plain. `marked` draws a frame."""

    text: str
    share: float | None = None
    marked: bool = False
    about: str = ""
    """What pointing at it says."""


@dataclass(frozen=True)
class HeatmapRow:
    """A row with its name. `quiet` rows, such as ceilings, stand back."""

    name: str
    cells: tuple[HeatmapCell, ...]
    quiet: bool = False


def heatmap(
    rows: Sequence[HeatmapRow],
    columns: Sequence[str],
    theme: Theme,
    title: str = "",
    note: str = "",
) -> str:
    """The picture, with `title` above and `note` below. Each row has a square for each column.

    Raises `ValueError` where a row has another number of squares.
    """
    left = MARGIN + max((fonts.width(row.name, SIZE, True) for row in rows), default=0) + 12
    heads = [fonts.wrapped(name, SMALL, CELL_WIDTH - 6, bold=True) for name in columns]
    width = left + len(columns) * (CELL_WIDTH + GAP) + MARGIN
    top = MARGIN + (TITLE + 12 if title else 0)
    tall = HEAD_LINE * max((len(lines) for lines in heads), default=0)
    parts = [_text(MARGIN, top - 12, title, theme.ink, TITLE, bold=True)] if title else []
    for place, lines in enumerate(heads):
        x = left + place * (CELL_WIDTH + GAP) + CELL_WIDTH / 2
        first = top + tall - HEAD_LINE * (len(lines) - 1)
        parts += [
            _text(x, first + HEAD_LINE * line, said, theme.ink, SMALL, "middle", bold=True)
            for line, said in enumerate(lines)
        ]
    y = top + tall + 8
    for row in rows:
        parts.append(_row(row, len(columns), left, y, theme))
        y += CELL_HEIGHT + GAP
    for said in fonts.wrapped(note, SMALL, width - 2 * MARGIN) if note else ():
        y += HEAD_LINE + 2
        parts.append(_text(MARGIN, y, said, theme.quiet, SMALL))
    return _page(width, y + MARGIN, title, parts, theme)


def _page(width: float, height: float, title: str, parts: Sequence[str], theme: Theme) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'font-family="{fonts.FAMILY}, Helvetica, Arial, sans-serif">\n'
        f'<rect width="100%" height="100%" fill="{theme.page}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _row(row: HeatmapRow, columns: int, left: float, y: float, theme: Theme) -> str:
    if len(row.cells) != columns:
        raise ValueError(f"{row.name} has {len(row.cells)} squares for {columns} columns")
    middle = y + CELL_HEIGHT / 2 + SIZE * 0.35
    ink = theme.quiet if row.quiet else theme.ink
    parts = [_text(left - 12, middle, row.name, ink, SIZE, "end", italic=row.quiet)]
    for place, square in enumerate(row.cells):
        parts.append(_square(square, left + place * (CELL_WIDTH + GAP), y, row.quiet, theme))
    return "\n".join(parts)


def _square(square: HeatmapCell, x: float, y: float, quiet: bool, theme: Theme) -> str:
    fill, ink = colours(square.share, theme)
    frame = f' stroke="{theme.ink}" stroke-width="2"' if square.marked else ""
    box = (
        f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{CELL_WIDTH - 2}" '
        f'height="{CELL_HEIGHT - 2}" rx="4" fill="{fill}"{frame}/>'
    )
    middle = y + CELL_HEIGHT / 2 + SMALL * 0.35
    said = _text(
        x + CELL_WIDTH / 2,
        middle,
        square.text,
        theme.quiet if quiet else ink,
        SMALL,
        "middle",
        bold=square.marked,
        italic=quiet,
    )
    about = f"<title>{escape(square.about)}</title>" if square.about else ""
    return f"<g>{about}{box}{said}</g>"


def colours(share: float | None, theme: Theme) -> tuple[str, str]:
    """Fill and ink of a cell."""
    if share is None:
        return theme.page, theme.ink
    fill = _mixed(theme.merge.wash, theme.merge.solid, min(max(share, 0.0), 1.0))
    return fill, max((theme.ink, theme.merge.on_solid), key=lambda ink: _contrast(ink, fill))


def _contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(low: str, high: str, share: float) -> str:
    ends = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in (low, high)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(*ends, strict=True))


def _text(
    x: float,
    y: float,
    said: str,
    colour: str,
    size: float,
    anchor: str = "start",
    *,
    bold: bool = False,
    italic: bool = False,
) -> str:
    style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" '
        f'text-anchor="{anchor}"{style}>{escape(said)}</text>'
    )
