"""The diagram: DOT through pydot, laid out by graphviz-pure. No system Graphviz is used."""

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
from components.render import (
    blocks,
    branch_order,
    hatch,
    lettering,
    raster,
    title_and_legend,
    titles,
)
from components.render.branch_weights import WeightedEdge
from components.render.minify_svg import minify
from components.render.node_labels import RawLabel, edge_label, node_label, small
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES, Theme

GraphvizFormat = Literal["dot", "svg", "png"]
FONT = "Helvetica"
"""The font of the layout, that each Graphviz knows; pictures are drawn in Source Sans."""
PAD = 10.8
"""Points around a picture: 0.15 inches."""


def dot(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """The diagram as DOT text: the same for the same architecture, on every machine."""
    return _drawn(_picture(graph, options), THEMES[options.theme], "dot").decode()


def svg(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """The diagram as SVG text; each layer is a `<g class="node">` whose id is the layer's name."""
    return _drawn(_picture(graph, options), THEMES[options.theme], "svg").decode()


def png(
    graph: Graph,
    options: DiagramOptions = PLAIN,
    scale: float = 2,
    dots_per_inch: float | None = None,
) -> bytes:
    """The diagram as a PNG of `scale` × 96 / 72 pixels a point.

    It is printed with `dots_per_inch`; without them in its natural size.
    """
    return _drawn(_picture(graph, options), THEMES[options.theme], "png", scale, dots_per_inch)


def decorated(
    graph: Graph,
    options: DiagramOptions,
    decorate: Callable[[str, str], str],
    format: GraphvizFormat,
    scale: float = 2,
) -> bytes:
    """The diagram with other cards: `decorate` turns a layer's id and HTML-like label into one."""
    picture = _picture(graph, options)
    holders = [picture]
    for holder in holders:
        holders.extend(holder.get_subgraphs())
        for node in holder.get_nodes():
            if node.get("id") in graph:
                node.set("label", RawLabel(decorate(node.get("id"), str(node.get("label")))))
    return _drawn(picture, THEMES[options.theme], format, scale)


def layout(graph: Graph, options: DiagramOptions = PLAIN) -> bytes:
    """Positions of nodes, edges and groups as Graphviz's JSON, in points, y upwards."""
    return _lay_out(_picture(graph, options), "json")


def _drawn(
    picture: pydot.Dot,
    theme: Theme,
    format: GraphvizFormat,
    scale: float = 2,
    dots_per_inch: float | None = None,
) -> bytes:
    """The file of a picture, with the patterns of its theme."""
    if format == "dot":
        return str(picture.to_string()).encode()
    minified = minify(_lay_out(picture, "svg").decode())
    hatched = titles.lay_over_edges(hatch.hatch_svg(minified, theme))
    if format == "svg":
        return hatched.encode()
    return raster.png(hatched, scale, dots_per_inch or 96 * scale)


def _lay_out(picture: pydot.Dot, format: str) -> bytes:
    data: bytes = picture.create(prog=program(), format=format)
    return data


@cache
def program() -> str:
    """The path of graphviz-pure. Raises `FileError` where it is not installed."""
    beside = Path(sys.executable).parent
    path = shutil.which("graphviz-pure", path=str(beside)) or shutil.which("graphviz-pure")
    if path is None:
        raise FileError(
            "Pictures need the program `graphviz-pure`.",
            "no such program beside Python or on the path",
            "Install the packages of requirements.txt.",
        )
    return path


def size(graph: Graph, options: DiagramOptions = PLAIN) -> tuple[float, float]:
    """Width and height of the picture in points."""
    _, _, width, height = json.loads(layout(graph, options))["bb"].split(",")
    return float(width) + 2 * PAD, float(height) + 2 * PAD


def pixels(graph: Graph, options: DiagramOptions = PLAIN, scale: float = 2) -> float:
    """How many pixels a PNG of that scale has."""
    width, height = size(graph, options)
    return width * height * (scale * 96 / 72) ** 2


def at_level(graph: Graph, options: DiagramOptions) -> Graph:
    """The graph whose nodes are drawn: its blocks, or its layers."""
    return blocks.block_graph(graph) if options.level == "blocks" else graph.drawn()


def _picture(graph: Graph, options: DiagramOptions) -> pydot.Dot:
    width = 0.0
    if options.around:
        bare = replace(options, legend=False, title="", caption="")
        width = size(graph, bare)[0]
    total = graph.model_parameters
    graph, theme = at_level(graph, options), THEMES[options.theme]
    picture = pydot.Dot(
        graph_type="digraph",
        rankdir="TB" if options.direction == "vertical" else "LR",
        bgcolor="transparent" if options.transparent else theme.page,
        fontname=FONT,
        nodesep="0.2" if options.dense else "0.3",
        ranksep="0.17" if options.dense else "0.34",
        pad="0.15",
        splines="true",
    )
    picture.set_node_defaults(shape="plain", fontname=FONT)
    picture.set_edge_defaults(color=theme.edge, penwidth="1.4", arrowsize="0.7", weight="2")
    page = picture
    if width:
        page = title_and_legend.add_title_and_legend(picture, graph, options, FONT, width)
    for group in graph.groups:
        members = graph.members(group.id)
        boxed = group.role in ("branch", "trunk") or len(members) > 1
        boxed = boxed and options.level != "blocks" and not options.fold
        holder = _cluster(group, options, page is not picture) if boxed else page
        title = lettering.line_width(_title(group, options))
        for node in members:
            # Its first card is as wide as the title of a box, so that it stands in the middle.
            least = title if boxed and node is members[0] else 0
            text = node_label(graph, node, options, total, least)
            holder.add_node(pydot.Node(_quoted_id(node.id), id=node.id, label=RawLabel(text)))
        if boxed:
            page.add_subgraph(holder)
    if not options.fold:
        branch_order.keep_order(page, graph)
    apart = _fold_edges(graph, options.fold)
    weighted = options.weights.edges(graph) if options.weights else {}
    for edge in graph.edges():
        ends = _quoted_id(edge.source), _quoted_id(edge.target)
        drawn = _edge_style(graph[edge.target], edge.source, theme)
        if edge in weighted:
            drawn |= _weighted_style(weighted[edge], theme)
        if (edge.source, edge.target) in apart:
            drawn["constraint"] = "false"
        picture.add_edge(pydot.Edge(*ends, **drawn))
    return picture


def depth(graph: Graph, options: DiagramOptions = PLAIN) -> int:
    """Number of nodes on the longest path of a picture."""
    return 1 + max(_depths(at_level(graph, options)).values(), default=-1)


def _depths(graph: Graph) -> dict[str, int]:
    """Number of nodes before each node, on the longest path."""
    depths: dict[str, int] = {}
    for node in graph.nodes:
        depths[node.id] = 1 + max((depths.get(source, -1) for source in node.sources), default=-1)
    return depths


def _fold_edges(graph: Graph, most: int) -> set[tuple[str, str]]:
    """The edges that lead to a new column, because a path is longer than `most` nodes."""
    if not most:
        return set()
    depths = _depths(graph)
    return {
        (edge.source, edge.target)
        for edge in graph.edges()
        if depths[edge.source] // most != depths[edge.target] // most
    }


def _edge_style(target: Node, source: str, theme: Theme) -> dict[str, str | RawLabel]:
    """The style of an edge: red at an error, dashed if its target waits for a fix."""
    if source in target.culprits:
        return {"color": theme.wrong.line, "penwidth": "2.6"}
    return {"style": "dashed"} if target.state == "waiting" else {}


def _weighted_style(weighted: WeightedEdge, theme: Theme) -> dict[str, str | RawLabel]:
    """The style of a branch's edge: as wide as its share, which stands beside it."""
    color = theme.tones(weighted.branch).title
    style: dict[str, str | RawLabel] = {
        "color": color,
        "penwidth": f"{weighted.width:.1f}",
        "arrowsize": "0.45",
    }
    if weighted.text:
        label = edge_label(weighted.text, color, weighted.width)
        style |= {"label": label, "fontname": FONT}
    return style | ({"style": "dashed"} if weighted.negative else {})


def _quoted_id(id: str) -> str:
    """An id in quotes: pydot leaves words of DOT, such as `node`, without them."""
    return f'"{id}"'


def _title(group: Group, options: DiagramOptions) -> str:
    """The title of a box: a name and a note."""
    weight = options.weights.note(group) if options.weights else ""
    text = ", ".join(filter(None, (group.note, weight)))
    note = small(text, THEMES[options.theme].quiet, options)
    return f"<b>{escape(group.title)}</b>" + (f"  {note}" if text else "")


def _cluster(group: Group, options: DiagramOptions, inner: bool) -> pydot.Cluster:
    tones = THEMES[options.theme].tones(group)
    drawn = {} if tones.width == 1 else {"penwidth": str(tones.width)}
    if inner:
        drawn.update(labelloc="t", peripheries="1")
    return pydot.Cluster(
        group.id,
        id=f"group_{group.id}",
        label=f"<{_title(group, options)}>",
        fontcolor=tones.title,
        fontname=FONT,
        labeljust="l",
        style="rounded,filled" if tones.stroke == "solid" else f"rounded,filled,{tones.stroke}",
        color=tones.line,
        fillcolor=tones.wash,
        margin="11",
        **drawn,
    )
