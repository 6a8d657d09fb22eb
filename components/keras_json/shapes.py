"""The shapes that Keras's own layers give, from their configuration and what they read.

After `compute_output_shape` of each layer of Keras 3.15 (keras/src/layers). Shapes have the batch
as their first axis. A rule answers `None` where it cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from components.keras_json.parse import Full
from components.keras_json.text import LARGEST, Config

Rule = Callable[[Config, Sequence[Full]], Full | None]
"""From a configuration and the shapes that are read to the shape of the first tensor given."""


def given(kind: str, config: Config, reads: Sequence[Full]) -> Full | None:
    """What a layer of Keras gives of such shapes, if that can be told. Raises `ForeignError`."""
    rule = _RULES.get(kind)
    return _checked(rule(config, reads)) if rule and reads else None


def computed(kind: str, config: Config, reads: Sequence[Full]) -> Full | None:
    """What an operation of `keras.ops` gives of such shapes, if that can be told."""
    rule = _OPERATIONS.get(kind)
    return _checked(rule(config, reads)) if rule and reads else None


def spatial(shape: Full, config: Config) -> tuple[tuple[int | None, ...], int | None]:
    """The axes of space or time of a shape, and its features."""
    if config.word("data_format", "channels_last") == "channels_first":
        return shape[2:], shape[1]
    return shape[1:-1], shape[-1]


def broadcast(shapes: Sequence[Full]) -> Full | None:
    """The shape of arithmetic on tensors of such shapes."""
    axes: list[int | None] = []
    longest = max(map(len, shapes))
    for column in zip(*((1,) * (longest - len(shape)) + shape for shape in shapes), strict=True):
        sizes = {axis for axis in column if axis != 1}
        whole = sizes - {None}
        if len(whole) > 1:
            return None
        axes.append(whole.pop() if whole else None if sizes else 1)
    return tuple(axes)


def _checked(shape: Full | None) -> Full | None:
    """A shape that a tensor can have."""
    if shape is None or any(axis is not None and not 0 <= axis <= LARGEST for axis in shape):
        return None
    return shape


def _same(config: Config, reads: Sequence[Full]) -> Full | None:
    return reads[0]


def _arithmetic(config: Config, reads: Sequence[Full]) -> Full | None:
    return broadcast(reads)


def _dense(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], config.whole("units", least=1)) if len(reads[0]) > 1 else None


def _joined(shape: Full, config: Config, space: Sequence[int | None], features: int | None) -> Full:
    if config.word("data_format", "channels_last") == "channels_first":
        return (shape[0], features, *space)
    return (shape[0], *space, features)


def _slid(size: int | None, kernel: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    if padding == "valid":
        return (size - kernel) // stride + 1
    return -(-size // stride)


def _convolved(axes: int, transposed: bool = False, depthwise: bool = False) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        kernels = config.sizes("kernel_size", axes, None)
        strides, dilation = config.sizes("strides", axes), config.sizes("dilation_rate", axes)
        padding = config.word("padding", "valid")
        slide = _spread if transposed else _slid
        new = [
            slide(size, (kernel - 1) * gap + 1, stride, padding)
            for size, kernel, stride, gap in zip(space, kernels, strides, dilation, strict=True)
        ]
        if depthwise:
            multiplier = config.whole("depth_multiplier", 1)
            out = None if features is None else features * multiplier
        else:
            out = config.whole("filters", least=1)
        if transposed and "output_padding" in config:
            return None
        return _joined(reads[0], config, new, out)

    return rule


def _spread(size: int | None, kernel: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    if padding == "valid":
        return (size - 1) * stride + max(kernel, stride)
    return size * stride


def _pooled(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        pools = config.sizes("pool_size", axes, 2)
        strides = config.sizes("strides", axes) if "strides" in config else pools
        padding = config.word("padding", "valid")
        new = [_slid(s, p, t, padding) for s, p, t in zip(space, pools, strides, strict=True)]
        return _joined(reads[0], config, new, features)

    return rule


def _pooled_to(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        sizes = config.sizes("output_size", axes, None)
        return _joined(reads[0], config, sizes, spatial(reads[0], config)[1])

    return rule


def _pooled_whole(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        features = spatial(reads[0], config)[1]
        if config.flag("keepdims"):
            return _joined(reads[0], config, (1,) * axes, features)
        return (reads[0][0], features)

    return rule


def _padded(axes: int, key: str, sign: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        pairs = config.pairs(key, axes)
        new = [None if s is None else s + sign * sum(p) for s, p in zip(space, pairs, strict=True)]
        return _joined(reads[0], config, new, features)

    return rule


def _enlarged(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        times = config.sizes("size", axes, 2)
        new = [None if s is None else s * t for s, t in zip(space, times, strict=True)]
        return _joined(reads[0], config, new, features)

    return rule


def _resized(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads[0]) != 4:
        return None
    size = config.whole("height", least=1), config.whole("width", least=1)
    return _joined(reads[0], config, size, spatial(reads[0], config)[1])


def _flat(config: Config, reads: Sequence[Full]) -> Full | None:
    return (reads[0][0], None if None in reads[0][1:] else _product(reads[0][1:]))


def _product(axes: Sequence[int | None]) -> int:
    return prod(axis for axis in axes if axis is not None)


def _reshaped(config: Config, reads: Sequence[Full]) -> Full | None:
    target = config.axes("target_shape", ())
    return (reads[0][0], *_filled(target, reads[0][1:]))


def _filled(target: Sequence[int], source: Sequence[int | None]) -> Full:
    """A target shape with its -1 told, where the source's sizes are."""
    if -1 not in target or None in source:
        return tuple(None if axis == -1 else axis for axis in target)
    rest = prod(axis for axis in target if axis != -1)
    return tuple(_product(source) // max(rest, 1) if axis == -1 else axis for axis in target)


def _permuted(config: Config, reads: Sequence[Full]) -> Full | None:
    places = config.axes("dims", ())
    if sorted(places) != list(range(1, len(reads[0]))):
        return None
    return (reads[0][0], *(reads[0][place] for place in places))


def _repeated(config: Config, reads: Sequence[Full]) -> Full | None:
    return (reads[0][0], config.whole("n"), *reads[0][1:]) if len(reads[0]) == 2 else None


def _embedded(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0], config.whole("output_dim"))


def _concatenated(config: Config, reads: Sequence[Full]) -> Full | None:
    (axis,) = config.axes("axis", -1)[:1] or (-1,)
    rank = len(reads[0])
    if any(len(shape) != rank for shape in reads) or not -rank <= axis < rank:
        return None
    sizes = [shape[axis] for shape in reads]
    axes = list(reads[0])
    axes[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    return tuple(axes)


def _dot(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads) != 2 or any(len(shape) < 2 for shape in reads):
        return None
    axes = config.axes("axes", -1)
    both = axes * 2 if len(axes) == 1 else axes[:2]
    places = [axis % len(shape) for axis, shape in zip(both, reads, strict=True)]
    one, other = (
        [axis for place, axis in enumerate(shape) if place not in (0, gone)]
        for shape, gone in zip(reads, places, strict=True)
    )
    return (reads[0][0], *one, *other) if one or other else (reads[0][0], 1)


def _recurrent(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads[0]) != 3:
        return None
    units = config.whole("units", least=1)
    steps = reads[0][1:2] if config.flag("return_sequences") else ()
    return (reads[0][0], *steps, units)


def _cells(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = config.inner("cell")
    values = inner.get("config") if inner else None
    if not isinstance(values, Mapping) or "units" not in values:
        return None
    return _recurrent(Config(config.name, {**config.values, "units": values["units"]}), reads)


def _convolved_steps(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 3:
            return None
        batch, steps, *frame = reads[0]
        shape = _convolved(axes)(config, [(batch, *frame)])
        if shape is None or not config.flag("return_sequences"):
            return shape
        return (batch, steps, *shape[1:])

    return rule


def _bidirectional(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = _inner(config, "layer", reads)
    if inner is None or config.word("merge_mode", "concat") != "concat":
        return inner
    return (*inner[:-1], None if inner[-1] is None else 2 * inner[-1])


def _each_step(config: Config, reads: Sequence[Full]) -> Full | None:
    batch, steps, *rest = (*reads[0], None, None)[: max(2, len(reads[0]))]
    inner = _inner(config, "layer", [(batch, *rest)])
    return None if inner is None else (batch, steps, *inner[1:])


def _wrapped(config: Config, reads: Sequence[Full]) -> Full | None:
    return _inner(config, "layer", reads)


def _inner(config: Config, key: str, reads: Sequence[Full]) -> Full | None:
    inner = config.inner(key)
    if inner is None or not isinstance(inner.get("config"), Mapping):
        return None
    return given(str(inner.get("class_name")), Config(config.name, inner["config"]), reads)


def _heads(config: Config, reads: Sequence[Full]) -> Full | None:
    if "output_shape" in config:
        return (*reads[0][:-1], *config.axes("output_shape", ()))
    return reads[0]


def _attention(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], reads[1][-1]) if len(reads) > 1 and reads[1] else None


def _einsum_dense(config: Config, reads: Sequence[Full]) -> Full | None:
    told = config.values.get("output_shape")
    items = told if isinstance(told, list) else [told]
    letters, out = _letters(config, reads[0])
    if letters is None or len(items) >= len(out):
        return None
    free = len(out) - len(items)
    pairs = zip(out, [None] * free + items, strict=True)
    sizes = [letters.get(letter) if item is None else item for letter, item in pairs]
    if any(size is not None and not isinstance(size, int) for size in sizes):
        return None
    return tuple(sizes)


def _letters(config: Config, shape: Full) -> tuple[dict[str, int | None] | None, str]:
    left, _, out = config.word("equation", "").replace(" ", "").partition("->")
    first = left.partition(",")[0]
    missing = "ABCDEFGHIJKLMNOP"[: max(0, len(shape) - len(first.replace("...", "")))]
    first, out = first.replace("...", missing, 1), out.replace("...", missing, 1)
    if len(first) != len(shape) or not out:
        return None, out
    return dict(zip(first, shape, strict=True)), out


def _coded(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], config.whole("num_tokens", least=1)) if "num_tokens" in config else None


def _reduced(config: Config, reads: Sequence[Full]) -> Full | None:
    rank = len(reads[0])
    axes = {axis % rank for axis in config.axes("axis", tuple(range(rank)))} if rank else set()
    keep = config.flag("keepdims")
    return tuple(
        1 if place in axes else axis
        for place, axis in enumerate(reads[0])
        if keep or place not in axes
    )


def _stacked(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(set(reads)) != 1:
        return None
    (place,) = config.axes("axis", 0)[:1] or (0,)
    place %= len(reads[0]) + 1
    return (*reads[0][:place], len(reads), *reads[0][place:])


def _wider(config: Config, reads: Sequence[Full]) -> Full | None:
    axes = config.axes("axis", ())
    rank = len(reads[0]) + len(axes)
    new = {axis % rank for axis in axes} if rank else set()
    rest = iter(reads[0])
    if len(new) != len(axes):
        return None
    return tuple(1 if place in new else next(rest) for place in range(rank))


def _narrower(config: Config, reads: Sequence[Full]) -> Full | None:
    if "axis" not in config:
        return None
    gone = {axis % len(reads[0]) for axis in config.axes("axis", ())} if reads[0] else set()
    return tuple(axis for place, axis in enumerate(reads[0]) if place not in gone)


def _multiplied(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads) != 2 or any(len(shape) < 2 for shape in reads):
        return None
    batch = broadcast([shape[:-2] for shape in reads]) if any(map(len, reads)) else ()
    return None if batch is None else (*batch, reads[0][-2], reads[1][-1])


_SAME = (
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization",
    "BatchNormalizationV1", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
    "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "Masking", "Normalization",
    "PReLU", "RMSNormalization", "RandomBrightness", "RandomColorJitter", "RandomContrast",
    "RandomFlip", "RandomGaussianBlur", "RandomHue", "RandomRotation", "RandomSaturation",
    "RandomShear", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Softmax",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SyncBatchNormalization",
    "ThresholdedReLU", "UnitNormalization",
)  # fmt: skip
_MERGES = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME, _same),
    **dict.fromkeys(_MERGES, _arithmetic),
    "AdditiveAttention": _attention,
    "Attention": _attention,
    "Bidirectional": _bidirectional,
    "CategoryEncoding": _coded,
    "CenterCrop": _resized,
    "Concatenate": _concatenated,
    "Dense": _dense,
    "Dot": _dot,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedded,
    "Flatten": _flat,
    "GRU": _recurrent,
    "CuDNNGRU": _recurrent,
    "CuDNNLSTM": _recurrent,
    "LSTM": _recurrent,
    "SimpleRNN": _recurrent,
    "RNN": _cells,
    "GroupQueryAttention": _same,
    "GroupedQueryAttention": _same,
    "MultiHeadAttention": _heads,
    "Permute": _permuted,
    "RepeatVector": _repeated,
    "Reshape": _reshaped,
    "Resizing": _resized,
    "SpectralNormalization": _wrapped,
    "TimeDistributed": _each_step,
    **{
        f"{kind}{axes}D": rule
        for axes in (1, 2, 3)
        for kind, rule in {
            "Conv": _convolved(axes),
            "SeparableConv": _convolved(axes),
            "DepthwiseConv": _convolved(axes, depthwise=True),
            "ConvLSTM": _convolved_steps(axes),
            "MaxPooling": _pooled(axes),
            "AveragePooling": _pooled(axes),
            "AdaptiveMaxPooling": _pooled_to(axes),
            "AdaptiveAveragePooling": _pooled_to(axes),
            "GlobalMaxPooling": _pooled_whole(axes),
            "GlobalAveragePooling": _pooled_whole(axes),
            "ZeroPadding": _padded(axes, "padding", 1),
            "Cropping": _padded(axes, "cropping", -1),
            "UpSampling": _enlarged(axes),
        }.items()
    },
    **{f"Conv{axes}DTranspose": _convolved(axes, transposed=True) for axes in (1, 2, 3)},
}
_EACH = (
    "Abs", "Absolute", "Cast", "Clip", "Cos", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid",
    "HardSilu", "HardSwish", "LeakyRelu", "Log", "LogSoftmax", "Mish", "Negative", "Normalize",
    "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid", "Sign", "Silu", "Sin", "Softmax", "Softplus",
    "Sqrt", "Square", "Tanh", "ZerosLike", "OnesLike", "Reciprocal", "LogicalNot",
)  # fmt: skip
_PAIRS = (
    "Add", "Divide", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd",
    "LogicalOr", "Maximum", "Minimum", "Multiply", "NotEqual", "Power", "Subtract", "TrueDivide",
    "Where",
)  # fmt: skip
_OPERATIONS: Mapping[str, Rule] = {
    **dict.fromkeys(_EACH, _same),
    **dict.fromkeys(_PAIRS, _arithmetic),
    **dict.fromkeys(("Any", "All", "Max", "Mean", "Min", "Prod", "Std", "Sum", "Var"), _reduced),
    "Concatenate": _concatenated,
    "ExpandDims": _wider,
    "Matmul": _multiplied,
    "Squeeze": _narrower,
    "Stack": _stacked,
}
