"""A graph with one node for each group: branches, merges, trunk and heads as single boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from components.models.language.graph import Graph, Node, Shape


def block_graph(graph: Graph) -> Graph:
    """Return a graph with a node for each group, with its id and the sum of its parameters.

    Its `layer` is the group's title; `config` has the number of layers of each kind (`holds`) and
    the input shapes (`takes`). Groups without layers are left out. The order of groups is kept, so
    a node may come before what it reads if groups read each other.
    """
    whole = graph.drawn()
    members = {group.id: whole.members(group.id) for group in whole.groups}
    weights = Counter[str]()
    for node in graph.nodes:
        weights[node.group] += node.parameters
    read = {source for node in whole.nodes for source in node.sources}
    nodes = tuple(
        _block(whole, id, whole.group(id).title, inside, weights[id], read)
        for id, inside in members.items()
        if inside
    )
    groups = tuple(group for group in whole.groups if members[group.id])
    return Graph(graph.name, nodes, groups, graph.part_of, graph.imported)


def layer_counts(node: Node) -> Mapping[str, int]:
    """Return the number of layers of each kind in a block, in order."""
    counts: Mapping[str, int] = node.config.get("holds", {})
    return counts


def input_shapes(node: Node) -> tuple[Shape, ...]:
    """Return the shapes of the tensors that a block reads, or of its inputs."""
    shapes: tuple[Shape, ...] = node.config.get("takes", ())
    return shapes


def _block(
    graph: Graph, id: str, title: str, inside: tuple[Node, ...], weights: int, read: set[str]
) -> Node:
    own = {node.id for node in inside}
    outside = _unique(s for node in inside for s in node.sources if s not in own)
    inputs = [node for node in inside if not node.sources and node.layer == "InputLayer"]
    cut = any(node.cut for node in inside)
    shapes = [graph[s].shape for s in outside] or [node.shape for node in inputs]
    last = next(
        (node for node in reversed(inside) if _is_read_outside(graph, node, read)), inside[-1]
    )
    states = {node.state for node in inside}
    borrowed = _unique(graph[n.shares].group for n in inside if n.shares and n.shares not in own)
    return Node(
        id=id,
        layer=title,
        keras_name=id,
        group=id,
        sources=_unique(graph[s].group for s in outside),
        shape=last.shape,
        dtype=last.dtype,
        parameters=weights,
        config={
            "holds": dict(
                Counter(node.title or node.layer for node in inside if node not in inputs)
            ),
            "takes": () if cut else tuple(shapes),
        },
        shares=borrowed[0] if borrowed and not weights else None,
        unknown=_unknown(inside, last),
        state="failed" if "failed" in states else "waiting" if "waiting" in states else "built",
        culprits=_unique(graph[c].group for node in inside for c in node.culprits),
    )


def _unknown(inside: tuple[Node, ...], last: Node) -> tuple[str, ...]:
    """Return what is unknown about a block; its shape is that of its last layer."""
    words = _unique(word for node in inside for word in node.unknown)
    return tuple(word for word in words if word != "shape" or word in last.unknown)


def _is_read_outside(graph: Graph, node: Node, read: set[str]) -> bool:
    """Return `True` if another group reads the node, or nothing does."""
    return node.id not in read or any(
        node.id in other.sources for other in graph.nodes if other.group != node.group
    )


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
