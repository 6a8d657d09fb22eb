"""A table as a heat map in SVG; text remains text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from components.render import fonts
from components.render.palette import Theme
from components.render.svg_parts import svg_page, svg_text

CELL_WIDTH, CELL_HEIGHT, GAP = 74, 30, 2
"""Points of a cell, and between two."""
SIZE, SMALL, TITLE = 12, 10.5, 16
MARGIN = 12
HEAD_LINE = 14
"""Points from line to line in a column's head."""


@dataclass(frozen=True)
class HeatmapCell:
    """One cell. `share`, 0 to 1, is its colour; `None` is no colour. `marked` draws a frame."""

    text: str
    share: float | None = None
    marked: bool = False
    about: str = ""
    """Its tooltip."""


@dataclass(frozen=True)
class HeatmapRow:
    """A row with its name. `quiet` rows, such as ceilings, are grey."""

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
    """The picture, with `title` above and `note` below. Each row has a cell for each column.

    Raises `ValueError` if a row has another number of cells.
    """
    left = MARGIN + max((fonts.width(row.name, SIZE, True) for row in rows), default=0) + 12
    heads = [fonts.wrapped(name, SMALL, CELL_WIDTH - 6, bold=True) for name in columns]
    width = left + len(columns) * (CELL_WIDTH + GAP) + MARGIN
    top = MARGIN + (TITLE + 12 if title else 0)
    tall = HEAD_LINE * max((len(lines) for lines in heads), default=0)
    parts = [svg_text(MARGIN, top - 12, title, theme.ink, TITLE, bold=True)] if title else []
    for column, lines in enumerate(heads):
        x = left + column * (CELL_WIDTH + GAP) + CELL_WIDTH / 2
        first = top + tall - HEAD_LINE * (len(lines) - 1)
        parts += [
            svg_text(x, first + HEAD_LINE * number, line, theme.ink, SMALL, "middle", bold=True)
            for number, line in enumerate(lines)
        ]
    y = top + tall + 8
    for row in rows:
        parts.append(_row(row, len(columns), left, y, theme))
        y += CELL_HEIGHT + GAP
    for line in fonts.wrapped(note, SMALL, width - 2 * MARGIN) if note else ():
        y += HEAD_LINE + 2
        parts.append(svg_text(MARGIN, y, line, theme.quiet, SMALL))
    return svg_page(width, y + MARGIN, title, parts, theme)


def _row(row: HeatmapRow, columns: int, left: float, y: float, theme: Theme) -> str:
    if len(row.cells) != columns:
        raise ValueError(f"{row.name} has {len(row.cells)} cells for {columns} columns")
    middle = y + CELL_HEIGHT / 2 + SIZE * 0.35
    ink = theme.quiet if row.quiet else theme.ink
    parts = [svg_text(left - 12, middle, row.name, ink, SIZE, "end", italic=row.quiet)]
    for column, cell in enumerate(row.cells):
        parts.append(_cell(cell, left + column * (CELL_WIDTH + GAP), y, row.quiet, theme))
    return "\n".join(parts)


def _cell(cell: HeatmapCell, x: float, y: float, quiet: bool, theme: Theme) -> str:
    fill, ink = colours(cell.share, theme)
    frame = f' stroke="{theme.ink}" stroke-width="2"' if cell.marked else ""
    box = (
        f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{CELL_WIDTH - 2}" '
        f'height="{CELL_HEIGHT - 2}" rx="4" fill="{fill}"{frame}/>'
    )
    middle = y + CELL_HEIGHT / 2 + SMALL * 0.35
    text = svg_text(
        x + CELL_WIDTH / 2,
        middle,
        cell.text,
        theme.quiet if quiet else ink,
        SMALL,
        "middle",
        bold=cell.marked,
        italic=quiet,
    )
    about = f"<title>{escape(cell.about)}</title>" if cell.about else ""
    return f"<g>{about}{box}{text}</g>"


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
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(low: str, high: str, share: float) -> str:
    ends = [[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in (low, high)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(*ends, strict=True))
