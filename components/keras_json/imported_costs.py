"""Parameters, FLOPs and memory of an imported model, as far as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from components.core.graph import Graph, Node
from components.model import costs, flops
from components.model.costs import BYTES, Cost, Costs


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
    if node.unknown or not _countable(node, sources):
        return Cost(node.parameters, 0, memory)
    ends = {source.id: replace(source, layer="InputLayer", sources=()) for source in sources}
    alone = Graph("", (*ends.values(), node), ())
    return costs.of(alone).nodes[node.id]


def _countable(node: Node, sources: Sequence[Node]) -> bool:
    if not sources or any("shape" in source.unknown or not source.shape for source in sources):
        return False
    if not node.shape:
        return False
    if node.layer in ("Dot", "MultiHeadAttention", "Matmul") and len(sources) < 2:
        return False
    if node.layer == "Dot":
        return len(sources) == 2
    if node.layer == "Bidirectional":
        inner = getattr(node.arguments.get("layer"), "layer", "")
        return inner in ("LSTM", "GRU", "SimpleRNN")
    return node.layer not in ("Einsum", "EinsumDense")
