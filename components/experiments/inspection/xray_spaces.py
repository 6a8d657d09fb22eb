"""Space of each branch and merge: many samples as points, coloured by label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from components.experiments.inspection.basis.xray_results import Space
from components.experiments.inspection.xray_diagram import ModelXray
from components.models.drawing.palette import Theme
from components.models.drawing.signed_colors import signed_pixels
from components.models.drawing.svg_parts import svg_page, svg_rect, svg_text
from sample_data.core.arrays import Array

WIDE, HIGH, GAP = 240, 214, 14
"""Width and height of a panel, and the gap between two panels, in points."""
HEAD, FOOT, MARGIN = 38, 20, 14
COLUMNS = 4
"""Maximum number of panels in a row."""


def spaces_svg(shown: ModelXray, head: str, colours: Sequence[str], theme: Theme) -> str:
    """Draw a panel for each branch and merge; `data-n` of a point is the number of its sample."""
    ids, fills, parts = list(shown.epoch.spaces), _fills(shown, head, colours, theme), list[str]()
    columns = min(COLUMNS, len(ids))
    for number, id in enumerate(ids):
        row, column = divmod(number, columns)
        panel = "".join(_panel(shown, id, head, fills, theme))
        corner = f"translate({column * (WIDE + GAP)} {row * (HIGH + GAP)})"
        parts.append(f'<g transform="{corner}">{panel}</g>')
    width, height = columns * (WIDE + GAP) - GAP, -(-len(ids) // columns) * (HIGH + GAP) - GAP
    scores = [f"{_name(shown, id)} {shown.epoch.readings[id][head].score:.2f}" for id in ids]
    label = (
        f"The outputs of branches and merges for {len(fills):,} samples, coloured by {head}. "
        f"A linear reader reaches: {', '.join(scores)}."
    )
    return svg_page(width, height, label, parts, theme)


def _name(shown: ModelXray, id: str) -> str:
    """Return the name of the branch or merge that ends with a layer."""
    group = shown.graph.group(shown.graph[id].group)
    return group.title if group.role == "branch" else f"after {group.title}"


def _panel(
    shown: ModelXray, id: str, head: str, fills: Sequence[str], theme: Theme
) -> Iterator[str]:
    space, read = shown.epoch.spaces[id], shown.epoch.readings[id][head]
    tones = theme.tones(shown.graph.group(shown.graph[id].group))
    yield svg_rect(0.5, 0.5, WIDE - 1, HIGH - 1, theme.card, f' rx="6" stroke="{tones.line}"')
    yield svg_text(MARGIN, 18, _name(shown, id), tones.title, 13, bold=True)
    score = f"linear reader {read.score:.2f} ({read.low:.2f} to {read.high:.2f})"
    yield svg_text(MARGIN, 33, score, theme.quiet, 11)
    is_plane = math.prod(size or 1 for size in shown.graph[id].shape) <= 2
    axes = "its own outputs" if is_plane else f"{space.share:.0%} of variance"
    yield svg_text(WIDE - MARGIN, HIGH - 7, axes, theme.quiet, 10, "end")
    points = _placed(space)
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


def _placed(space: Space) -> Array:
    """Scale the points to the panel, (N, 2), with the same scale for both axes."""
    points = space.points.values()
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDE - 2 * MARGIN, HIGH - HEAD - FOOT - MARGIN])
    scale = (room / np.maximum(high - low, 1e-9)).min()
    middle = np.array([WIDE / 2, HEAD + 4 + room[1] / 2])
    placed: Array = middle + (points - (low + high) / 2) * scale * np.array([1, -1])
    return placed


def _fills(shown: ModelXray, head: str, colours: Sequence[str], theme: Theme) -> Sequence[str]:
    """Return the colour of each point: that of its class, or of its value on the scale of signs."""
    known = shown.xray.heads[head]
    truth = np.array(known.truth)
    if known.target != "values":
        return [colours[int(label) % len(colours)] for label in truth]
    pixels = signed_pixels(truth - truth.mean(), float(np.abs(truth - truth.mean()).max()), theme)
    return [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in pixels]
