"""Diagram of a graph: DOT through pydot, laid out by graphviz-pure. No system Graphviz is used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from itertools import pairwise
from math import ceil
from pathlib import Path

import pydot

from components.base.errors import FileError
from components.models.drawing import blocks, caption, diagram_svg, title_and_legend, volumes
from components.models.drawing.branch_weights import WeightedEdge
from components.models.drawing.cards import (
    RawLabel,
    box_title,
    edge_label,
    is_boxed,
    is_in_block,
    node_card,
)
from components.models.drawing.drawing import PAD, Drawing, layout_size, parts
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import PLAIN, DiagramOptions, Direction
from components.models.drawing.palette import THEMES, Theme
from components.models.drawing.repeats import without_repeats
from components.models.language.graph import Graph, Group, Node

FONT = "Helvetica"
"""Font of the layout, which each Graphviz knows; pictures are drawn in Source Sans."""
APART = 6.0
"""Points between the diagram and its legend and caption."""
LAYOUTS = 8
"""Number of layouts that are kept: a picture is written in several formats, one after another."""
SHORTEST = 0.6
"""Least length of a folded column, as a share of the longest one allowed."""
_ORDERING_EDGES = 8
"""Number of invisible edges from the point above a branch; crossing them counts eight times."""
_PORTS: dict[Direction, dict[str, str]] = {
    "vertical": {"tailport": "s", "headport": "n"},
    "horizontal": {"tailport": "e", "headport": "w"},
}
"""Sides where edges leave and reach volumes, each in its middle."""
Decorate = Callable[[str, str], str]
"""Function from a layer's id and HTML-like label to another label."""


def dot(graph: Graph, options: DiagramOptions = PLAIN) -> str:
    """Return the diagram as DOT text, the same for the same architecture on every machine."""
    picture = _picture(graph, options)
    if lines := [line for line in (options.title, options.caption) if line]:
        picture.set("label", json.dumps("\n".join(lines), ensure_ascii=False))
        picture.set("fontcolor", THEMES[options.theme].ink)
    return str(picture.to_string())


def svg(graph: Graph, options: DiagramOptions = PLAIN, decorate: Decorate | None = None) -> str:
    """Return the diagram as SVG text; each layer is a `<g class="node">` with its name as id."""
    return diagram_svg.svg(drawing(graph, options, decorate), _page(options))


def file_svg(graph: Graph, options: DiagramOptions = PLAIN, width: float = 0) -> str:
    """Return the SVG of a file, which includes its font, title and description.

    `width` is in millimetres; at 0 it has its natural size.
    """
    words = caption.title(graph, options), caption.description(graph, options)
    return diagram_svg.svg(drawing(graph, options), _page(options), words, width)


def size(graph: Graph, options: DiagramOptions = PLAIN) -> tuple[float, float]:
    """Return width and height of the picture in points."""
    drawn = drawing(graph, options)
    return drawn.width, drawn.height


def drawing(
    graph: Graph, options: DiagramOptions = PLAIN, decorate: Decorate | None = None
) -> Drawing:
    """Return the diagram's shapes and texts, with title, legend and caption around them."""
    laid_out = json.loads(_lay_out(_picture(graph, options, decorate).to_string()))
    across, down = layout_size(laid_out)
    most = max(across, title_and_legend.NARROWEST)
    above = title_and_legend.title(options, most, PAD, PAD)
    top = above.bottom if above else PAD
    shown = at_level(graph, options)
    below = title_and_legend.legend_and_caption(shown, options, most, PAD, top + down + APART)
    around = [part for part in (above, below) if part]
    width = max(across, *(part.outlines[0].box[2] - PAD for part in around), 0.0)
    bottom = below.bottom if below else top + down
    drawn = parts(laid_out, PAD + (width - across) / 2, top)
    if options.level == "volumes":
        cards = volumes.cards(shown, options)
        drawn = volumes.drawn(drawn, cards, options)
    return Drawing(width + 2 * PAD, bottom + PAD, (*around, *drawn))


def _page(options: DiagramOptions) -> str:
    return "" if options.transparent else THEMES[options.theme].page


@lru_cache(maxsize=LAYOUTS)
def _lay_out(text: str) -> bytes:
    """Lay out DOT text as JSON; faster than `pydot.create`, which writes files."""
    command = [program(), "-Tjson"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


@cache
def program() -> str:
    """Return the path of graphviz-pure. Raises `FileError` if it is not installed."""
    beside = Path(sys.executable).parent
    path = shutil.which("graphviz-pure", path=str(beside)) or shutil.which("graphviz-pure")
    if path is None:
        raise FileError(
            "Pictures need the program `graphviz-pure`.",
            "",
            "Install the packages of requirements.txt.",
        )
    return path


def at_level(graph: Graph, options: DiagramOptions) -> Graph:
    """Return the graph whose nodes are drawn: its blocks, its volumes, or its layers."""
    shown = replace(emphasised(graph, options), part_of=graph.model_parameters)
    if options.level == "blocks":
        return blocks.block_graph(shown)
    if options.level == "volumes" or options.joined:
        return volumes.volume_graph(shown)
    return without_repeats(shown.drawn()) if options.once else shown.drawn()


def _picture(graph: Graph, options: DiagramOptions, decorate: Decorate | None = None) -> pydot.Dot:
    graph, theme = at_level(graph, options), THEMES[options.theme]
    picture = pydot.Dot(
        graph_type="digraph",
        rankdir="TB" if options.direction == "vertical" else "LR",
        bgcolor="transparent" if options.transparent else theme.page,
        fontname=FONT,
        nodesep="0.12" if options.fold else "0.2" if options.dense else "0.3",
        ranksep=str(
            (0.14 if options.fold else 0.17 if options.dense else 0.34)
            * (1.4 if options.level == "volumes" else 1)
        ),
        pad="0.15",
        splines="true",
    )
    picture.set_node_defaults(shape="plain", fontname=FONT)
    picture.set_edge_defaults(color=theme.edge, penwidth="1.4", arrowsize="0.7", weight="2")
    scaled = volumes.cards(graph, options) if options.level == "volumes" else {}
    for group in graph.groups:
        boxed = is_boxed(graph, group, options)
        holder = _cluster(group, options) if boxed else picture
        members, runs = graph.members(group.id), dict[str, pydot.Cluster]()
        for position, node in enumerate(members):
            # Its first card is as wide as the title of a box, so that it stands in the middle.
            least = box_title(group, options).width if boxed and not position else 0
            if node.id in scaled:
                holder.add_node(_space(node.id, *scaled[node.id].size, least))
                continue
            text = node_card(graph, node, options).label(options, least)
            text = decorate(node.id, text) if decorate else text
            surrounding = holder
            if is_in_block(node, members):
                surrounding = runs.setdefault(node.run, _run_cluster(node, group, options))
            surrounding.add_node(pydot.Node(_quoted_id(node.id), id=node.id, label=RawLabel(text)))
        for run in runs.values():
            holder.add_subgraph(run)
        if boxed:
            picture.add_subgraph(holder)
    columns = _columns(graph, options.fold) if options.fold else {}
    _keep_order(picture, _firsts(graph, columns))
    weighted = options.weights.edges(graph) if options.weights else {}
    for edge in graph.edges():
        ends = _quoted_id(edge.source), _quoted_id(edge.target)
        drawn = _edge_style(graph[edge.target], edge.source, theme)
        if scaled and graph[edge.source].group == graph[edge.target].group:
            drawn["weight"] = "20"  # Volumes of a branch stand in a line.
        folded = bool(columns) and columns[edge.source] != columns[edge.target]
        if scaled and not (folded and options.direction == "vertical"):
            drawn |= _PORTS[options.direction]
        if edge in weighted:
            drawn |= _weighted_style(weighted[edge], theme)
        if folded:
            drawn["constraint"] = "false"
        picture.add_edge(pydot.Edge(*ends, **drawn))
    return picture


def _space(id: str, width: float, height: float, least: float) -> pydot.Node:
    """Return a node that keeps a place free, with sizes in points."""
    sides = {"width": f"{max(width, least) / 72:.4f}", "height": f"{height / 72:.4f}"}
    look = {"shape": "box", "fixedsize": "true", "color": "transparent", "label": '" "'}
    return pydot.Node(_quoted_id(id), id=id, **look, **sides)


def _keep_order(picture: pydot.Graph, firsts: list[str]) -> None:
    """Keep branches, or folded columns, side by side in order, by the first node of each.

    Graphviz orders groups so that few edges cross, and a small change may swap them. An invisible
    row of points, one above each branch, has a fixed order; the edges from the points to the
    branches count more than others, so Graphviz does not cross them.
    """
    if len(firsts) < 2:
        return
    points = [_quoted_id(f"above {id}") for id in firsts]
    row = pydot.Subgraph("order", rank="same")
    row.set_node_defaults(style="invis", label='""', width="0", height="0")
    for one, next in pairwise(points):
        row.add_edge(pydot.Edge(one, next, style="invis", weight="1"))
    picture.add_subgraph(row)
    for point, id in zip(points, firsts, strict=True):
        for _ in range(_ORDERING_EDGES):
            picture.add_edge(pydot.Edge(point, _quoted_id(id), style="invis", weight="6"))


def _firsts(graph: Graph, columns: dict[str, int]) -> list[str]:
    """Return the first nodes of columns, otherwise of branches in the order of the sidebar.

    Blocks of an imported model that read others stay below them.
    """
    if columns:
        first = {columns[node.id]: node.id for node in reversed(graph.nodes)}
        return [first[column] for column in sorted(first)]
    branches = {group.id for group in graph.groups if group.role == "branch"}
    if graph.imported:
        branches -= _reading_parts(graph)
    starts = {node.group: node.id for node in reversed(graph.nodes) if node.group in branches}
    return [starts[group.id] for group in graph.groups if group.id in starts]


def _reading_parts(graph: Graph) -> set[str]:
    """Return the parts that read another one."""
    ends = ((graph[e.source].group, graph[e.target].group) for e in graph.edges())
    return {after for before, after in ends if before != after}


def depth(graph: Graph, options: DiagramOptions = PLAIN) -> int:
    """Return the number of nodes on the longest path of a picture."""
    return 1 + max(_depths(at_level(graph, options)).values(), default=-1)


def _depths(graph: Graph) -> dict[str, int]:
    """Return the number of nodes before each node, on the longest path."""
    depths: dict[str, int] = {}
    for node in graph.nodes:
        depths[node.id] = 1 + max((depths.get(source, -1) for source in node.sources), default=-1)
    return depths


def _columns(graph: Graph, most: int) -> dict[str, int]:
    """Return the column of each node; a path in a column has at most `most` nodes.

    A column ends where the fewest edges lead out of it.
    """
    depths = _depths(graph)
    ends = [(depths[edge.source], depths[edge.target]) for edge in graph.edges()]
    crossed = Counter(depth for one, other in ends for depth in range(one + 1, other + 1))
    long, first, starts = 1 + max(depths.values(), default=-1), 0, list[int]()
    while long - first > most:
        latest_first = range(first + most, first + ceil(most * SHORTEST) - 1, -1)
        first = min(latest_first, key=lambda depth: crossed[depth])
        starts.append(first)
    return {id: bisect_right(starts, depth) for id, depth in depths.items()}


def _edge_style(target: Node, source: str, theme: Theme) -> dict[str, str | RawLabel]:
    """Return the style of an edge: red at an error, dashed if its target waits for a fix."""
    if source in target.culprits:
        return {"color": theme.wrong.line, "penwidth": "2.6"}
    return {"style": "dashed"} if target.state == "waiting" else {}


def _weighted_style(weighted: WeightedEdge, theme: Theme) -> dict[str, str | RawLabel]:
    """Return the style of a branch's edge, with its share as width and text."""
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
    """Quote an id; pydot leaves words of DOT, such as `node`, without quotes."""
    return f'"{id}"'


def _cluster(group: Group, options: DiagramOptions) -> pydot.Cluster:
    tones = THEMES[options.theme].tones(group)
    drawn = {} if tones.width == 1 else {"penwidth": str(tones.width)}
    return pydot.Cluster(
        group.id,
        id=f"group_{group.id}",
        label=f"<{box_title(group, options).html}>",
        fontcolor=tones.title,
        fontname=FONT,
        labeljust="l",
        style="rounded,filled" if tones.stroke == "solid" else f"rounded,filled,{tones.stroke}",
        color=tones.line,
        fillcolor=tones.wash,
        margin="11",
        **drawn,
    )


def _run_cluster(node: Node, group: Group, options: DiagramOptions) -> pydot.Cluster:
    """Return the box around a block that is drawn once, with its number of repeats."""
    tones = THEMES[options.theme].tones(group)
    return pydot.Cluster(
        f"{node.run}_run",
        id=f"run_{node.run}",
        label=f"<<b>×{node.times}</b>>",
        fontcolor=tones.title,
        fontname=FONT,
        labeljust="r",
        style="rounded,filled,dashed",
        color=tones.title,
        fillcolor=tones.wash,
        margin="9",
    )
