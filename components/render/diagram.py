"""The diagram: our own DOT through pydot, laid out by graphviz-pure. No system Graphviz is used."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

import pydot

from components.core.errors import FileError
from components.core.graph import Graph, Group, Node
from components.render import blocks, hatch, title_and_legend
from components.render.caption import text as caption
from components.render.minify_svg import slim
from components.render.node_labels import Verbatim, card
from components.render.options import PLAIN, Look
from components.render.palette import THEMES, Theme

__all__ = ["PLAIN", "Look", "caption", "dot", "layout", "png", "program", "svg"]

FONT = "Helvetica"
"""Drawn as Arimo, which graphviz-pure brings; its letters are as wide as those of Helvetica."""
PAD = 10.8
"""Points around a picture: 0.15 inches."""


def dot(graph: Graph, look: Look = PLAIN) -> str:
    """The diagram as DOT text: the same for the same architecture, on every machine."""
    return str(_drawn(graph, look).to_string())


def svg(graph: Graph, look: Look = PLAIN) -> str:
    """The diagram as SVG text; each layer is a `<g class="node">` whose id is the layer's name."""
    return hatch.svg(_plain(graph, look), THEMES[look.theme])


def png(graph: Graph, look: Look = PLAIN, scale: float = 2) -> bytes:
    """The diagram as a PNG of `scale` × 96 dots an inch, on a transparent ground."""
    picture = _drawn(graph, look)
    picture.set("dpi", f"{96 * scale:g}")
    made, theme = _run(picture, "png"), THEMES[look.theme]
    if any(tones.hatch for tones in theme.branches):
        return hatch.png(made, _plain(graph, look), theme, scale)
    return made


def marked(
    graph: Graph,
    look: Look,
    dress: Callable[[str, str], str],
    form: Literal["dot", "svg", "png"],
    scale: float = 2,
) -> bytes:
    """The diagram with each layer's card, an HTML-like label, as `dress` makes it by its id."""
    picture, theme = _drawn(graph, look), THEMES[look.theme]
    holders = [picture]
    for holder in holders:
        holders.extend(holder.get_subgraphs())
        for node in holder.get_nodes():
            if node.get("id") in graph:
                node.set("label", Verbatim(dress(node.get("id"), str(node.get("label")))))
    if form == "dot":
        return str(picture.to_string()).encode()
    plain = slim(_run(picture, "svg").decode())
    if form == "svg":
        return hatch.svg(plain, theme).encode()
    picture.set("dpi", f"{96 * scale:g}")
    made = _run(picture, "png")
    return hatch.png(made, plain, theme, scale) if any(t.hatch for t in theme.branches) else made


def layout(graph: Graph, look: Look = PLAIN) -> bytes:
    """Positions of nodes, edges and groups as Graphviz's JSON, in points, y upwards."""
    return _run(_drawn(graph, look), "json")


def _plain(graph: Graph, look: Look) -> str:
    """The SVG without patterns."""
    return slim(_run(_drawn(graph, look), "svg").decode())


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


def size(graph: Graph, look: Look = PLAIN) -> tuple[float, float]:
    """Width and height of the picture in points."""
    _, _, width, height = json.loads(layout(graph, look))["bb"].split(",")
    return float(width) + 2 * PAD, float(height) + 2 * PAD


def shown(graph: Graph, look: Look) -> Graph:
    """The graph whose nodes a picture has a card for."""
    return blocks.condensed(graph) if look.level == "blocks" else graph.drawn()


def _drawn(graph: Graph, look: Look) -> pydot.Dot:
    width = 0.0
    if look.around:
        bare = replace(look, legend=False, title="", caption="")
        width = size(graph, bare)[0]
    total = sum(node.parameters for node in graph.nodes)
    graph, theme = shown(graph, look), THEMES[look.theme]
    picture = pydot.Dot(
        graph_type="digraph",
        rankdir="TB" if look.direction == "vertical" else "LR",
        bgcolor="transparent" if look.transparent else theme.page,
        fontname=FONT,
        nodesep="0.2" if look.dense else "0.3",
        ranksep="0.17" if look.dense else "0.34",
        pad="0.15",
        splines="true",
    )
    picture.set_node_defaults(shape="plain", fontname=FONT)
    picture.set_edge_defaults(color=theme.edge, penwidth="1.4", arrowsize="0.7")
    page = picture
    if width:
        page = title_and_legend.around(picture, graph, look, FONT, width)
    for group in graph.groups:
        members = graph.members(group.id)
        boxed = group.role in ("branch", "trunk") or len(members) > 1
        boxed = boxed and look.level != "blocks" and not look.fold
        holder = _cluster(group, look, page is not picture) if boxed else page
        for node in members:
            text = card(graph, node, look, total)
            holder.add_node(pydot.Node(_quoted(node.id), id=node.id, label=Verbatim(text)))
        if boxed:
            page.add_subgraph(holder)
    apart = _folded(graph, look.fold)
    for edge in graph.edges():
        ends = _quoted(edge.source), _quoted(edge.target)
        drawn = _edge(graph[edge.target], edge.source, theme)
        if (edge.source, edge.target) in apart:
            drawn["constraint"] = "false"
        picture.add_edge(pydot.Edge(*ends, **drawn))
    return picture


def depth(graph: Graph, look: Look = PLAIN) -> int:
    """How many nodes the longest path of a picture has."""
    return 1 + max(_depths(shown(graph, look)).values(), default=-1)


def _depths(graph: Graph) -> dict[str, int]:
    """How many nodes lead to each, on the longest path."""
    found: dict[str, int] = {}
    for node in graph.nodes:
        found[node.id] = 1 + max((found.get(source, -1) for source in node.sources), default=-1)
    return found


def _folded(graph: Graph, most: int) -> set[tuple[str, str]]:
    """The edges that lead to a further column, where a path is longer than `most` nodes."""
    if not most:
        return set()
    depths = _depths(graph)
    return {
        (edge.source, edge.target)
        for edge in graph.edges()
        if depths[edge.source] // most != depths[edge.target] // most
    }


def _edge(target: Node, source: str, theme: Theme) -> dict[str, str]:
    """How an edge differs from the others: red where it fails, dashed where it waits."""
    if source in target.culprits:
        return {"color": theme.wrong.line, "penwidth": "2.6"}
    return {"style": "dashed"} if target.state == "waiting" else {}


def _quoted(id: str) -> str:
    """An id that stays an id where it is a word of DOT, such as `node`: pydot leaves those bare."""
    return f'"{id}"'


def _cluster(group: Group, look: Look, inner: bool) -> pydot.Cluster:
    theme = THEMES[look.theme]
    tones = theme.tones(group)
    note = f'  <font color="{theme.quiet}" point-size="{look.small}">{escape(group.note)}</font>'
    drawn = {} if tones.width == 1 else {"penwidth": str(tones.width)}
    if inner:
        drawn.update(labelloc="t", peripheries="1")
    return pydot.Cluster(
        group.id,
        id=f"group_{group.id}",
        label=f"<<b>{escape(group.title)}</b>{note if group.note else ''}>",
        fontcolor=tones.title,
        fontname=FONT,
        labeljust="l",
        style="rounded,filled" if tones.stroke == "solid" else f"rounded,filled,{tones.stroke}",
        color=tones.line,
        fillcolor=tones.wash,
        margin="11",
        **drawn,
    )
