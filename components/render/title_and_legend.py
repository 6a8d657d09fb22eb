"""The title above a diagram, and legend and caption below it."""

from __future__ import annotations

from html import escape

import pydot

from components.core.graph import Graph
from components.render import fonts
from components.render.node_labels import RawLabel, small
from components.render.options import DiagramOptions
from components.render.palette import THEMES, Theme, Tones

TITLE = 18
NARROWEST = 300.0
"""Points a line of title, legend and caption may have if the picture itself is narrower."""
_SWATCH = 42
"""Width in points of a swatch and the space around an entry."""


def add_title_and_legend(
    picture: pydot.Dot, graph: Graph, options: DiagramOptions, font: str, width: float
) -> pydot.Graph:
    """Add title, legend and caption to a picture `width` points wide; draw into the result."""
    theme, most = THEMES[options.theme], max(width, NARROWEST)
    ground = theme.page if options.transparent else ""
    if options.title:
        lines = fonts.wrapped(options.title, TITLE, most, bold=True)
        picture.set("label", _stacked([_title_line(line, theme) for line in lines], ground))
        picture.set("labelloc", "t")
        picture.set("labeljust", "l")
    rows = _legend(graph, options, most) if options.legend else []
    if options.caption:
        lines = fonts.wrapped(_with_fixed_spaces(options.caption), options.small, most)
        rows.append(
            "".join(f'{small(line, theme.ink, options)}<br align="left"/>' for line in lines)
        )
    if not rows:
        return picture
    page = pydot.Cluster(
        "sheet",
        id="sheet",
        label=_stacked(rows, ground),
        labelloc="b",
        labeljust="l",
        fontname=font,
        peripheries="0",
        margin="6",
    )
    picture.add_subgraph(page)
    return page


def _with_fixed_spaces(text: str) -> str:
    """The text with each shape and share kept in one line."""
    return text.replace(" × ", "\u00a0×\u00a0").replace(" %", "\u00a0%")


def _title_line(line: str, theme: Theme) -> str:
    return f'<font color="{theme.ink}" point-size="{TITLE}"><b>{escape(line)}</b></font>'


def _stacked(rows: list[str], ground: str) -> RawLabel:
    """Rows below each other. A transparent picture needs a `ground`: it may be put on any other."""
    style = f' style="rounded" bgcolor="{ground}"' if ground else ""
    cells = "".join(f'<tr><td align="left" balign="left">{row}</td></tr>' for row in rows)
    return RawLabel(
        f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="3"{style}>{cells}</table>>'
    )


def _legend(graph: Graph, options: DiagramOptions, most: float) -> list[str]:
    """Rows of swatches with their meaning, each row no wider than `most` points."""
    theme = THEMES[options.theme]
    rows: list[str] = []
    row, used = "", 0.0
    for swatch, text in _entries(graph, theme):
        wide = fonts.width(text, options.small) + _SWATCH
        if row and used + wide > most:
            rows.append(_row(row, most - used))
            row, used = "", 0.0
        row += f'<td>{swatch}</td><td align="left">{small(text, theme.ink, options)}  </td>'
        used += wide
    return [*rows, _row(row, most - used)]


def _row(cells: str, rest: float) -> str:
    """A row whose last cell is empty and takes the rest of the width."""
    return (
        f'<table border="0" cellborder="0" cellspacing="0" cellpadding="2"><tr>{cells}'
        f'<td width="{max(1, round(rest))}"></td></tr></table>'
    )


def _entries(graph: Graph, theme: Theme) -> list[tuple[str, str]]:
    branches = [group for group in graph.groups if group.role == "branch"]
    first = {group.hue: group for group in reversed(branches)}
    entries = [
        (_swatch(theme.tones(group)), f"branch {group.title}")
        for group in branches
        if first[group.hue] is group
    ]
    roles = {group.role for group in graph.groups}
    others = (("merge", theme.merge), ("trunk", theme.trunk), ("head", theme.head))
    entries.extend((_swatch(tones), role) for role, tones in others if role in roles)
    states = {node.state for node in graph.nodes}
    if any(node.reason and node.state == "built" for node in graph.nodes):
        entries.append((_box(theme.card, theme.ink, "dashed"), "fitted: added to make shapes fit"))
    if "failed" in states:
        entries.append((_swatch(theme.wrong), "does not fit"))
    if "waiting" in states:
        entries.append((_box(theme.card, theme.edge, "dashed"), "waits for what does not fit"))
    return entries


def _swatch(tones: Tones) -> str:
    return _box(tones.solid, tones.outline or tones.solid, tones.stroke, tones.width)


def _box(ground: str, line: str, stroke: str, width: int = 1) -> str:
    style = "rounded" if stroke == "solid" else f"rounded,{stroke}"
    return (
        f'<table border="{width}" color="{line}" bgcolor="{ground}" style="{style}" '
        'cellborder="0" cellspacing="0" cellpadding="0" fixedsize="true" width="22" height="14">'
        "<tr><td></td></tr></table>"
    )
