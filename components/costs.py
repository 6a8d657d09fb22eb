"""Parameters, FLOPs, activation and weight memory of each node and group of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from components.graph import Graph, Node, Shape

NOMINAL_LENGTH = 32
"""Steps that count where an input takes sequences of any length."""
BYTES = 4
"""A float32."""


@dataclass(frozen=True)
class Cost:
    """What a node, a group or the whole model costs; all but the weights for one sample.

    FLOPs count a multiply-add as two, as TensorFlow's profiler does, for the forward pass.
    Activations such as relu are not counted, nor are they by the profiler.
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


def of(graph: Graph) -> Costs:
    """The costs of every node, of every group, and of the whole."""
    nodes = {node.id: _cost(node, [graph[id].shape for id in node.sources]) for node in graph.nodes}
    groups = {
        group.id: sum((nodes[node.id] for node in graph.members(group.id)), Cost())
        for group in graph.groups
    }
    open_lengths = any(None in node.shape for node in graph.nodes)
    return Costs(nodes, groups, sum(nodes.values(), Cost()), open_lengths)


def _cost(node: Node, sources: Sequence[Shape]) -> Cost:
    formula = _FLOPS.get(node.layer, _elementwise)
    return Cost(node.parameters, formula(node, sources), size(node.shape) * BYTES)


def size(shape: Shape) -> int:
    """Numbers in a tensor of that shape."""
    return prod(_length(axis) for axis in shape)


def _length(axis: int | None) -> int:
    return NOMINAL_LENGTH if axis is None else axis


def _elementwise(node: Node, sources: Sequence[Shape]) -> int:
    return max(0, len(sources) - 1) * size(node.shape)


def _nothing(node: Node, sources: Sequence[Shape]) -> int:
    return 0


def _bias(node: Node) -> int:
    return size(node.shape) if node.config.get("use_bias") else 0


def _dense(node: Node, sources: Sequence[Shape]) -> int:
    return 2 * size(node.shape) * _length(sources[0][-1]) + _bias(node)


def _convolution(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    return 2 * size(node.shape) * kernel * _length(sources[0][-1]) + _bias(node)


def _pooling(node: Node, sources: Sequence[Shape]) -> int:
    pool: int = prod(node.config["pool_size"])
    return size(node.shape) * pool


def _global_pooling(node: Node, sources: Sequence[Shape]) -> int:
    return size(sources[0])


def _recurrent(gates: int, elementwise: int) -> Callable[[Node, Sequence[Shape]], int]:
    """Per step: input and state times the gates' matrices, biases, the cell's arithmetic."""

    def flops(node: Node, sources: Sequence[Shape]) -> int:
        steps, features = _length(sources[0][0]), _length(sources[0][-1])
        units = int(node.config["units"])
        biases = gates * units * (2 if node.config.get("reset_after") else 1)
        return steps * (2 * gates * units * (features + units) + biases + elementwise * units)

    return flops


def _average(node: Node, sources: Sequence[Shape]) -> int:
    return len(sources) * size(node.shape)


def _dot(node: Node, sources: Sequence[Shape]) -> int:
    return 2 * size(sources[0])


_FLOPS: Mapping[str, Callable[[Node, Sequence[Shape]], int]] = {
    "Dense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "MaxPooling1D": _pooling,
    "MaxPooling2D": _pooling,
    "GlobalAveragePooling1D": _global_pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling1D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "LSTM": _recurrent(4, 8),
    "GRU": _recurrent(3, 8),
    "Average": _average,
    "Dot": _dot,
    "Concatenate": _nothing,
}
