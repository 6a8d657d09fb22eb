"""Parameters, FLOPs, activation and weight memory of each node and group of a graph.

A multiply-add counts as two operations, for one sample, as TensorFlow's profiler counts it; layers
that only move numbers or call one function on each, such as relu, count 0. Two things count that
the profiler does not know: einsum, and the comparisons of a maximum over an axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod

from components.core.graph import Graph, Node, Shape

FLOAT_BYTES = 4
"""Bytes of a float32."""
NOMINAL_LENGTH = 32
"""Number of steps assumed for sequences of any length."""
Formula = Callable[[Node, Sequence[Shape]], int]
"""Function from a node and the shapes of its sources to a number of operations."""
ACTIVATIONS: Mapping[str, int] = {
    "gelu": 4,
    "hard_sigmoid": 2,
    "mish": 1,
    "silu": 2,
    "softmax": 5,
    "swish": 2,
}
"""Operations per number. Activations of one function call, such as relu or tanh, count 0."""


@dataclass(frozen=True)
class Cost:
    """Costs of a node, a group or the whole model; all but the weights for one sample.

    FLOPs count a multiply-add as two, as TensorFlow's profiler does, for the forward pass;
    activations such as relu count 0, softmax, gelu and silu as their parts. Activation memory is
    the output of a node, and for attention also the projections and scores. Layers that make a mask
    cost nothing: they yield a number per step, and no picture shows them. A mask laid over features
    costs the memory of the copy and no FLOPs.
    """

    parameters: int = 0
    flops: int = 0
    activation_bytes: int = 0

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights as float32."""
        return self.parameters * FLOAT_BYTES

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.flops + other.flops,
            self.activation_bytes + other.activation_bytes,
        )


@dataclass(frozen=True)
class Costs:
    """Costs of a graph. `estimated` means that an open length was taken as `NOMINAL_LENGTH`."""

    nodes: Mapping[str, Cost]
    groups: Mapping[str, Cost]
    total: Cost
    estimated: bool


def costs_of(graph: Graph) -> Costs:
    """Return the costs of every node, of every group, and of the whole."""
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
    numbers = size(node.shape) + inner_values(node, sources)
    return Cost(node.parameters, flops(node, sources), numbers * FLOAT_BYTES)


def flops(node: Node, sources: Sequence[Shape]) -> int:
    """Return the FLOPs of a node; 0 for layers that only move data or are unknown."""
    formula = _FORMULAS.get(node.layer)
    return formula(node, sources) if formula else 0


def inner_values(node: Node, sources: Sequence[Shape]) -> int:
    """Count numbers that a node holds beside its output: projections and scores of attention."""
    if node.layer != "MultiHeadAttention":
        return 0
    heads, key, value, asked, read = _attention_sizes(node, sources)
    return heads * (asked * (key + value) + read * (key + value) + asked * read)


def size(shape: Shape) -> int:
    """Return the number of values in a tensor of that shape."""
    return prod(_length(axis) for axis in shape)


def _length(axis: int | None) -> int:
    return NOMINAL_LENGTH if axis is None else axis


def _bias(node: Node) -> int:
    return size(node.shape) if node.config.get("use_bias") else 0


def _activation(node: Node) -> int:
    return ACTIVATIONS.get(str(node.arguments.get("activation")), 0) * size(node.shape)


def _dense(node: Node, sources: Sequence[Shape]) -> int:
    return 2 * size(node.shape) * _length(sources[0][-1]) + _bias(node) + _activation(node)


def _convolution(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    features = _length(sources[0][-1])
    return 2 * size(node.shape) * kernel * features + _bias(node) + _activation(node)


def _depthwise(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    return 2 * size(node.shape) * kernel + _bias(node) + _activation(node)


def _separable(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    between = _length(sources[0][-1]) * int(node.config["depth_multiplier"])
    places = size(node.shape[:-1])
    pointwise = 2 * size(node.shape) * between
    return 2 * places * between * kernel + pointwise + _bias(node) + _activation(node)


def _einsum_dense(node: Node, sources: Sequence[Shape]) -> int:
    bias = size(node.shape) if node.arguments.get("bias_axes") else 0
    products = _products(str(node.config["equation"]), [sources[0], None], node.shape)
    return products + bias + _activation(node)


def _products(equation: str, shapes: Sequence[Shape | None], out: Shape) -> int:
    """Return the operations of an einsum: a product, and an addition if axes are summed, per index.

    The shape of a layer's kernel, `None`, follows from those of its input and its output.
    """
    left, right = equation.replace(" ", "").split("->")
    terms = left.split(",")
    axes: dict[str, int] = {}
    for term, shape in zip([*terms, right], [*shapes, out], strict=True):
        if shape is not None:
            axes.update(_axes(term, shape))
    summed = set("".join(terms)) - set(right)
    return (2 if summed else 1) * prod(axes.values())


def _axes(term: str, shape: Shape) -> dict[str, int]:
    """Return the length of each axis of an einsum's term, with a batch of one in front."""
    missing = 1 + len(shape) - len(term.replace("...", ""))
    letters = term.replace("...", "ABCDEFGH"[:missing])
    return dict(zip(letters, (1, *map(_length, shape)), strict=True))


def _dot(node: Node, sources: Sequence[Shape]) -> int:
    """Count products: each source is its shared axes times those that it adds to the result."""
    one, other = sources
    dot = 2 * isqrt(size(one) * size(other) * size(node.shape))
    if not node.arguments.get("normalize"):
        return dot
    return dot + sum(3 * size(s) + 2 * size(s[:-1]) for s in sources)


def _pooling(node: Node, sources: Sequence[Shape]) -> int:
    pool: int = prod(node.config["pool_size"])
    return size(node.shape) * pool


def _mean(node: Node, sources: Sequence[Shape]) -> int:
    """Count one addition or division per number, also of a mask if there is one."""
    return sum(size(source) for source in sources)


def _reduction(node: Node, sources: Sequence[Shape]) -> int:
    """Count one addition or comparison for every number but the first."""
    return size(sources[0]) - size(node.shape)


def _arithmetic(node: Node, sources: Sequence[Shape]) -> int:
    """Count one per number and source after the first, or one if the other operand is a number."""
    return max(1, len(sources) - 1) * size(node.shape)


def _each(operations: int) -> Formula:
    """Return the formula of `operations` per number."""
    return lambda node, sources: operations * size(node.shape)


def _batch_normalization(node: Node, sources: Sequence[Shape]) -> int:
    """Count scale and shift per number; both are made of the four weights of a feature."""
    return 2 * size(node.shape) + 6 * _length(node.shape[-1])


def _layer_normalization(node: Node, sources: Sequence[Shape]) -> int:
    """Count mean (1), variance (3), scale and shift (5) per number, and a root for each row."""
    return 9 * size(node.shape) + 4 * size(node.shape[:-1])


def _recurrent(node: Node, sources: Sequence[Shape]) -> int:
    return _cell(node.layer, int(node.config["units"]), sources[0])


def _bidirectional(node: Node, sources: Sequence[Shape]) -> int:
    inner = node.arguments["layer"]
    both = 2 * _cell(inner.layer, int(inner.arguments["units"]), sources[0])
    joins = node.arguments.get("merge_mode", "concat") in ("sum", "mul", "ave")
    return both + (size(node.shape) if joins else 0)


def _cell(layer: str, units: int, source: Shape) -> int:
    """Count per step: input and state times the gates' matrices, biases, the cell's arithmetic."""
    gates, biases = {"LSTM": (4, 1), "GRU": (3, 2), "SimpleRNN": (1, 1)}[layer]
    elementwise = {"LSTM": 8, "GRU": 8, "SimpleRNN": 1}[layer]
    matrices = 2 * gates * units * (_length(source[-1]) + units)
    return size(source[:-1]) * (matrices + gates * biases * units + elementwise * units)


def _attention(node: Node, sources: Sequence[Shape]) -> int:
    """Count projections of query, key and value, scaled scores, softmax, sums and the output."""
    heads, key, value, asked, read = _attention_sizes(node, sources)
    query_width, value_width = (_length(source[-1]) for source in sources[:2])
    out = size(node.shape)
    projected = heads * (asked * key * query_width + read * (key + value) * value_width)
    biases = heads * (asked * key + read * (key + value)) + out if node.config["use_bias"] else 0
    scores = heads * asked * read
    scaled = heads * asked * key if node.arguments.get("dropout") else scores
    products = projected + scores * (key + value) + out * heads * value
    return 2 * products + biases + scaled + ACTIVATIONS["softmax"] * scores


def _attention_sizes(node: Node, sources: Sequence[Shape]) -> tuple[int, int, int, int, int]:
    """Return heads, width of keys and of values in each, and numbers of query and of key steps."""
    heads, key, value = (int(node.config[word]) for word in ("num_heads", "key_dim", "value_dim"))
    return heads, key, value, size(sources[0][:-1]), size(sources[1][:-1])


_FORMULAS: Mapping[str, Formula] = {
    "Activation": lambda node, sources: _activation(node),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Einsum": lambda node, sources: _products(
        str(node.arguments["with"]), list(sources), node.shape
    ),
    "Matmul": lambda node, sources: 2 * size(node.shape) * _length(sources[0][-1]),
    "Dot": _dot,
    "MultiHeadAttention": _attention,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "SimpleRNN": _recurrent,
    "Bidirectional": _bidirectional,
    **dict.fromkeys(("Conv1D", "Conv2D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D"), _pooling),
    **dict.fromkeys(("AveragePooling1D", "AveragePooling2D"), _pooling),
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalAveragePooling2D"), _mean),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalMaxPooling2D"), _reduction),
    "Mean": _mean,
    **dict.fromkeys(("Sum", "Max", "Min"), _reduction),
    **dict.fromkeys(("Var", "Std"), lambda node, sources: 4 * size(sources[0])),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Divide", "TrueDivide"), _arithmetic),
    **dict.fromkeys(("Maximum", "Minimum", "Power"), _arithmetic),
    **dict.fromkeys(("Square", "Negative", "Reciprocal", "Log"), _each(1)),
    **dict.fromkeys(("Rsqrt", "Rescaling", "Silu"), _each(2)),
    "Gelu": _each(7),
    "Softmax": _each(ACTIVATIONS["softmax"]),
    # An id that is negative counts from the end.
    "Embedding": lambda node, sources: 2 * size(sources[0]),
    "Average": lambda node, sources: len(sources) * size(node.shape),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    **dict.fromkeys(
        ("UnitNormalization", "Normalize"),
        lambda node, sources: 3 * size(node.shape) + 2 * size(node.shape[:-1]),
    ),
}
