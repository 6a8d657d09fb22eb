"""Cards of a diagram: their lines, and their labels in Graphviz's HTML-like language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from textwrap import wrap

from components.models.drawing import blocks, fonts, formatting
from components.models.drawing.drawing import BESIDE, GROWTH
from components.models.drawing.emphasis import tones_of
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES, Stroke
from components.models.language.graph import Graph, Group, Node, Shape

WIDEST = 44
"""Largest number of characters in a line of settings."""
GAP = "     "
"""Space between two facts in one line."""
_SIZE = 14
_RIGHT = 6
"""Free space at the right, in points."""
_LEADING = '<font point-size="2">&#160;</font><br align="left"/>'
"""Space of two points between the lines of a card."""


@dataclass(frozen=True)
class RawLabel:
    """Label that pydot writes unchanged, without looking for quotes in it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Line:
    """Line of text: a bold name, what follows it, or both, each in its colour.

    With an empty `ink`, the name has the colour of its surroundings; `size` is that of `rest`.
    """

    name: str = ""
    rest: str = ""
    ink: str = ""
    quiet: str = ""
    size: int = _SIZE

    @property
    def html(self) -> str:
        """The line in Graphviz's HTML-like language."""
        name = f"<b>{escape(self.name)}</b>" if self.name else ""
        if name and self.ink:
            name = f'<font color="{self.ink}">{name}</font>'
        size = f' point-size="{self.size}"' if self.size != _SIZE else ""
        rest = f'<font color="{self.quiet}"{size}>{escape(self.rest)}</font>' if self.rest else ""
        return "  ".join(part for part in (name, rest) if part)

    @property
    def width(self) -> float:
        """Width in points as drawn, in another font than that of the layout."""
        name = fonts.width(self.name, _SIZE * GROWTH, True)
        rest = fonts.width(self.rest, self.size * GROWTH)
        return name + rest + (BESIDE if self.name and self.rest else 0)


@dataclass(frozen=True)
class NodeCard:
    """Box with round corners and the lines of a node; without a border if `border` is empty."""

    lines: tuple[Line, ...]
    ground: str
    border: str = ""
    width: int = 1
    """Width of the border in points."""
    stroke: Stroke = "solid"

    def label(self, options: DiagramOptions, least: float = 0) -> str:
        """Return the label of a node whose text is at least `least` points wide."""
        text = _LEADING.join(f'{line.html}<br align="left"/>' for line in self.lines)
        padding = 4 if options.dense else 6
        width = ceil(max(least, *(line.width for line in self.lines))) + 2 * padding
        styles = "rounded" if self.stroke == "solid" else f"rounded,{self.stroke}"
        border = f'border="{self.width}" color="{self.border}"' if self.border else 'border="0"'
        return (
            f'<<table {border} cellborder="0" cellspacing="0" cellpadding="{padding}" '
            f'style="{styles}" bgcolor="{self.ground}"><tr><td align="left" balign="left" '
            f'width="{width}">{text}</td><td cellpadding="0" width="{_RIGHT}"></td></tr></table>>'
        )


def edge_label(text: str, color: str, width: float) -> RawLabel:
    """Return the label of a text beside an edge of `width` points."""
    free = ceil(width / 2) + 2
    return RawLabel(
        f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="2"><tr>'
        f'<td width="{free}"></td><td><font color="{color}"><b>{escape(text)}</b>'
        "</font></td></tr></table>>"
    )


def box_title(group: Group, options: DiagramOptions) -> Line:
    """Return the title of the box around a group: its name and notes."""
    notes = (group.note, options.mark(group.id).note, merge_note(group, options))
    note = ", ".join(filter(None, notes))
    return Line(group.title, note, "", THEMES[options.theme].quiet, options.small)


def is_boxed(graph: Graph, group: Group, options: DiagramOptions) -> bool:
    """Return `True` if the cards of a group lie in a box of their own."""
    several = group.role in ("branch", "trunk") or len(graph.members(group.id)) > 1
    return several and options.level != "blocks" and not options.fold


def is_in_block(node: Node, members: Sequence[Node]) -> bool:
    """Return `True` if a node is one of several in a repeated block that is drawn once."""
    return node.times > 1 and sum(other.run == node.run for other in members) > 1


def _followers(node: Node, options: DiagramOptions) -> Iterator[str]:
    """Yield the layers that stand on the card of the one before them."""
    for follower in node.config.get("then", ()) if options.joined else ():
        name = options.mark(follower.group, follower.id).name or _layer_name(follower, options)
        yield f"{name} {formatting.arguments(follower, options.activations)}".rstrip()


def _layer_name(node: Node, options: DiagramOptions) -> str:
    if node.title:
        return node.title
    if not options.classes:
        return formatting.layer_title(node.layer)
    return "Input" if node.layer == "InputLayer" else node.layer


def merge_note(group: Group, options: DiagramOptions) -> str:
    """Return the cooperation at a merge, if weights are drawn, else nothing."""
    return options.weights.note(group) if options.weights else ""


def node_card(graph: Graph, node: Node, options: DiagramOptions) -> NodeCard:
    """Return the card of a node; shares of parameters are of the whole model."""
    if node.state != "built":
        return _error_card(graph, node, options)
    group = graph.group(node.group)
    if options.level == "blocks":
        return _block_card(graph, node, group, options)
    theme, own = THEMES[options.theme], options.mark(group.id, node.id)
    colored = own.color != "unchanged"
    tones = tones_of(graph, node, options)
    alone = group.role == "merge" and len(graph.members(group.id)) == 1
    solid = colored or node.layer == "InputLayer" or alone or group.role == "head"
    ink, quiet = (tones.on_solid, tones.quiet_on_solid) if solid else (theme.ink, theme.quiet)
    small: list[str] = []
    rest = formatting.arguments(node, options.activations)
    if options.level == "everything":
        rest, small = node.id, _settings(node, options)
    small += wrap(", ".join(_followers(node, options)), WIDEST)
    facts = [group.title] if alone and group.title != node.layer else []
    if group.role == "head":
        facts = [f"{group.title} · {group.note}" if group.note else group.title]
    facts += _facts(graph, node, group, options)
    small += [GAP.join(facts)] if facts else []
    name = own.name or _layer_name(node, options)
    if node.times > 1 and not is_in_block(node, graph.members(group.id)):
        name = f"{name} ×{node.times}"
    lines = [Line(name, rest, ink, quiet), *_small(small, quiet, options)]
    lines += _small(wrap(own.note, WIDEST), ink, options)
    if not is_boxed(graph, group, options) and node is graph.members(group.id)[0]:
        lines += _small(wrap(options.mark(group.id).note, WIDEST), ink, options)
    if alone and (note := merge_note(group, options)):
        lines.append(Line(note, ink=ink))
    return NodeCard(
        tuple(lines),
        tones.solid if solid else tones.wash if options.fold else theme.card,
        tones.outline if solid else tones.line,
        stroke="dashed" if node.reason or node.is_unfamiliar else "solid",
    )


def _error_card(graph: Graph, node: Node, options: DiagramOptions) -> NodeCard:
    """Return the card of a part that could not be built, or that waits for such a part."""
    theme, title = THEMES[options.theme], graph.group(node.group).title
    if node.state == "failed":
        ink, quiet = theme.wrong.on_solid, theme.wrong.quiet_on_solid
        read = ", ".join(formatting.shape(graph[s].shape) for s in node.sources if graph[s].shape)
        lines = [Line(node.layer, "does not fit", ink, ink)]
        lines += _small([f"{title} reads {read}"], quiet, options)
        return NodeCard(tuple(lines), theme.wrong.solid)
    ends = ", ".join(graph.group(graph[source].group).title for source in node.sources)
    lines = [Line(node.layer, ink=theme.quiet)]
    lines += _small([f"{title} waits for {ends}"], theme.quiet, options)
    return NodeCard(tuple(lines), theme.card, theme.edge, stroke="dashed")


def _block_card(graph: Graph, node: Node, group: Group, options: DiagramOptions) -> NodeCard:
    theme = THEMES[options.theme]
    tones = theme.tones(group)
    solid = group.role in ("merge", "head")
    title, ink, quiet = tones.title, theme.ink, theme.quiet
    if solid:
        title, ink, quiet = tones.on_solid, tones.on_solid, tones.quiet_on_solid
    counts = blocks.layer_counts(node)
    if not options.classes:
        counts = {formatting.layer_title(layer): count for layer, count in counts.items()}
    held = formatting.layer_list(counts).replace(" ×", "\N{NO-BREAK SPACE}×")
    small = []
    if held not in (group.note, group.title):
        small = wrap(held, WIDEST, max_lines=2 if options.fold else None, placeholder=" …")
    facts = []
    if options.shapes and "shape" not in node.unknown:
        facts.append(_flow(blocks.input_shapes(node), node))
    facts += ["unknown layers"] if node.is_unfamiliar else []
    facts += _parameters(graph, node, options)
    if options.parameters and node.shares:
        facts.append(f"weights of {graph.group(node.shares).title}")
    small += [GAP.join(facts)] if facts else []
    lines = [Line(group.title, group.note, title, ink), *_small(small, quiet, options)]
    lines += _small(wrap(options.mark(group.id).note, WIDEST), title, options)
    if note := merge_note(group, options):
        lines.append(Line(note, ink=title))
    return NodeCard(
        tuple(lines),
        tones.solid if solid else tones.wash,
        tones.outline if solid else tones.line,
        tones.width,
        "dashed" if node.is_unfamiliar else tones.stroke,
    )


def _small(texts: Sequence[str], quiet: str, options: DiagramOptions) -> Iterator[Line]:
    return (Line(rest=text, quiet=quiet, size=options.small) for text in texts)


def _flow(takes: Sequence[Shape], node: Node) -> str:
    """Return input and output shapes, `64 × 64 × 3 → 128`; only the output if all are the same."""
    gives = formatting.output(node)
    if not takes or set(takes) == {node.shape}:
        return gives
    if len(takes) > 3:
        return f"{len(takes)} tensors → {gives}"
    several = len(takes) > 1
    shapes = [
        f"({formatting.shape(s)})" if several and len(s) > 1 else formatting.shape(s) for s in takes
    ]
    return f"{', '.join(shapes)} → {gives}"


def _settings(node: Node, options: DiagramOptions) -> list[str]:
    """Return all settings of a layer, wrapped into lines."""
    parts = [
        f"{key} {value}".replace(" ", "\N{NO-BREAK SPACE}")
        for key, value in formatting.settings(node).items()
        if options.activations or not key.endswith("activation")
    ]
    lines = wrap(" · ".join(parts), WIDEST, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ").removesuffix(" ·") for line in lines]


def _facts(graph: Graph, node: Node, group: Group, options: DiagramOptions) -> Iterator[str]:
    """Yield the facts of a layer: why it was added, its shapes and its parameters."""
    if node.reason:
        yield "fitted"
    if node.is_unfamiliar:
        yield "unknown"
    if options.shapes and options.level != "volumes":  # There, sizes stand at the edges.
        if group.role == "merge" and len(node.sources) > 1 and not node.cut:
            yield formatting.merged_widths(graph, node)
        elif options.level == "everything":
            read = [] if node.cut else [graph[source].shape for source in node.sources]
            yield f"{_flow(read, node)} {node.dtype}"
        else:
            yield formatting.output(node)
    yield from _parameters(graph, node, options)
    if options.parameters and node.shares and graph[node.shares].parameters:
        yield f"weights of {graph.group(graph[node.shares].group).title}"


def _parameters(graph: Graph, node: Node, options: DiagramOptions) -> list[str]:
    if options.parameters and "parameters" in node.unknown:
        return [f"{node.parameters:,} + ? params" if node.parameters else "? params"]
    if not (options.parameters and node.parameters):
        return []
    total = graph.model_parameters
    heavy = 10 * node.parameters >= total
    part = f" ({formatting.share(node.parameters, total)})" if heavy else ""
    return [f"{node.parameters:,} params{part}"]
