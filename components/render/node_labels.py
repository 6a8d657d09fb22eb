"""The labels of a diagram's nodes, in Graphviz's HTML-like language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from textwrap import wrap

from components.core.graph import Graph, Group, Node
from components.render import blocks, formatting, lettering
from components.render.options import DiagramOptions
from components.render.palette import THEMES, Tones

WIDEST = 44
"""The most letters of a line of settings."""
_RIGHT = 6
"""Points that are free at the right."""
_LEADING = '<font point-size="2">&#160;</font><br align="left"/>'
"""Two points between the lines of a card."""
_GAP = "     "


@dataclass(frozen=True)
class RawLabel:
    """A label that pydot writes as it is, without looking for quotes in it."""

    text: str

    def __str__(self) -> str:
        return self.text


def node_label(
    graph: Graph, node: Node, options: DiagramOptions, total: int, least: float = 0
) -> str:
    """The label of a node, its text at least `least` points wide.

    `total` is the number of parameters of the whole model.
    """
    theme = THEMES[options.theme]
    group = graph.group(node.group)
    if node.state != "built":
        return _error_label(graph, node, options, least)
    tones = theme.tones(group)
    if options.level == "blocks":
        return _block_label(graph, node, group, options, total)
    alone = group.role == "merge" and len(graph.members(group.id)) == 1
    solid = node.layer == "InputLayer" or alone or group.role == "head"
    title, quiet = (tones.on_solid, tones.quiet_on_solid) if solid else (theme.ink, theme.quiet)
    lines = [_title(node, options, title, quiet)]
    if options.level == "everything":
        lines.extend(small(line, quiet, options) for line in _settings(node, options))
    below = _details(graph, node, options, group, total)
    if below:
        lines.append(small(below, quiet, options))
    if alone:
        lines.extend(_weight(group, title, options))
    style = "dashed" if node.reason or has_unknowns(node) else ""
    ground = tones.solid if solid else tones.wash if options.fold else theme.card
    return box_label(lines, _border(tones, solid), ground, options, style, least)


def _weight(group: Group, color: str, options: DiagramOptions) -> list[str]:
    """The line of what a merge adds to its branches, if it has one."""
    text = options.weights.note(group) if options.weights else ""
    return [f'<font color="{color}"><b>{text}</b></font>'] if text else []


def has_unknowns(node: Node) -> bool:
    """Whether more than the shape of an imported layer is unknown."""
    return any(word != "shape" for word in node.unknown)


def small(text: str, color: str, options: DiagramOptions) -> str:
    """A line of smaller letters."""
    return f'<font color="{color}" point-size="{options.small}">{escape(text)}</font>'


def edge_label(text: str, color: str, width: float) -> RawLabel:
    """A text beside an edge of that width."""
    free = ceil(width / 2) + 2
    return RawLabel(
        f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="2"><tr>'
        f'<td width="{free}"></td><td><font color="{color}"><b>{escape(text)}</b>'
        "</font></td></tr></table>>"
    )


def box_label(
    lines: list[str],
    border: str,
    ground: str,
    options: DiagramOptions,
    style: str = "",
    least: float = 0,
) -> str:
    """Lines in a box with rounded corners, at least `least` points wide.

    Their letters are drawn in another font than that of the layout, so the text has its own width.
    """
    text = _LEADING.join(f'{line}<br align="left"/>' for line in lines)
    padding = 4 if options.dense else 6
    width = ceil(max(least, *map(lettering.line_width, lines))) + 2 * padding
    styles = f"rounded,{style}" if style else "rounded"
    return (
        f'<<table {border} cellborder="0" cellspacing="0" cellpadding="{padding}" style="{styles}" '
        f'bgcolor="{ground}"><tr><td align="left" balign="left" width="{width}">{text}</td>'
        f'<td cellpadding="0" width="{_RIGHT}"></td></tr></table>>'
    )


def _border(tones: Tones, solid: bool) -> str:
    color = tones.outline if solid else tones.line
    return f'border="1" color="{color}"' if color else 'border="0"'


def _error_label(graph: Graph, node: Node, options: DiagramOptions, least: float) -> str:
    """The label of a part that could not be built, or of one that waits for it."""
    theme, title = THEMES[options.theme], f"<b>{escape(node.layer)}</b>"
    shapes = ", ".join(formatting.shape(graph[s].shape) for s in node.sources if graph[s].shape)
    if node.state == "failed":
        lines = (f"{title}  does not fit", f"{graph.group(node.group).title} reads {shapes}")
        ink, quiet = theme.wrong.on_solid, theme.wrong.quiet_on_solid
        border, ground, style = 'border="0"', theme.wrong.solid, ""
    else:
        ends = ", ".join(graph.group(graph[source].group).title for source in node.sources)
        lines = (title, f"{graph.group(node.group).title} waits for {ends}")
        ink, quiet = theme.quiet, theme.quiet
        border, ground, style = f'border="1" color="{theme.edge}"', theme.card, "dashed"
    first = f'<font color="{ink}">{lines[0]}</font>'
    texts = [first, small(lines[1], quiet, options)]
    return box_label(texts, border, ground, options, style, least)


def _block_label(
    graph: Graph, node: Node, group: Group, options: DiagramOptions, total: int
) -> str:
    theme = THEMES[options.theme]
    tones = theme.tones(group)
    solid = group.role in ("merge", "head")
    title, ink, quiet = (
        (tones.on_solid, tones.on_solid, tones.quiet_on_solid)
        if solid
        else (tones.title, theme.ink, theme.quiet)
    )
    note = f'  <font color="{ink}">{escape(group.note)}</font>' if group.note else ""
    held = formatting.layer_list(blocks.layer_counts(node)).replace(" ×", "\N{NO-BREAK SPACE}×")
    parts = (
        [_flow(blocks.input_shapes(node), node)]
        if options.shapes and "shape" not in node.unknown
        else []
    )
    parts.extend(["unknown layers"] if has_unknowns(node) else [])
    parts.extend(_parameters(node, options, total))
    if options.parameters and node.shares:
        parts.append(f"weights of {graph.group(node.shares).title}")
    lines = [f'<font color="{title}"><b>{escape(group.title)}</b></font>{note}']
    if held not in (group.note, group.title):
        texts = wrap(held, WIDEST, max_lines=2 if options.fold else None, placeholder=" …")
        lines.extend(small(line, quiet, options) for line in texts)
    if parts:
        lines.append(small(_GAP.join(parts), quiet, options))
    lines.extend(_weight(group, title, options))
    style = "dashed" if has_unknowns(node) else "" if tones.stroke == "solid" else tones.stroke
    border = _border(tones, solid).replace('"1"', f'"{tones.width}"')
    return box_label(lines, border, tones.solid if solid else tones.wash, options, style)


def _flow(takes: tuple[tuple[int | None, ...], ...], node: Node) -> str:
    """`64 × 64 × 3 → 128`; only the output shape if all inputs have the same."""
    gives = _output_shape(node)
    if not takes or set(takes) == {node.shape}:
        return gives
    several = len(takes) > 1
    shapes = [
        f"({formatting.shape(s)})" if several and len(s) > 1 else formatting.shape(s) for s in takes
    ]
    shown = ", ".join(shapes) if len(shapes) <= 3 else f"{len(shapes)} tensors"
    return f"{shown} → {gives}"


def _output_shape(node: Node) -> str:
    return "?" if "shape" in node.unknown else formatting.shape(node.shape)


def _title(node: Node, options: DiagramOptions, ink: str, quiet: str) -> str:
    name = "Input" if node.layer == "InputLayer" else node.layer
    whole = options.level == "everything"
    text = node.id if whole else formatting.arguments(node, options.activations)
    more = f'  <font color="{quiet}">{escape(text)}</font>' if text else ""
    return f'<font color="{ink}"><b>{escape(name)}</b></font>{more}'


def _settings(node: Node, options: DiagramOptions) -> list[str]:
    """All settings of a layer, in lines."""
    parts = [
        f"{key} {value}".replace(" ", "\N{NO-BREAK SPACE}")
        for key, value in formatting.settings(node).items()
        if options.activations or not key.endswith("activation")
    ]
    lines = wrap(" · ".join(parts), WIDEST, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ").removesuffix(" ·") for line in lines]


def _details(graph: Graph, node: Node, options: DiagramOptions, group: Group, total: int) -> str:
    parts: list[str] = []
    if group.role == "head":
        parts.append(f"{group.title} · {group.note}" if group.note else group.title)
    elif group.role == "merge" and len(graph.members(group.id)) == 1:
        parts.append(group.title)
    if node.reason:
        parts.append("fitted")
    if has_unknowns(node):
        parts.append("unknown")
    if options.shapes:
        parts.append(_shapes(graph, node, group, options))
    parts.extend(_parameters(node, options, total))
    if options.parameters and node.shares and graph[node.shares].parameters:
        parts.append(f"weights of {graph.group(graph[node.shares].group).title}")
    return _GAP.join(parts)


def _shapes(graph: Graph, node: Node, group: Group, options: DiagramOptions) -> str:
    if group.role == "merge" and len(node.sources) > 1:
        return formatting.merged_widths(graph, node)
    if options.level == "everything":
        flow = _flow(tuple(graph[source].shape for source in node.sources), node)
        return f"{flow} {node.dtype}"
    return _output_shape(node)


def _parameters(node: Node, options: DiagramOptions, total: int) -> list[str]:
    if options.parameters and "parameters" in node.unknown:
        return [f"{node.parameters:,} + ? params" if node.parameters else "? params"]
    if not (options.parameters and node.parameters):
        return []
    heavy = 10 * node.parameters >= total
    part = f" ({formatting.share(node.parameters, total)})" if heavy else ""
    return [f"{node.parameters:,} params{part}"]
