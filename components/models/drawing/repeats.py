"""Repeated blocks of equal layers, drawn once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace

from components.models.language.graph import Graph, Node
from components.models.language.repeats import repeated_runs


def without_repeats(graph: Graph) -> Graph:
    """Return the graph with only the first of equal blocks, which has the number of repeats."""
    stands_for: dict[str, str] = {}
    times: dict[str, tuple[str, int]] = {}
    readers: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges():
        readers[edge.source].add(edge.target)
    for group in graph.groups:
        members = graph.members(group.id)
        for run in repeated_runs(members, _looks, readers):
            for position in range(run.first, run.end):
                first = members[run.first + (position - run.first) % run.length]
                stands_for[members[position].id] = first.id
                times[first.id] = members[run.first].id, run.times
    kept = []
    for node in graph.nodes:
        if stands_for.get(node.id, node.id) == node.id:
            block, count = times.get(node.id, ("", 1))
            sources = node.sources
            if not block:
                sources = tuple(stands_for.get(source, source) for source in sources)
            shares = stands_for.get(node.shares, node.shares) if node.shares else None
            kept.append(replace(node, sources=sources, shares=shares, run=block, times=count))
    return replace(graph, nodes=tuple(kept))


def _looks(node: Node) -> Hashable:
    """Return everything that a card shows of a layer."""
    return node.layer, node.shape, node.parameters, node.state, repr(dict(node.arguments))
