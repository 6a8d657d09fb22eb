"""Title above a diagram, and legend and caption below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from components.models.drawing import fonts
from components.models.drawing.drawing import GROWTH, Outline, Shapes, Text, box
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES, Theme, Tones
from components.models.language.graph import Graph

TITLE = 18 * GROWTH
NARROWEST = 300.0
"""Width in points of title, legend and caption if the picture itself is narrower."""
_LINE = 1.3
"""Height of a line, relative to the size of its letters."""
_SWATCH, _SWATCH_HIGH = 22.0, 14.0
_GAP, _BETWEEN, _MARGIN = 4.0, 12.0, 6.0
"""Points between a swatch and its text, between two entries, and around all lines."""


def title(options: DiagramOptions, most: float, left: float, top: float) -> Shapes | None:
    """Draw the title in lines of at most `most` points, if the options have one."""
    if not options.title:
        return None
    lines = fonts.wrapped(options.title, TITLE, most, bold=True)
    ink, high = THEMES[options.theme].ink, TITLE * _LINE
    start = top + _MARGIN
    texts = [
        Text(left + _MARGIN, start + row * high + 0.95 * TITLE, line, TITLE, ink, True)
        for row, line in enumerate(lines)
    ]
    return _part([], texts, start + len(lines) * high, options, left, top)


def legend_and_caption(
    graph: Graph, options: DiagramOptions, most: float, left: float, top: float
) -> Shapes | None:
    """Draw the meaning of the colours, then the caption, in lines of at most `most` points."""
    theme, size = THEMES[options.theme], options.small * GROWTH
    swatches: list[Outline] = []
    texts: list[Text] = []
    x, y = left + _MARGIN, top + _MARGIN
    for look, meaning in _entries(graph, options, theme) if options.legend else ():
        wide = _SWATCH + _GAP + fonts.width(meaning, size)
        if x > left + _MARGIN and x + wide > left + most:
            x, y = left + _MARGIN, y + _SWATCH_HIGH + _GAP
        swatches.append(box(x, y, x + _SWATCH, y + _SWATCH_HIGH, 4.7, **look))
        texts.append(Text(x + _SWATCH + _GAP, y + 0.85 * size, meaning, size, theme.ink))
        x += wide + _BETWEEN
    if swatches:
        y += _SWATCH_HIGH + _GAP
    caption = _with_fixed_spaces(options.caption)
    for line in fonts.wrapped(caption, size, most) if caption else ():
        y += size * _LINE
        texts.append(Text(left + _MARGIN, y - 0.35 * size, line, size, theme.ink))
    return _part(swatches, texts, y, options, left, top) if texts else None


def _part(
    swatches: Sequence[Outline],
    texts: Sequence[Text],
    bottom: float,
    options: DiagramOptions,
    left: float,
    top: float,
) -> Shapes:
    """Put the lines on a background: a transparent picture may lie on any colour."""
    right = max(text.x + text.width for text in texts) + _MARGIN
    fill = THEMES[options.theme].page if options.transparent else ""
    ground = box(left, top, right, bottom + _MARGIN, 9, fill=fill)
    return Shapes("legend", "", (ground, *swatches), tuple(texts))


def _with_fixed_spaces(text: str) -> str:
    """Keep each shape and share in a text on one line."""
    return text.replace(" × ", "\u00a0×\u00a0").replace(" %", "\u00a0%")


def _entries(
    graph: Graph, options: DiagramOptions, theme: Theme
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the look of each swatch, and its meaning."""
    branches = [group for group in graph.groups if group.role == "branch"]
    first = {group.hue: group for group in reversed(branches)}
    for group in branches:
        if first[group.hue] is group:
            yield _look(theme.tones(group)), f"branch {group.title}"
    others = [group for group in graph.groups if group.role != "branch"]
    for role in ("merge", "trunk", "head"):
        if any(group.role == role and not group.color for group in others):
            yield _look(getattr(theme, role)), role
    for group in others:
        if group.color:
            yield _look(theme.tones(group)), f"{group.role} {group.title}"
    plain = {"fill": theme.card, "line": theme.ink, "width": 1}
    if options.level == "volumes":
        yield plain, "each doubling adds the same length to an edge"
    states = {node.state for node in graph.nodes}
    if any(node.reason and node.state == "built" for node in graph.nodes):
        yield plain | {"stroke": "dashed"}, "fitted: added to make shapes fit"
    if "failed" in states:
        yield _look(theme.wrong), "does not fit"
    if "waiting" in states:
        yield plain | {"line": theme.edge, "stroke": "dashed"}, "waits for what does not fit"


def _look(tones: Tones) -> dict[str, Any]:
    line, width = tones.outline or tones.solid, tones.width
    return {"fill": tones.solid, "line": line, "stroke": tones.stroke, "width": width}
