"""Heat map of a table in SVG, in which text remains text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from components.models.drawing import fonts
from components.models.drawing.palette import Theme, contrast
from components.models.drawing.signed_colors import mixed
from components.models.drawing.svg_parts import svg_page, svg_text

CELL_WIDTH, CELL_HEIGHT, GAP = 76, 30, 2
"""Points: width and height of a cell, and the gap between two."""
SIZE, SMALL, TITLE = 12, 11.5, 16
MARGIN = 12
HEAD_LINE = 14
"""Points between the lines of a column's head."""
GROUP = 30
"""Height in points of the heading of a group."""

Mark = Literal["", "best", "tied"]
FRAMES: dict[Mark, float] = {"": 0, "best": 2.2, "tied": 0.8}
"""Width in points of the frame of each mark."""


@dataclass(frozen=True)
class HeatmapCell:
    """Cell whose colour is `share`, 0 to 1, or none for `None`. A `mark` draws a frame."""

    text: str
    share: float | None = None
    mark: Mark = ""
    about: str = ""
    """Tooltip."""


@dataclass(frozen=True)
class HeatmapRow:
    """Row with its name; `quiet` rows, such as ceilings, are grey."""

    name: str
    cells: tuple[HeatmapCell, ...]
    quiet: bool = False


@dataclass(frozen=True)
class HeatmapGroup:
    """Rows below a heading; without one if `title` is empty."""

    title: str
    rows: tuple[HeatmapRow, ...]


@dataclass(frozen=True)
class Heatmap:
    """Groups of rows with a cell for each column."""

    title: str
    columns: tuple[str, ...]
    groups: tuple[HeatmapGroup, ...]
    note: str = ""

    @property
    def rows(self) -> tuple[HeatmapRow, ...]:
        """The rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


def heatmap(shown: Heatmap, theme: Theme) -> str:
    """Draw the heat map, with the title above and the note below."""
    names = [fonts.width(row.name, SIZE) for row in shown.rows]
    names += [fonts.width(group.title, SIZE, True) for group in shown.groups]
    left = MARGIN + max(names, default=0) + 12
    width = left + len(shown.columns) * (CELL_WIDTH + GAP) + MARGIN
    top = MARGIN + TITLE + 12
    heads, tall = _heads(shown.columns, left, top, theme)
    parts = [svg_text(MARGIN, top - 12, shown.title, theme.ink, TITLE, bold=True), *heads]
    y = top + tall + 8
    for group in shown.groups:
        if group.title:
            y += GROUP
            parts.append(_heading(group.title, width, y - 9, theme))
        for row in group.rows:
            parts += _row(row, left, y, theme)
            y += CELL_HEIGHT + GAP
    for line in fonts.wrapped(shown.note, SMALL, width - 2 * MARGIN) if shown.note else ():
        y += HEAD_LINE + 2
        parts.append(svg_text(MARGIN, y, line, theme.quiet, SMALL))
    return svg_page(width, y + MARGIN, shown.title, parts, theme)


def _heads(
    columns: Sequence[str], left: float, top: float, theme: Theme
) -> tuple[list[str], float]:
    """Return the names of the columns, their last lines level, and the height of the tallest."""
    heads = [fonts.wrapped(name, SMALL, CELL_WIDTH - 4, bold=True) for name in columns]
    tall = HEAD_LINE * max((len(lines) for lines in heads), default=0)
    parts = []
    for column, lines in enumerate(heads):
        x = left + column * (CELL_WIDTH + GAP) + CELL_WIDTH / 2
        first = top + tall - HEAD_LINE * (len(lines) - 1)
        parts += [
            svg_text(x, first + HEAD_LINE * number, line, theme.ink, SMALL, "middle", bold=True)
            for number, line in enumerate(lines)
        ]
    return parts, tall


def _heading(title: str, width: float, y: float, theme: Theme) -> str:
    return (
        f'<line x1="{MARGIN}" y1="{y - 17}" x2="{width - MARGIN:.0f}" y2="{y - 17}" '
        f'stroke="{theme.edge}" opacity=".5"/>\n'
        + svg_text(MARGIN, y, title, theme.ink, SIZE, bold=True)
    )


def _row(row: HeatmapRow, left: float, y: float, theme: Theme) -> Iterator[str]:
    middle = y + CELL_HEIGHT / 2 + SIZE * 0.35
    ink = theme.quiet if row.quiet else theme.ink
    yield svg_text(left - 12, middle, row.name, ink, SIZE, "end", italic=row.quiet)
    for column, cell in enumerate(row.cells):
        yield _cell(cell, left + column * (CELL_WIDTH + GAP), y, row.quiet, theme)


def _cell(cell: HeatmapCell, x: float, y: float, quiet: bool, theme: Theme) -> str:
    fill, ink = colours(cell.share, theme)
    frame = f' stroke="{theme.ink}" stroke-width="{FRAMES[cell.mark]}"' if cell.mark else ""
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
        bold=cell.mark == "best",
        italic=quiet,
    )
    about = f"<title>{escape(cell.about)}</title>" if cell.about else ""
    return f"<g>{about}{box}{text}</g>"


def colours(share: float | None, theme: Theme) -> tuple[str, str]:
    """Return fill and ink of a cell."""
    if share is None:
        return theme.page, theme.ink
    fill = mixed(theme.merge.wash, theme.merge.line, min(max(share, 0.0), 1.0))
    return fill, max((theme.ink, theme.merge.on_solid), key=lambda ink: contrast(ink, fill))
