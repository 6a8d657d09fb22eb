"""Parameters, FLOPs, activation and weight memory of each node and group of a graph.

A multiply-add counts as two operations, for one sample, as TensorFlow's profiler counts it; layers
that only move numbers or call one function on each, such as relu, count 0. Some things count that
the profiler does not know, such as einsum, and the comparisons of a maximum over an axis. A
transposed convolution counts a product for each number that it reads, as it is computed. A layer
without a formula is unknown: it counts 0, and every sum says that it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any

from components.base.text import plural, short_number
from components.models.language.graph import Graph, Node, Shape
from components.models.language.recorder import FACTS, INNER

FLOAT_BYTES = 4
"""Bytes of a float32."""
NOMINAL_LENGTH = 32
"""Number of steps assumed for sequences of any length."""
Formula = Callable[[Node, Sequence[Shape]], int]
"""Function from a node and the shapes of its sources to a number of operations."""
ACTIVATIONS: Mapping[str, int] = {
    **dict.fromkeys(("elu", "exponential", "leaky_relu", "linear", "relu", "relu6", "selu"), 0),
    **dict.fromkeys(("sigmoid", "softplus", "softsign", "tanh", "threshold"), 0),
    **dict.fromkeys(("glu", "hard_shrink", "mish", "tanh_shrink"), 1),
    **dict.fromkeys(("hard_sigmoid", "hard_tanh", "log_sigmoid", "silu", "swish"), 2),
    **dict.fromkeys(("hard_silu", "hard_swish"), 3),
    **dict.fromkeys(("gelu", "soft_shrink", "sparse_sigmoid", "squareplus"), 4),
    **dict.fromkeys(("celu", "log_softmax", "softmax", "sparse_plus"), 5),
    "sparsemax": 8,
}
"""Operations per number of Keras's activations; 0 for those of one function call."""
READ_BY_RESIZING: Mapping[str, int] = {
    "nearest": 0,
    "bilinear": 4,
    "bicubic": 16,
    "lanczos3": 36,
    "lanczos5": 100,
}
"""Numbers that each number of a resized image is the weighted sum of; 0 for a copy."""


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
    uncounted: int = 0
    """Number of layers whose FLOPs are unknown, and missing in `flops`."""

    @property
    def known_flops(self) -> int | None:
        """FLOPs for a cell of a table; `None` if those of a layer are missing."""
        return None if self.uncounted else self.flops

    @property
    def missing(self) -> str:
        """Text after a number of FLOPs that layers are missing in; empty if none is."""
        return f", without {plural(self.uncounted, 'layer')}" if self.uncounted else ""

    def flops_text(self, estimated: bool = False, exact: bool = False) -> str:
        """Return the FLOPs as text: `≈ 1.2 M`, or `at least 1.2 M, without 1 layer`.

        An `estimated` number assumes a length. With `exact`, all digits are written.
        """
        number = f"{self.flops:,}" if exact else short_number(self.flops)
        if self.uncounted:
            return f"at least {number}{self.missing}" if self.flops else "unknown"
        return f"≈ {number}" if estimated else number

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights as float32."""
        return self.parameters * FLOAT_BYTES

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.flops + other.flops,
            self.activation_bytes + other.activation_bytes,
            self.uncounted + other.uncounted,
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
    counted = flops(node, sources)
    return Cost(node.parameters, counted or 0, numbers * FLOAT_BYTES, int(counted is None))


def flops(node: Node, sources: Sequence[Shape]) -> int | None:
    """Return the FLOPs of a node; 0 for layers that only move data, `None` if unknown."""
    if node.layer in FREE:
        return 0
    formula = FORMULAS.get(node.layer)
    try:
        return formula(node, sources) if formula else None
    except LookupError:  # It has a part without a formula, such as an activation of one's own.
        return None


def inner_values(node: Node, sources: Sequence[Shape]) -> int:
    """Count numbers that a node holds beside its output: projections and scores of attention."""
    if node.layer in ("Attention", "AdditiveAttention"):
        return size(sources[0][:-1]) * size(sources[1][:-1])
    if node.layer in ("GroupQueryAttention", "GroupedQueryAttention"):
        heads, pairs, width, asked, read = _grouped_sizes(node, sources)
        gates = 1 + bool(_fact(node, "use_gate"))
        return width * ((1 + gates) * asked * heads + 2 * read * pairs) + heads * asked * read
    if node.layer != "MultiHeadAttention":
        return 0
    heads, key, value, asked, read = _attention_sizes(node, sources)
    return heads * (asked * (key + value) + read * (key + value) + asked * read)


def size(shape: Shape) -> int:
    """Return the number of values in a tensor of that shape."""
    return prod(_length(axis) for axis in shape)


def _length(axis: int | None) -> int:
    return NOMINAL_LENGTH if axis is None else axis


def _fact(node: Node, name: str, default: Any = None) -> Any:
    """Return an argument of a layer that its costs depend on, whether pictures show it or not."""
    for facts in (node.config.get(FACTS, {}), node.config, node.arguments):
        if name in facts:
            return facts[name]
    return default


def _inner(node: Node, shape: Shape, sources: Sequence[Shape], number: int = 0) -> int:
    """Return the FLOPs of a layer inside another. Raises `LookupError` if they are unknown."""
    layer, config = node.config[FACTS][INNER][number]
    part = Node("", layer, "", "", (), shape, node.dtype, 0, config=config)
    if (counted := flops(part, sources)) is None:
        raise LookupError(layer)
    return counted


def _channels(node: Node, shape: Shape) -> int:
    return _length(shape[0 if _fact(node, "data_format") == "channels_first" else -1])


def _bias(node: Node) -> int:
    return size(node.shape) if node.config.get("use_bias") else 0


def _activation(node: Node) -> int:
    return _activation_operations(node, "activation") * size(node.shape)


def _activation_operations(node: Node, argument: str) -> int:
    """Return the operations per number of an activation, which may be a layer such as LeakyReLU."""
    activation = str(_fact(node, argument) or "linear")
    return 0 if activation in FREE else ACTIVATIONS[activation.lower()]


def _dense(node: Node, sources: Sequence[Shape]) -> int:
    return 2 * size(node.shape) * _length(sources[0][-1]) + _bias(node) + _activation(node)


def _convolution(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    features = _channels(node, sources[0]) // int(node.config.get("groups", 1))
    return 2 * size(node.shape) * kernel * features + _bias(node) + _activation(node)


def _transposed(node: Node, sources: Sequence[Shape]) -> int:
    """Count a product for each number of the input, place of the kernel and filter."""
    kernel: int = prod(node.config["kernel_size"])
    products = 2 * size(sources[0]) * kernel * int(node.config["filters"])
    return products + _bias(node) + _activation(node)


def _depthwise(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    return 2 * size(node.shape) * kernel + _bias(node) + _activation(node)


def _separable(node: Node, sources: Sequence[Shape]) -> int:
    kernel: int = prod(node.config["kernel_size"])
    between = _channels(node, sources[0]) * int(node.config["depth_multiplier"])
    places = size(node.shape) // _channels(node, node.shape)
    pointwise = 2 * size(node.shape) * between
    return 2 * places * between * kernel + pointwise + _bias(node) + _activation(node)


def _einsum_dense(node: Node, sources: Sequence[Shape]) -> int:
    bias = size(node.shape) if _fact(node, "bias_axes") else 0
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
    if not _fact(node, "normalize"):
        return dot
    return dot + sum(3 * size(s) + 2 * size(s[:-1]) for s in sources)


def _pooling(node: Node, sources: Sequence[Shape]) -> int:
    pool: int = prod(node.config["pool_size"])
    return size(node.shape) * pool


def _adaptive_pooling(node: Node, sources: Sequence[Shape]) -> int:
    """Count the numbers in all windows; along an axis, these may overlap by one."""
    channels = _channels(node, node.shape)
    first = _fact(node, "data_format") == "channels_first"
    reads, gives = (shape[1:] if first else shape[:-1] for shape in (sources[0], node.shape))
    for read, windows in zip(map(_length, reads), map(_length, gives), strict=True):
        starts = (step * read // windows for step in range(windows))
        ends = (-(-(step + 1) * read // windows) for step in range(windows))
        channels *= sum(end - start for start, end in zip(starts, ends, strict=True))
    return channels


def _resizing(node: Node, sources: Sequence[Shape]) -> int:
    return 2 * size(node.shape) * READ_BY_RESIZING[str(_fact(node, "interpolation", "nearest"))]


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


def _group_normalization(node: Node, sources: Sequence[Shape]) -> int:
    """Count mean (1), variance (3), scale and shift (2) per number, and both per feature."""
    return 6 * size(node.shape) + 3 * _channels(node, node.shape) + 4 * int(node.config["groups"])


def _recurrent(node: Node, sources: Sequence[Shape]) -> int:
    """Count per step: input and state times the gates' matrices, biases, the cell's arithmetic."""
    units, gates = int(node.config["units"]), _GATES[_kind(node)]
    matrices = 2 * gates * units * (_length(sources[0][-1]) + units)
    return size(sources[0][:-1]) * (matrices + units * _cell_arithmetic(node))


def _convolution_lstm(node: Node, sources: Sequence[Shape]) -> int:
    """Count per step and place as `_recurrent`, with a kernel for the input and one for the state.

    The state has the places of the output.
    """
    steps, filters = _length(sources[0][0]), int(node.config["filters"])
    gives = node.shape[1:] if _fact(node, "return_sequences") else node.shape
    places = size(gives) // _channels(node, gives)
    kernel: int = prod(node.config["kernel_size"])
    matrices = 2 * 4 * filters * kernel * (_channels(node, sources[0][1:]) + filters)
    return steps * places * (matrices + filters * _cell_arithmetic(node))


def _cell_arithmetic(node: Node) -> int:
    """Return the operations for each number of a state, without products of matrices."""
    kind = _kind(node)
    gates, biases = _GATES[kind], 2 if kind == "GRU" and _fact(node, "reset_after", True) else 1
    activation = _activation_operations(node, "activation")
    gate = _activation_operations(node, "recurrent_activation")
    gated = {"LSTM": 3 * gate + 2 * activation, "GRU": 2 * gate + activation}
    added = gates * biases if _fact(node, "use_bias", True) else 0
    return added + (1 if kind == "SimpleRNN" else 8) + gated.get(kind, activation)


def _kind(node: Node) -> str:
    """Return the kind of a recurrent layer or cell: LSTM, GRU or SimpleRNN."""
    return "LSTM" if node.layer.startswith("ConvLSTM") else node.layer.removesuffix("Cell")


def _bidirectional(node: Node, sources: Sequence[Shape]) -> int:
    both = sum(_inner(node, node.shape, sources[:1], number) for number in (0, 1))
    joins = _fact(node, "merge_mode", "concat") in ("sum", "mul", "ave")
    return both + (size(node.shape) if joins else 0)


def _of_each_step(node: Node, sources: Sequence[Shape]) -> int:
    return _length(sources[0][0]) * _inner(node, node.shape[1:], [sources[0][1:]])


def _cells(node: Node, sources: Sequence[Shape]) -> int:
    """Count cells in a row; each reads the state of the one before, as wide as its units."""
    total, source = 0, sources[0]
    for number, (_, config) in enumerate(node.config[FACTS][INNER]):
        total += _inner(node, node.shape, [source], number)
        source = (*source[:-1], config.get("units"))
    return total


def _attention(node: Node, sources: Sequence[Shape]) -> int:
    """Count projections of query, key and value, scaled scores, softmax, sums and the output."""
    heads, key, value, asked, read = _attention_sizes(node, sources)
    query_width, value_width = (_length(source[-1]) for source in sources[:2])
    out = size(node.shape)
    projected = heads * (asked * key * query_width + read * (key + value) * value_width)
    biases = heads * (asked * key + read * (key + value)) + out if node.config["use_bias"] else 0
    scores = heads * asked * read
    scaled = heads * asked * key if _fact(node, "dropout") else scores
    products = projected + scores * (key + value) + out * heads * value
    return 2 * products + biases + scaled + ACTIVATIONS["softmax"] * scores


def _attention_sizes(node: Node, sources: Sequence[Shape]) -> tuple[int, int, int, int, int]:
    """Return heads, width of keys and of values in each, and numbers of query and of key steps."""
    heads, key, value = (int(node.config[word]) for word in ("num_heads", "key_dim", "value_dim"))
    return heads, key, value, size(sources[0][:-1]), size(sources[1][:-1])


def _plain_attention(node: Node, sources: Sequence[Shape]) -> int:
    """Count scores, softmax and sums. Sums of tanh are scores of additive attention."""
    asked, read = (size(source[:-1]) for source in sources[:2])
    width = _length(sources[0][-1])
    scores, scaled = asked * read, bool(_fact(node, "use_scale", False))
    if node.layer == "AdditiveAttention":
        scoring = (2 + scaled) * width - 1
    elif _fact(node, "score_mode", "dot") == "concat":
        scoring = (2 + scaled) * width
    else:
        scoring = 2 * width + scaled
    return scores * (scoring + ACTIVATIONS["softmax"] + 2 * _length(node.shape[-1]))


def _grouped_attention(node: Node, sources: Sequence[Shape]) -> int:
    """Count as `_attention`; pairs of key and value are computed once for several heads."""
    heads, pairs, width, asked, read = _grouped_sizes(node, sources)
    query_width, value_width = (_length(source[-1]) for source in sources[:2])
    out, gated = size(node.shape), bool(_fact(node, "use_gate"))
    queries, keys = (1 + gated) * asked * heads * width, 2 * read * pairs * width
    biases = queries + keys + out if node.config["use_bias"] else 0
    scores = heads * asked * read
    products = queries * query_width + keys * value_width + 2 * scores * width + out * heads * width
    gates = asked * heads * width if gated else 0
    return 2 * products + biases + gates + (1 + ACTIVATIONS["softmax"]) * scores


def _grouped_sizes(node: Node, sources: Sequence[Shape]) -> tuple[int, int, int, int, int]:
    """Return query heads, pairs of key and value, their width, and numbers of steps."""
    words = ("num_query_heads", "num_key_value_heads", "head_dim")
    heads, pairs, width = (int(_fact(node, word)) for word in words)
    return heads, pairs, width, size(sources[0][:-1]), size(sources[1][:-1])


def _embedding(node: Node, sources: Sequence[Shape]) -> int:
    """Count ids, of which a negative one counts from the end, or products with all vectors."""
    if node.layer == "ReversibleEmbedding" and len(sources[0]) == len(node.shape):
        capped = 2 * size(node.shape) if _fact(node, "logit_soft_cap") else 0
        return 2 * size(node.shape) * _length(sources[0][-1]) + capped
    return 2 * size(sources[0])


def _dimensions(kinds: str, *dimensions: int) -> list[str]:
    """Return the names of kinds of layers with these numbers of dimensions: Conv1D, Conv2D …"""
    return [kind.replace("*", f"{number}D") for kind in kinds.split() for number in dimensions]


_GATES: Mapping[str, int] = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
FORMULAS: Mapping[str, Formula] = {
    "Activation": lambda node, sources: _activation(node),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Einsum": lambda node, sources: _products(
        str(node.arguments["with"]), list(sources), node.shape
    ),
    "Matmul": lambda node, sources: 2 * size(node.shape) * _length(sources[0][-1]),
    "Dot": _dot,
    "MultiHeadAttention": _attention,
    **dict.fromkeys(("GroupQueryAttention", "GroupedQueryAttention"), _grouped_attention),
    **dict.fromkeys(("Attention", "AdditiveAttention"), _plain_attention),
    **dict.fromkeys((*_GATES, *(f"{kind}Cell" for kind in _GATES)), _recurrent),
    **dict.fromkeys(_dimensions("ConvLSTM*", 1, 2, 3), _convolution_lstm),
    **dict.fromkeys(("RNN", "StackedRNNCells"), _cells),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _of_each_step,
    # It normalises its weights in training only.
    "SpectralNormalization": lambda node, sources: _inner(node, node.shape, sources),
    **dict.fromkeys(_dimensions("Conv*", 1, 2, 3), _convolution),
    **dict.fromkeys(_dimensions("Conv*Transpose", 1, 2, 3), _transposed),
    **dict.fromkeys(_dimensions("DepthwiseConv*", 1, 2), _depthwise),
    **dict.fromkeys(_dimensions("SeparableConv*", 1, 2), _separable),
    **dict.fromkeys(_dimensions("MaxPooling* AveragePooling*", 1, 2, 3), _pooling),
    **dict.fromkeys(
        _dimensions("AdaptiveMaxPooling* AdaptiveAveragePooling*", 1, 2, 3), _adaptive_pooling
    ),
    **dict.fromkeys(_dimensions("GlobalAveragePooling*", 1, 2, 3), _mean),
    **dict.fromkeys(_dimensions("GlobalMaxPooling*", 1, 2, 3), _reduction),
    **dict.fromkeys(("UpSampling2D", "Resizing"), _resizing),
    "Mean": _mean,
    **dict.fromkeys(("Sum", "Max", "Min", "Prod", "Argmax", "Argmin"), _reduction),
    **dict.fromkeys(("Var", "Std"), lambda node, sources: 4 * size(sources[0])),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Divide", "TrueDivide"), _arithmetic),
    **dict.fromkeys(("Maximum", "Minimum", "Power"), _arithmetic),
    **dict.fromkeys(("Square", "Negative", "Reciprocal", "Log"), _each(1)),
    **dict.fromkeys(("Cumsum", "Cumprod"), _each(1)),
    **dict.fromkeys(("Rsqrt", "Rescaling", "Silu", "HardSigmoid", "CustomScaleLayer"), _each(2)),
    "HardSilu": _each(3),
    "PReLU": _each(4),
    "LayerScale": _each(1),
    "Gelu": _each(7),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _each(ACTIVATIONS["softmax"])),
    **dict.fromkeys(("Embedding", "ReversibleEmbedding"), _embedding),
    "Average": lambda node, sources: len(sources) * size(node.shape),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _group_normalization,
    "RMSNormalization": lambda node, sources: 4 * size(node.shape) + 3 * size(node.shape[:-1]),
    "Normalization": lambda node, sources: 2 * size(node.shape) + _length(node.shape[-1]),
    **dict.fromkeys(
        ("UnitNormalization", "Normalize"),
        lambda node, sources: 3 * size(node.shape) + 2 * size(node.shape[:-1]),
    ),
}
FREE = frozenset((
    # Layers that move numbers, or change none after training.
    "InputLayer", "Identity", "Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate",
    "CenterCrop", "UpSampling1D", "UpSampling3D", "Dropout", "AlphaDropout", "GaussianDropout",
    "GaussianNoise", "StochasticDepth", "ActivityRegularization",
    *_dimensions("Cropping* ZeroPadding* SpatialDropout*", 1, 2, 3),
    "AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing",
    "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
    "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    # Layers that call one function on each number, or look it up.
    "ReLU", "LeakyReLU", "ELU", "Masking", "CategoryEncoding", "Discretization", "Hashing",
    "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization", "MaxNumBoundingBoxes",
    # Operations that move numbers.
    "Append", "Arange", "BroadcastTo", "BroadcastToSymbolic", "Cast", "Concatenate", "Copy",
    "Diagonal", "ExpandDims", "Flip", "Full", "FullLike", "GetItem", "Hstack", "Moveaxis", "OneHot",
    "Ones", "OnesLike", "Pad", "Ravel", "Repeat", "Roll", "Rot90", "Slice", "Split", "Squeeze",
    "Stack", "StopGradient", "Swapaxes", "Take", "TakeAlongAxis", "Tile", "Transpose", "Tril",
    "Triu", "Unstack", "Vstack", "Where", "Zeros", "ZerosLike",
    # Operations that call one function on each number.
    "Abs", "Absolute", "All", "Any", "Arccos", "Arcsin", "Arctan", "Ceil", "Clip", "Cos", "Cosh",
    "Elu", "Equal", "Erf", "Exp", "Exp2", "Expm1", "Floor", "Greater", "GreaterEqual", "Isfinite",
    "Isinf", "Isnan", "LeakyRelu", "Less", "LessEqual", "Log10", "Log1p", "Log2", "LogicalAnd",
    "LogicalNot", "LogicalOr", "LogicalXor", "NotEqual", "Relu", "Relu6", "Round", "Selu",
    "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
))  # fmt: skip
"""Layers and operations that count 0."""
