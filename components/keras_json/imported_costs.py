"""Parameters, FLOPs and memory of an imported model, as far as they are known."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from components.core.graph import Graph, Node
from components.model import flops
from components.model.costs import BYTES, Cost, Costs, costs_of


def model_costs(graph: Graph) -> Costs:
    """Costs of all nodes and groups; what is unknown counts as nothing."""
    nodes = {node.id: _node_cost(graph, node) for node in graph.nodes}
    groups: dict[str, Cost] = {group.id: Cost() for group in graph.groups}
    for node in graph.nodes:
        groups[node.group] += nodes[node.id]
    open_lengths = any(None in node.shape for node in graph.nodes)
    return Costs(nodes, groups, sum(nodes.values(), Cost()), open_lengths)


def _node_cost(graph: Graph, node: Node) -> Cost:
    sources = [graph[source] for source in node.sources]
    memory = 0 if "shape" in node.unknown else flops.size(node.shape) * BYTES
    shapes_known = all(source.shape and "shape" not in source.unknown for source in sources)
    if not node.unknown and node.shape and sources and shapes_known:
        ends = {source.id: replace(source, layer="InputLayer", sources=()) for source in sources}
        with suppress(ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return costs_of(Graph("", (*ends.values(), node), ())).nodes[node.id]
    return Cost(node.parameters, 0, memory)  # No formula is for such a call.
