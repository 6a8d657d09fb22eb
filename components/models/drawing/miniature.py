"""Small picture of an architecture's blocks, drawn from its description without building it."""

from __future__ import annotations

from collections import defaultdict

from components.models.architecture.architecture import TRUNK, Architecture
from components.models.drawing.palette import Theme

WIDTH, HEIGHT = 120, 72
_BLOCK, _TALL = 26, 9


def block_picture(architecture: Architecture, theme: Theme) -> str:
    """Draw an SVG: inputs above, merges and trunk below what they read, heads at the end."""
    levels, reads, colors = _blocks(architecture, theme)
    rows: dict[int, list[str]] = defaultdict(list)
    for name, level in levels.items():
        rows[level].append(name)
    step = (HEIGHT - _TALL - 4) / max(1, max(rows))
    places = {
        name: (WIDTH * (index + 0.5) / len(names), 2 + level * step)
        for level, names in rows.items()
        for index, name in enumerate(names)
    }
    wide = min(_BLOCK, WIDTH / max(map(len, rows.values())) - 3)
    lines = "".join(
        f'<path d="M{places[source][0]:.1f} {places[source][1] + _TALL:.1f}'
        f'L{places[name][0]:.1f} {places[name][1]:.1f}" stroke="{theme.edge}"/>'
        for name, sources in reads.items()
        for source in sources
    )
    blocks = "".join(
        f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_TALL}" rx="2.5" '
        f'fill="{colors[name]}"/>'
        for name, (x, y) in places.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}">{lines}{blocks}</svg>'
    )


def _blocks(
    architecture: Architecture, theme: Theme
) -> tuple[dict[str, int], dict[str, list[str]], dict[str, str]]:
    """Return the row of each block, the blocks that it reads, and its colour."""
    hues = theme.branches
    levels = {branch.name: 0 for branch in architecture.inputs}
    reads: dict[str, list[str]] = {}
    colors = {
        branch.name: hues[i % len(hues)].solid for i, branch in enumerate(architecture.inputs)
    }

    def add(name: str, sources: list[str], color: str) -> None:
        levels[name] = 1 + max(levels[source] for source in sources)
        reads[name], colors[name] = sources, color

    for _, merge in architecture.ordered_merges():
        add(merge.name, list(merge.sources), theme.merge.solid)
    if architecture.trunk.depth and architecture.trunk_source:
        add(TRUNK, [architecture.trunk_source], theme.trunk.solid)
    last = 1 + max(levels.values())
    for head in architecture.heads:
        key = f"{head.name} (head)"
        add(key, [architecture.reads(head.source)], theme.head.solid)
        levels[key] = last
    return levels, reads, colors
