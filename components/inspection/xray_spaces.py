"""The space of each branch and merge: many samples as points, coloured by label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from components.inspection.basis.xray_results import Space
from components.inspection.xray_diagram import ModelXray
from components.render.palette import Theme
from components.render.signed_colors import signed_pixels
from components.render.svg_parts import svg_page, svg_rect, svg_text
from sample_data.core.arrays import Array

WIDE, HIGH, GAP = 240, 214, 14
"""Points of a panel, and between two."""
HEAD, FOOT, MARGIN = 38, 20, 14
COLUMNS = 4
"""Panels side by side, at most."""


def spaces_svg(shown: ModelXray, head: str, colours: Sequence[str], theme: Theme) -> str:
    """A panel for each branch and merge; each point has the number of its sample as `data-n`."""
    panels = list(shown.epoch.spaces.items())
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // max(columns, 1))
    fills = _fills(shown, head, colours, theme)
    parts = list[str]()
    for number, (id, space) in enumerate(panels):
        corner = (number % columns) * (WIDE + GAP), (number // columns) * (HIGH + GAP)
        parts += _panel(shown, id, space, head, fills, corner, theme)
    width, height = columns * (WIDE + GAP) - GAP, rows * (HIGH + GAP) - GAP
    return svg_page(width, height, spaces_text(shown, head), parts, theme)


def spaces_text(shown: ModelXray, head: str) -> str:
    """What the panels show, in words."""
    points = len(shown.xray.heads[head].truth)
    readings = [
        f"{part_name(shown, id)} {read.score:.2f}"
        for id in shown.epoch.spaces
        if (read := shown.epoch.readings.get(id, {}).get(head))
    ]
    return (
        f"The outputs of branches and merges for {points:,} samples, coloured by {head}. "
        f"A linear reader reaches: {', '.join(readings)}."
    )


def part_name(shown: ModelXray, id: str) -> str:
    """The branch or merge that a layer ends."""
    group = shown.graph.group(shown.graph[id].group)
    return group.title if group.role == "branch" else f"after {group.title}"


def _panel(
    shown: ModelXray,
    id: str,
    space: Space,
    head: str,
    fills: Sequence[str],
    corner: tuple[float, float],
    theme: Theme,
) -> Iterator[str]:
    left, top = corner
    tones = theme.tones(shown.graph.group(shown.graph[id].group))
    border = f' rx="6" stroke="{tones.line}"'
    yield svg_rect(left + 0.5, top + 0.5, WIDE - 1, HIGH - 1, theme.card, border)
    name = part_name(shown, id)
    yield svg_text(left + MARGIN, top + 18, name, tones.title, 13, bold=True)
    yield svg_text(left + MARGIN, top + 33, _reading_text(shown, id, head), theme.quiet, 11)
    is_plane = math.prod(size or 1 for size in shown.graph[id].shape) <= 2
    axes = "its own outputs" if is_plane else f"{space.share:.0%} of variance"
    yield svg_text(left + WIDE - MARGIN, top + HIGH - 7, axes, theme.quiet, 10, "end")
    points = _placed(space, left, top)
    for number in range(len(points) - 1, -1, -1):
        x, y = points[number]
        yield (
            f'<circle class="point" data-n="{number}" cx="{x:.1f}" cy="{y:.1f}" r="2.6" '
            f'fill="{fills[number]}" fill-opacity="0.65"/>'
        )
    x, y = points[shown.sample]
    yield (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="none" stroke="{theme.ink}" '
        f'stroke-width="2"><title>{escape(shown.title())}</title></circle>'
    )


def _reading_text(shown: ModelXray, id: str, head: str) -> str:
    read = shown.epoch.readings.get(id, {}).get(head)
    if read is None:
        return "not read"
    return f"linear reader {read.score:.2f} ({read.low:.2f} to {read.high:.2f})"


def _placed(space: Space, left: float, top: float) -> Array:
    """(N, 2) on the page, as large as fits, with the same scale for both axes."""
    points = space.points.values()
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDE - 2 * MARGIN, HIGH - HEAD - FOOT - MARGIN])
    scale = (room / np.maximum(high - low, 1e-9)).min()
    middle = np.array([left + WIDE / 2, top + HEAD + 4 + room[1] / 2])
    placed: Array = middle + (points - (low + high) / 2) * scale * np.array([1, -1])
    return placed


def _fills(shown: ModelXray, head: str, colours: Sequence[str], theme: Theme) -> Sequence[str]:
    """The colour of each point: that of its class, or of its value on the scale of signs."""
    known = shown.xray.heads[head]
    truth = np.array(known.truth)
    if known.target != "values":
        return [colours[int(label) % len(colours)] for label in truth]
    pixels = signed_pixels(truth - truth.mean(), float(np.abs(truth - truth.mean()).max()), theme)
    return [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in pixels]
