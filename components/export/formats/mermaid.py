"""The diagram as a Mermaid flowchart, which many wikis and READMEs can draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from components.core.graph import Graph, Group, Node
from components.export.formats.base import PictureFormat
from components.render import blocks, diagram, formatting
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES, Tones

_ENTITIES = {ord(letter): f"#{ord(letter)};" for letter in '"&<>#`\\|[]{}()*_~%;'}
"""Letters with a meaning in Mermaid, or in the Markdown of its labels."""


class MermaidPicture(PictureFormat):
    """A flowchart whose boxes have the colours of the diagram."""

    title = "Mermaid"
    rank = 5
    mime = "text/vnd.mermaid"
    about = "Mermaid, for wikis"

    kind: Literal["mmd"] = "mmd"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """The Mermaid text."""
        return flowchart(graph, options).encode()


def flowchart(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """A flowchart with a subgraph for each branch, trunk and merge of several layers.

    Heads, and merges of one layer, have their names on it. Each colour has a class.
    """
    total = graph.model_parameters
    shown = diagram.at_level(graph, options)
    names = _names(shown)
    lines = [*_head(options), f"flowchart {'TB' if options.direction == 'vertical' else 'LR'}"]
    for number, group in enumerate(shown.groups):
        members = shown.members(group.id)
        boxed = options.level != "blocks" and (
            group.role in ("branch", "trunk") or len(members) > 1
        )
        inside = [f"{names[n.id]}{_label(shown, n, options, total)}" for n in members]
        if boxed:
            note = ", ".join(filter(None, (group.note, _weight(group, options))))
            title = f"{group.title}: {note}" if note else group.title
            lines.append(f'  subgraph g{number}["{_escaped(title)}"]')
            lines.extend(f"    {line}" for line in inside)
            lines.append("  end")
        else:
            lines.extend(f"  {line}" for line in inside)
    lines.extend(_edges(shown, names, options))
    lines.extend(_classes(shown, names, options))
    return "\n".join(lines) + "\n"


def _head(options: DiagramOptions) -> Iterator[str]:
    if options.title:
        quoted = " ".join(options.title.split()).replace("\\", "\\\\").replace('"', '\\"')
        yield from ("---", f'title: "{quoted}"', "---")
    if options.caption:
        yield f"%% {' '.join(options.caption.split()).replace('{', '(').replace('}', ')')}"


def _names(graph: Graph) -> dict[str, str]:
    """A unique id for each node that is no keyword of Mermaid."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for number, node in enumerate(graph.nodes):
        name = f"n_{re.sub('[^A-Za-z0-9_]', '_', node.id)}"
        names[node.id] = name if name not in taken else f"n_{number}_{name}"
        taken.add(names[node.id])
    return names


def _label(graph: Graph, node: Node, options: DiagramOptions, total: int) -> str:
    group = graph.group(node.group)
    solid = node.layer == "InputLayer" or group.role in ("merge", "head")
    lines = "<br/>".join(_escaped(line) for line in _lines(graph, node, options, total) if line)
    return f'(["{lines}"])' if solid else f'("{lines}")'


def _lines(graph: Graph, node: Node, options: DiagramOptions, total: int) -> list[str]:
    group = graph.group(node.group)
    if node.state != "built":
        state = "does not fit" if node.state == "failed" else "waits for what does not fit"
        return [node.layer, state]
    lines = []
    if options.level == "blocks":
        lines += [
            f"{group.title} {group.note}".strip(),
            formatting.layer_list(blocks.layer_counts(node)),
            _weight(group, options),
        ]
    else:
        name = "Input" if node.layer == "InputLayer" else node.layer
        lines.append(f"{name} {formatting.arguments(node, options.activations)}".strip())
    if options.level == "everything":
        lines.append(node.id)
        lines.append(
            ", ".join(f"{key} {value}" for key, value in formatting.settings(node).items())
        )
    if options.level != "blocks":
        lines += _part_lines(graph, group, options)
    if options.shapes and "shape" not in node.unknown:
        merges = group.role == "merge" and len(node.sources) > 1 and options.level != "blocks"
        shape = formatting.merged_widths(graph, node) if merges else formatting.shape(node.shape)
        lines.append(shape)
    if options.parameters and node.parameters:
        lines.append(f"{node.parameters:,} params ({formatting.share(node.parameters, total)})")
    return lines


def _part_lines(graph: Graph, group: Group, options: DiagramOptions) -> list[str]:
    """The name of the head or merge that a layer alone stands for, and what the merge adds."""
    if group.role == "head":
        return [f"{group.title} · {group.note}" if group.note else group.title]
    alone = group.role == "merge" and len(graph.members(group.id)) == 1
    return [group.title, _weight(group, options)] if alone else []


def _weight(group: Group, options: DiagramOptions) -> str:
    return options.weights.note(group) if options.weights else ""


def _edges(graph: Graph, names: dict[str, str], options: DiagramOptions) -> Iterator[str]:
    weighted = options.weights.edges(graph) if options.weights else {}
    styles = []
    for number, edge in enumerate(graph.edges()):
        waits = graph[edge.target].state == "waiting"
        weight = weighted.get(edge)
        text = f'|"{_escaped(weight.text)}"|' if weight and weight.text else ""
        yield f"  {names[edge.source]} {'-.->' if waits else '-->'}{text} {names[edge.target]}"
        if weight:
            color = THEMES[options.theme].tones(weight.branch).title
            dashes = ",stroke-dasharray:6 4" if weight.negative else ""
            width = f"stroke-width:{weight.width:.1f}px"
            styles.append(f"  linkStyle {number} stroke:{color},{width}{dashes}")
    yield from styles


def _classes(graph: Graph, names: dict[str, str], options: DiagramOptions) -> Iterator[str]:
    theme = THEMES[options.theme]
    for number, group in enumerate(graph.groups):
        tones = theme.tones(group)
        full: list[str] = []
        pale: list[str] = []
        for node in graph.members(group.id):
            solid = node.layer == "InputLayer" or group.role in ("merge", "head")
            (full if solid else pale).append(names[node.id])
        if full:
            line = tones.outline or tones.solid
            yield _class(f"full{number}", tones.solid, line, tones.on_solid, tones)
            yield f"  class {','.join(full)} full{number}"
        if pale:
            yield _class(f"pale{number}", theme.card, tones.line, theme.ink, tones)
            yield f"  class {','.join(pale)} pale{number}"


def _class(name: str, fill: str, line: str, ink: str, tones: Tones) -> str:
    dashes = {"solid": "", "dashed": ",stroke-dasharray:6 4", "dotted": ",stroke-dasharray:2 3"}
    width = f"stroke-width:{tones.width}px"
    return f"  classDef {name} fill:{fill},stroke:{line},color:{ink},{width}{dashes[tones.stroke]}"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_ENTITIES)
