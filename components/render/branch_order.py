"""Branches side by side in the order of the sidebar.

Graphviz orders groups so that few edges cross, and a small change may swap them. An unseen row of
points, one above each branch, is in a fixed order; the edges from the points to the branches count
more than others, so Graphviz does not cross them.
"""

from __future__ import annotations

from itertools import pairwise

import pydot

from components.core.graph import Graph

_EDGES = 8
"""Edges from a point to its branch: one crossing of them counts as eight."""


def keep_order(picture: pydot.Graph, graph: Graph) -> None:
    """Add the row of points to a picture with two or more branches."""
    branches = {group.id for group in graph.groups if group.role == "branch"}
    first = {node.group: node.id for node in reversed(graph.nodes) if node.group in branches}
    firsts = [first[group.id] for group in graph.groups if group.id in first]
    if len(firsts) < 2:
        return
    row = pydot.Subgraph("order", rank="same")
    row.set_node_defaults(style="invis", label='""', width="0", height="0")
    for one, next in pairwise(firsts):
        row.add_edge(pydot.Edge(_point(one), _point(next), style="invis", weight="1"))
    picture.add_subgraph(row)
    for id in firsts:
        for _ in range(_EDGES):
            picture.add_edge(pydot.Edge(_point(id), f'"{id}"', style="invis", weight="6"))


def _point(id: str) -> str:
    return f'"above {id}"'
