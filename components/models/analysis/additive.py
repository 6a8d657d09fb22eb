"""Test for scores that are sums of functions of one input each, from all layers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.models.inputs.base import presence
from components.models.language.graph import Graph, Node

_CONSTANT = frozenset({"OnesLike", "ZerosLike", "FullLike"})
"""Operations that read only the shape of a tensor."""
_JOINS = frozenset({"Add", "Average", "Subtract", "Concatenate", "Stack"})
"""Layers that keep sums of functions: they add or join their sources."""
_LINEAR = frozenset({
    "Dense", "EinsumDense", "Conv1D", "Conv2D", "SeparableConv2D", "Activation",
    "Flatten", "Reshape", "Permute", "Transpose", "ExpandDims", "Squeeze", "Take", "Pad",
    "RepeatVector", "Cropping1D", "ZeroPadding1D", "ZeroPadding2D", "UpSampling2D",
    "AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "BatchNormalization", "Sum", "Mean",
    "MultiHeadAttention",
})  # fmt: skip
"""Layers whose outputs are weighted sums of their one source, if they have no activation."""
_PRODUCTS = frozenset({"Multiply", "Dot", "Einsum"})
"""Layers that are weighted sums of one source, if no other source depends on an input."""
_ATTENTION = frozenset({"MultiHeadAttention", "Attention", "Matmul"})
"""Layers that weight steps by products of queries and keys."""


@dataclass(frozen=True)
class _AdditiveValues:
    """Inputs that a node depends on; `sums` if each number is a sum of functions of one input."""

    inputs: frozenset[str]
    sums: bool


def only_adds(graph: Graph, head: str) -> bool:
    """Return `True` if the score of a head is a sum of functions of one input each.

    The score is what the head computes before its activation, in a trained model, so without
    dropout.
    """
    return _known(graph)[graph[head].sources[0]].sums


def multiplies(graph: Graph) -> bool:
    """Return `True` if a layer multiplies values of several inputs, attention included."""
    known = _known(graph)
    for node in graph.nodes:
        if node.layer in _PRODUCTS | _ATTENTION:
            varying = [values.inputs for values in _read(node, graph, known) if values.inputs]
            if len(varying) > 1 and len(frozenset().union(*varying)) > 1:
                return True
    return False


def nonlinear_joint_layers(graph: Graph) -> frozenset[str]:
    """Return the nonlinear layers of parts that depend on several inputs.

    Such a layer reads one source that depends on several inputs, and does more than weight and add
    its numbers.
    """
    known = _known(graph)
    bending = set[str]()
    for node in graph.nodes:
        varying = [values.inputs for values in _read(node, graph, known) if values.inputs]
        if len(varying) == 1 and len(varying[0]) > 1:
            weighs = _keeps_sums(node, [_AdditiveValues(varying[0], True)])
            bending |= set() if weighs else {node.id}
    return frozenset(bending)


def inputs_of(graph: Graph, node: str) -> frozenset[str]:
    """Return the names of the inputs that are connected to a node."""
    upstream = (graph[id] for id in graph.upstream(node))
    return frozenset(_input(node) for node in upstream if node.layer == "InputLayer")


def _input(node: Node) -> str:
    """Return the name of a model input, or of the input whose presence it carries."""
    return node.group if node.id == presence(node.group) else node.id


def _known(graph: Graph) -> dict[str, _AdditiveValues]:
    """Return the dependencies of each node, by its id."""
    known: dict[str, _AdditiveValues] = {}
    for node in graph.nodes:
        known[node.id] = _values(node, graph, known)
    return known


def _values(node: Node, graph: Graph, known: Mapping[str, _AdditiveValues]) -> _AdditiveValues:
    if node.layer == "InputLayer":
        return _AdditiveValues(frozenset({_input(node)}), True)
    if node.layer in _CONSTANT:
        return _AdditiveValues(frozenset(), True)
    read = _read(node, graph, known)
    inputs = frozenset[str]().union(*(values.inputs for values in read))
    return _AdditiveValues(inputs, len(inputs) <= 1 or _keeps_sums(node, read))


def _read(node: Node, graph: Graph, known: Mapping[str, _AdditiveValues]) -> list[_AdditiveValues]:
    """Return the dependencies of a node in a trained model.

    Attention over one step does not depend on its query, because a softmax over one key is 1.
    Normalisation over a batch does not depend on a mask.
    """
    sources = node.sources
    if node.layer == "MultiHeadAttention" and graph[sources[1]].shape[0] == 1:
        sources = sources[1:]
    if node.layer == "BatchNormalization":
        sources = sources[:1]
    return [known[source] for source in sources]


def _keeps_sums(node: Node, read: Sequence[_AdditiveValues]) -> bool:
    """Return `True` if a node keeps sums of functions of several inputs as such sums."""
    varying = [values for values in read if values.inputs]
    if not all(values.sums for values in varying):
        return False
    if node.layer in _JOINS:
        return True
    if node.layer in _PRODUCTS:
        return len(varying) == 1
    linear = node.arguments.get("activation") in (None, "linear")
    return node.layer in _LINEAR and linear and len(read) == 1
