"""The diagram: our own DOT through pydot, laid out by graphviz-pure. No system Graphviz is used."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

import pydot

from components import costs
from components.errors import FileError
from components.graph import Graph, Group, Node
from components.render import words
from components.render.palette import THEMES, Theme, ThemeName
from components.render.slim import slim

FONT = "Helvetica"
Direction = Literal["vertical", "horizontal"]


@dataclass(frozen=True)
class Look:
    """What a diagram shows, which way it runs, and its theme."""

    direction: Direction = "vertical"
    shapes: bool = True
    parameters: bool = True
    activations: bool = True
    theme: ThemeName = "light"


PLAIN = Look()
"""Everything shown, top to bottom, light."""


def dot(graph: Graph, look: Look = PLAIN) -> str:
    """The diagram as DOT text: the same for the same architecture, on every machine."""
    return str(_drawn(graph, look).to_string())


def svg(graph: Graph, look: Look = PLAIN) -> str:
    """The diagram as SVG text; each layer is a `<g class="node">` whose id is the layer's name."""
    return slim(_run(_drawn(graph, look), "svg").decode())


def png(graph: Graph, look: Look = PLAIN, scale: float = 2) -> bytes:
    """The diagram as a PNG of `scale` × 96 dots an inch, on a transparent ground."""
    picture = _drawn(graph, look)
    picture.set("dpi", f"{96 * scale:g}")
    return _run(picture, "png")


def layout(graph: Graph, look: Look = PLAIN) -> bytes:
    """Positions of nodes, edges and groups as Graphviz's JSON, in points, y upwards."""
    return _run(_drawn(graph, look), "json")


def _run(picture: pydot.Dot, form: str) -> bytes:
    made: bytes = picture.create(prog=program(), format=form)
    return made


@cache
def program() -> str:
    """The path of graphviz-pure. Raises `FileError` where it is not installed."""
    beside = Path(sys.executable).parent
    found = shutil.which("graphviz-pure", path=str(beside)) or shutil.which("graphviz-pure")
    if found is None:
        raise FileError(
            "Pictures are laid out by the program `graphviz-pure`.",
            "no such program beside Python or on the path",
            "Install the packages of requirements.txt.",
        )
    return found


def _drawn(graph: Graph, look: Look) -> pydot.Dot:
    graph, theme = graph.drawn(), THEMES[look.theme]
    picture = pydot.Dot(
        graph_type="digraph",
        rankdir="TB" if look.direction == "vertical" else "LR",
        bgcolor="transparent",
        fontname=FONT,
        nodesep="0.3",
        ranksep="0.34",
        pad="0.15",
        splines="true",
    )
    picture.set_node_defaults(shape="plain", fontname=FONT)
    picture.set_edge_defaults(color=theme.edge, penwidth="1.4", arrowsize="0.7")
    total = sum(node.parameters for node in graph.nodes)
    for group in graph.groups:
        members = graph.members(group.id)
        boxed = group.role in ("branch", "trunk") or len(members) > 1
        holder = _cluster(group, theme) if boxed else picture
        for node in members:
            card = _card(graph, node, look, total)
            holder.add_node(pydot.Node(_quoted(node.id), id=node.id, label=Verbatim(card)))
        if boxed:
            picture.add_subgraph(holder)
    for edge in graph.edges():
        ends = _quoted(edge.source), _quoted(edge.target)
        picture.add_edge(pydot.Edge(*ends, **_edge(graph[edge.target], edge.source, theme)))
    return picture


def _edge(target: Node, source: str, theme: Theme) -> dict[str, str]:
    """How an edge differs from the others: red where it fails, dashed where it waits."""
    if source in target.culprits:
        return {"color": theme.wrong.line, "penwidth": "2.6"}
    return {"style": "dashed"} if target.state == "waiting" else {}


@dataclass(frozen=True)
class Verbatim:
    """A label that is written as it is: pydot looks through every letter of a text for quotes."""

    text: str

    def __str__(self) -> str:
        return self.text


def _quoted(id: str) -> str:
    """An id that stays an id where it is a word of DOT, such as `node`: pydot leaves those bare."""
    return f'"{id}"'


def _cluster(group: Group, theme: Theme) -> pydot.Cluster:
    tones = theme.tones(group)
    note = f'  <font color="{theme.quiet}" point-size="11">{escape(group.note)}</font>'
    return pydot.Cluster(
        group.id,
        id=f"group_{group.id}",
        label=f"<<b>{escape(group.title)}</b>{note if group.note else ''}>",
        fontcolor=tones.title,
        fontname=FONT,
        labeljust="l",
        style="rounded,filled",
        color=tones.line,
        fillcolor=tones.wash,
        margin="11",
    )


def _card(graph: Graph, node: Node, look: Look, total: int) -> str:
    theme = THEMES[look.theme]
    group = graph.group(node.group)
    if node.state != "built":
        return _stand_in(graph, node, theme)
    tones = theme.tones(group)
    alone = group.role == "merge" and len(graph.members(group.id)) == 1
    solid = node.layer == "InputLayer" or alone or group.role == "head"
    title, quiet = (tones.on_solid, tones.quiet_on_solid) if solid else (theme.ink, theme.quiet)
    lines = [_title(node, look, title, quiet)]
    below = _below(graph, node, look, group, total)
    if below:
        lines.append(f'<font color="{quiet}" point-size="11">{escape(below)}</font>')
    text = "".join(f'{line}<br align="left"/>' for line in lines)
    border = 'border="0"' if solid else f'border="1" color="{tones.line}"'
    return _boxed(
        text, border, tones.solid if solid else theme.card, "dashed" if node.reason else ""
    )


def _stand_in(graph: Graph, node: Node, theme: Theme) -> str:
    """The card of a part that could not be built, or of one that waits for it."""
    title = f"<b>{escape(node.layer)}</b>"
    shapes = ", ".join(words.shape(graph[s].shape) for s in node.sources if graph[s].shape)
    if node.state == "failed":
        lines = (f"{title}  does not fit", f"{graph.group(node.group).title} reads {shapes}")
        ink, quiet = theme.wrong.on_solid, theme.wrong.quiet_on_solid
        border, ground, style = 'border="0"', theme.wrong.solid, ""
    else:
        ends = ", ".join(graph.group(graph[source].group).title for source in node.sources)
        lines = (title, f"{graph.group(node.group).title} waits for {ends}")
        ink, quiet = theme.quiet, theme.quiet
        border, ground, style = f'border="1" color="{theme.edge}"', theme.card, "dashed"
    small = f'<font color="{quiet}" point-size="11">{escape(lines[1])}</font>'
    text = f'<font color="{ink}">{lines[0]}</font><br align="left"/>{small}<br align="left"/>'
    return _boxed(text, border, ground, style)


def _boxed(text: str, border: str, ground: str, style: str = "") -> str:
    styles = f"rounded,{style}" if style else "rounded"
    return (
        f'<<table {border} cellborder="0" cellspacing="0" cellpadding="6" style="{styles}" '
        f'bgcolor="{ground}"><tr><td align="left" balign="left">{text}</td></tr></table>>'
    )


def _title(node: Node, look: Look, ink: str, quiet: str) -> str:
    name = "Input" if node.layer == "InputLayer" else node.layer
    text = words.arguments(node, look.activations)
    more = f'  <font color="{quiet}">{escape(text)}</font>' if text else ""
    return f'<font color="{ink}"><b>{escape(name)}</b></font>{more}'


def _below(graph: Graph, node: Node, look: Look, group: Group, total: int) -> str:
    parts: list[str] = []
    if group.role == "head":
        parts.append(f"{group.title} · {group.note}")
    elif group.role == "merge" and len(graph.members(group.id)) == 1:
        parts.append(group.title)
    if node.reason:
        parts.append("fitted")
    if look.shapes:
        joins = group.role == "merge" and len(node.sources) > 1
        parts.append(words.joined(graph, node) if joins else words.shape(node.shape))
    if look.parameters and node.parameters:
        heavy = 10 * node.parameters >= total
        part = f" ({words.share(node.parameters, total)})" if heavy else ""
        parts.append(f"{node.parameters:,} params{part}")
    if look.parameters and node.shares and graph[node.shares].parameters:
        parts.append(f"weights of {graph[node.shares].group}")
    return "     ".join(parts)


def caption(graph: Graph) -> str:
    """The diagram in words, for captions and screen readers."""
    total = costs.of(graph).total
    branches = [group for group in graph.groups if group.role == "branch"]
    merges = [group for group in graph.groups if group.role == "merge"]
    heads = [group for group in graph.groups if group.role == "head"]
    said = [
        f"{_number(len(branches), 'branch', 'branches')} "
        f"({', '.join(f'{g.title}: {g.note}' for g in branches)})",
        f"merged by {', '.join(f'{g.note} ({g.title})' for g in merges)}"
        if merges
        else "not merged",
        f"{_number(len(heads), 'head', 'heads')} "
        f"({', '.join(f'{g.title}: {g.note}' for g in heads)})",
        f"{total.parameters:,} parameters",
    ]
    return f"{graph.name}: {'; '.join(said)}."


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
