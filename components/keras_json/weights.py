"""The weights of Keras's own layers, counted from their configuration and what they read.

After `build` of each layer of Keras 3.15 (keras/src/layers); trainable or not, as `count_params()`
counts them. Shapes have the batch as their first axis. A formula answers `None` where it cannot
tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from components.keras_json.parse import Full
from components.keras_json.shapes import spatial
from components.keras_json.text import LARGEST, Config

Formula = Callable[[Config, Sequence[Full]], int | None]
"""From a configuration and the shapes that are read to a number of weights."""


def count(kind: str, config: Config, reads: Sequence[Full]) -> int | None:
    """The weights of a layer of Keras, if they can be told. Raises `ForeignError`."""
    if kind in WITHOUT:
        return 0
    formula = _FORMULAS.get(kind)
    if formula is None or not reads or not reads[0]:
        return None
    if "quantization_config" in config or "lora_rank" in config:
        return None
    return formula(config, reads)


def knows(kind: str) -> bool:
    """Whether there is a rule for such layers."""
    return kind in WITHOUT or kind in _FORMULAS


def _bias(config: Config, width: int) -> int:
    return width if config.flag("use_bias", True) else 0


def _dense(config: Config, reads: Sequence[Full]) -> int | None:
    width, units = reads[0][-1], config.whole("units", least=1)
    return None if width is None else width * units + _bias(config, units)


def _convolution(axes: int) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        kernel = prod(config.sizes("kernel_size", axes, None))
        features = _features(config, reads, axes)
        if features is None:
            return None
        filters = config.whole("filters", least=1)
        groups = config.whole("groups", 1, 1)
        return kernel * (features // groups) * filters + _bias(config, filters)

    return formula


def _features(config: Config, reads: Sequence[Full], axes: int) -> int | None:
    return spatial(reads[0], config)[1] if len(reads[0]) == axes + 2 else None


def _depthwise(axes: int) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        kernel = prod(config.sizes("kernel_size", axes, None))
        features = _features(config, reads, axes)
        if features is None:
            return None
        between = features * config.whole("depth_multiplier", 1)
        return kernel * between + _bias(config, between)

    return formula


def _separable(axes: int) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        kernel = prod(config.sizes("kernel_size", axes, None))
        features = _features(config, reads, axes)
        if features is None:
            return None
        between = features * config.whole("depth_multiplier", 1)
        filters = config.whole("filters", least=1)
        return (kernel + filters) * between + _bias(config, filters)

    return formula


def _axes(config: Config, shape: Full) -> int | None:
    """Numbers in the axes that a normalisation names."""
    sizes = []
    for axis in config.axes("axis", -1):
        if not -len(shape) <= axis < len(shape):
            return None
        sizes.append(shape[axis])
    whole = [size for size in sizes if size is not None]
    return prod(whole) if len(whole) == len(sizes) else None


def _scales(config: Config) -> int:
    return config.flag("scale", True) + config.flag("center", True)


def _batch_normalization(config: Config, reads: Sequence[Full]) -> int | None:
    width = _axes(config, reads[0])
    if width is None or config.flag("renorm"):
        return None
    return width * (_scales(config) + 2)


def _layer_normalization(config: Config, reads: Sequence[Full]) -> int | None:
    width = _axes(config, reads[0])
    if width is None:
        return None
    return width if config.flag("rms_scaling") else width * _scales(config)


def _group_normalization(config: Config, reads: Sequence[Full]) -> int | None:
    width = _axes(config, reads[0])
    return None if width is None else width * _scales(config)


def _one_scale(config: Config, reads: Sequence[Full]) -> int | None:
    return _axes(config, reads[0])


def _normalization(config: Config, reads: Sequence[Full]) -> int | None:
    """Mean, variance and a count, where they are to be learnt from data."""
    if "mean" in config or "input_mean" in config:
        return 0
    if "axis" not in config:
        return 3
    width = _axes(config, reads[0])
    return None if width is None else 2 * width + 1


def _prelu(config: Config, reads: Sequence[Full]) -> int | None:
    shared = set(config.axes("shared_axes", ()))
    sizes = [axis for place, axis in enumerate(reads[0]) if place and place not in shared]
    return None if None in sizes else prod(size for size in sizes if size is not None)


def _embedding(config: Config, reads: Sequence[Full]) -> int | None:
    return config.whole("input_dim") * config.whole("output_dim")


def _recurrent(gates: int, default: bool = False) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        width, units = reads[0][-1], config.whole("units", least=1)
        if width is None:
            return None
        biases = 2 if default and config.flag("reset_after", True) else 1
        return gates * (units * (width + units) + biases * _bias(config, units))

    return formula


def _cells(config: Config, reads: Sequence[Full]) -> int | None:
    inner = config.inner("cell")
    values = inner.get("config") if inner else None
    if inner is None or not isinstance(values, Mapping):
        return None
    kind = str(inner.get("class_name")).removesuffix("Cell")
    if kind not in ("LSTM", "GRU", "SimpleRNN"):
        return None
    return count(kind, Config(config.name, values), reads)


def _convolution_lstm(axes: int) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        if len(reads[0]) != axes + 3:
            return None
        features = spatial((reads[0][0], *reads[0][2:]), config)[1]
        if features is None:
            return None
        kernel = prod(config.sizes("kernel_size", axes, None))
        filters = config.whole("filters", least=1)
        return 4 * (kernel * filters * (features + filters) + _bias(config, filters))

    return formula


def _both_ways(config: Config, reads: Sequence[Full]) -> int | None:
    one = _inner(config, reads)
    return None if one is None else 2 * one


def _each_step(config: Config, reads: Sequence[Full]) -> int | None:
    return _inner(config, [(reads[0][0], *reads[0][2:])])


def _inner(config: Config, reads: Sequence[Full]) -> int | None:
    inner = config.inner("layer")
    if inner is None or not isinstance(inner.get("config"), Mapping):
        return None
    return count(str(inner.get("class_name")), Config(config.name, inner["config"]), reads)


def _spectral(config: Config, reads: Sequence[Full]) -> int | None:
    """The layer's own and one vector as wide as its kernel."""
    inner, values = config.inner("layer"), None
    if inner is not None and inner.get("class_name") in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
        values = inner.get("config")
    own = _inner(config, reads)
    if own is None or not isinstance(values, Mapping):
        return None
    wide = Config(config.name, values)
    return own + wide.whole("units" if "units" in wide else "filters")


def _heads(config: Config, reads: Sequence[Full]) -> int | None:
    """Projections of query, key and value to all heads, and of all heads to the output."""
    heads, key = config.whole("num_heads", least=1), config.whole("key_dim", least=1)
    value = config.whole("value_dim", key)
    query_width = reads[0][-1]
    value_width = reads[1][-1] if len(reads) > 1 and reads[1] else query_width
    key_width = reads[2][-1] if len(reads) > 2 and reads[2] else value_width
    if query_width is None or value_width is None or key_width is None:
        return None
    out = prod(config.axes("output_shape", query_width))
    gate = (query_width * heads * value + _bias(config, heads * value)) * config.flag("use_gate")
    return (
        query_width * heads * key
        + key_width * heads * key
        + value_width * heads * value
        + _bias(config, heads * (2 * key + value))
        + heads * value * out
        + _bias(config, out)
        + gate
    )


def _grouped(config: Config, reads: Sequence[Full]) -> int | None:
    size, heads = config.whole("head_dim", least=1), config.whole("num_query_heads", least=1)
    shared = config.whole("num_key_value_heads", least=1)
    query_width = reads[0][-1]
    value_width = reads[1][-1] if len(reads) > 1 and reads[1] else query_width
    if query_width is None or value_width is None:
        return None
    queries = 2 if config.flag("use_gate") else 1
    return (
        queries * (query_width * heads * size + _bias(config, heads * size))
        + 2 * (value_width * shared * size + _bias(config, shared * size))
        + heads * size * query_width
        + _bias(config, query_width)
    )


def _attention(config: Config, reads: Sequence[Full]) -> int | None:
    return config.flag("use_scale") + (config.word("score_mode", "dot") == "concat")


def _additive(config: Config, reads: Sequence[Full]) -> int | None:
    return reads[0][-1] if config.flag("use_scale", True) else 0


def _einsum_dense(config: Config, reads: Sequence[Full]) -> int | None:
    left, _, out = config.word("equation", "").replace(" ", "").partition("->")
    first, _, kernel = left.partition(",")
    told = config.values.get("output_shape")
    items = told if isinstance(told, list) else [told]
    given = reads[0]
    if not out or not kernel or len(items) > len(out):
        return None
    if "..." in first:
        first, out = first.replace("...", ""), out.replace("...", "")
        given = reads[0][len(reads[0]) - len(first) :] if first else ()
    if len(first) != len(given):
        return None
    sizes = dict(zip(out[len(out) - len(items) :], items, strict=False))
    sizes.update({k: v for k, v in zip(first, given, strict=True) if v is not None})
    letters = kernel, config.word("bias_axes", "")
    wide, biased = ([_size(sizes.get(letter)) for letter in term] for term in letters)
    if None in wide or None in biased:
        return None
    return _product(wide) + (_product(biased) if biased else 0)


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= LARGEST else None


def _product(sizes: Sequence[int | None]) -> int:
    return prod(size for size in sizes if size is not None)


WITHOUT = frozenset((
    "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "CategoryEncoding",
    "CenterCrop", "Concatenate", "Dot", "Dropout", "ELU", "Flatten", "GaussianDropout",
    "GaussianNoise", "HashedCrossing", "Hashing", "Identity", "InputLayer", "Lambda", "LeakyReLU",
    "Masking", "Maximum", "Minimum", "Multiply", "Permute", "RandomBrightness", "RandomColorJitter",
    "RandomContrast", "RandomCrop", "RandomFlip", "RandomGaussianBlur", "RandomHue",
    "RandomRotation", "RandomSaturation", "RandomShear", "RandomTranslation", "RandomZoom", "ReLU",
    "RepeatVector", "Rescaling", "Reshape", "Resizing", "Softmax", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "Subtract", "ThresholdedReLU", "UnitNormalization",
    *(
        f"{kind}{axes}D"
        for axes in (1, 2, 3)
        for kind in (
            "AdaptiveAveragePooling", "AdaptiveMaxPooling", "AveragePooling", "Cropping",
            "GlobalAveragePooling", "GlobalMaxPooling", "MaxPooling", "UpSampling", "ZeroPadding",
        )
    ),
))  # fmt: skip
"""Layers that have no weights, whatever they read."""

_FORMULAS: Mapping[str, Formula] = {
    "AdditiveAttention": _additive,
    "Attention": _attention,
    "BatchNormalization": _batch_normalization,
    "BatchNormalizationV1": _batch_normalization,
    "Bidirectional": _both_ways,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    "GRU": _recurrent(3, default=True),
    "GroupNormalization": _group_normalization,
    "GroupQueryAttention": _grouped,
    "GroupedQueryAttention": _grouped,
    "LSTM": _recurrent(4),
    "LayerNormalization": _layer_normalization,
    "MultiHeadAttention": _heads,
    "Normalization": _normalization,
    "PReLU": _prelu,
    "RMSNormalization": _one_scale,
    "RNN": _cells,
    "SimpleRNN": _recurrent(1),
    "SpectralNormalization": _spectral,
    "SyncBatchNormalization": _batch_normalization,
    "TimeDistributed": _each_step,
    **{
        f"{kind}{axes}D{ending}": formula
        for axes in (1, 2, 3)
        for kind, ending, formula in (
            ("Conv", "", _convolution(axes)),
            ("Conv", "Transpose", _convolution(axes)),
            ("DepthwiseConv", "", _depthwise(axes)),
            ("SeparableConv", "", _separable(axes)),
            ("ConvLSTM", "", _convolution_lstm(axes)),
        )
    },
}
