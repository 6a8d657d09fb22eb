"""Parameters, FLOPs, activation and weight memory of each node and group of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.core.graph import Graph, Node, Shape
from components.model import flops
from components.model.flops import NOMINAL_LENGTH as NOMINAL_LENGTH

BYTES = 4
"""A float32."""


@dataclass(frozen=True)
class Cost:
    """What a node, a group or the whole model costs; all but the weights for one sample.

    FLOPs count a multiply-add as two, as TensorFlow's profiler does, for the forward pass;
    activations such as relu as nothing, softmax, gelu and silu as what they are made of.
    Activation memory is what a node gives, and of attention the projections and scores too.
    What makes a mask costs nothing: it is a number a step, and no picture shows it. Where a mask
    is laid over features, the copy takes its memory and no FLOPs.
    """

    parameters: int = 0
    flops: int = 0
    activation_bytes: int = 0

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights as float32."""
        return self.parameters * BYTES

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.flops + other.flops,
            self.activation_bytes + other.activation_bytes,
        )


@dataclass(frozen=True)
class Costs:
    """The costs of a graph. `estimated` says that an open length was taken as `NOMINAL_LENGTH`."""

    nodes: Mapping[str, Cost]
    groups: Mapping[str, Cost]
    total: Cost
    estimated: bool


def costs_of(graph: Graph) -> Costs:
    """The costs of every node, of every group, and of the whole."""
    nodes = {node.id: _cost(node, [graph[id].shape for id in node.sources]) for node in graph.nodes}
    groups = {
        group.id: sum((nodes[node.id] for node in graph.members(group.id)), Cost())
        for group in graph.groups
    }
    open_lengths = any(None in node.shape for node in graph.nodes)
    return Costs(nodes, groups, sum(nodes.values(), Cost()), open_lengths)


def _cost(node: Node, sources: Sequence[Shape]) -> Cost:
    if node.state != "built":
        return Cost()
    if node.hidden == "mask":
        return Cost(node.parameters)
    numbers = flops.size(node.shape) + flops.held(node, sources)
    return Cost(node.parameters, flops.flops(node, sources), numbers * BYTES)
