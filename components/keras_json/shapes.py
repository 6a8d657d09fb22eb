"""Output shapes of the layers of Keras, from their configuration and input shapes.

After `compute_output_shape` of each layer of Keras 3.15 (keras/src/layers). The first axis is the
batch. A rule returns `None` if it can't compute the shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from components.keras_json.calls import Full
from components.keras_json.shapes_operations import (
    OPERATIONS,
    Rule,
    broadcast_inputs,
    concatenation,
    same_shape,
)
from components.keras_json.shapes_spatial import (
    adaptively_pooled,
    convolution,
    convolution_lstm,
    cropped,
    global_pooling,
    padded,
    pooled,
    resized,
    spatial_rule,
    up_sampled,
)
from components.keras_json.shapes_steps import (
    attention,
    category_encoding,
    einsum_dense,
    embedding,
    multi_head_attention,
    recurrent,
)
from components.keras_json.text import LARGEST, Config


def layer_shape(kind: str, config: Config, reads: Sequence[Full]) -> Full | None:
    """The output shape of a layer of Keras, if it is known. Raises `ForeignError`."""
    rule = LAYERS.get(kind)
    return _valid_or_none(rule(config, reads)) if rule and reads else None


def operation_shape(kind: str, config: Config, reads: Sequence[Full]) -> Full | None:
    """The output shape of an operation of `keras.ops`, if it is known."""
    rule = OPERATIONS.get(kind)
    return _valid_or_none(rule(config, reads)) if rule and reads else None


def _valid_or_none(shape: Full | None) -> Full | None:
    """The shape, or `None` if no tensor can have it."""
    if shape is None or any(axis is not None and not 0 <= axis <= LARGEST for axis in shape):
        return None
    return shape


def _dense(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], config.whole("units", least=1)) if len(reads[0]) > 1 else None


def _flatten(config: Config, reads: Sequence[Full]) -> Full | None:
    return (reads[0][0], None if None in reads[0][1:] else _product(reads[0][1:]))


def _product(axes: Sequence[int | None]) -> int:
    return prod(axis for axis in axes if axis is not None)


def _reshape(config: Config, reads: Sequence[Full]) -> Full | None:
    target = config.axes("target_shape", ())
    return (reads[0][0], *_resolved_target(target, reads[0][1:]))


def _resolved_target(target: Sequence[int], source: Sequence[int | None]) -> Full:
    """A target shape with its -1 replaced, if all sizes of the source are known."""
    if -1 not in target or None in source:
        return tuple(None if axis == -1 else axis for axis in target)
    rest = prod(axis for axis in target if axis != -1)
    return tuple(_product(source) // max(rest, 1) if axis == -1 else axis for axis in target)


def _permute(config: Config, reads: Sequence[Full]) -> Full | None:
    axes = config.axes("dims", ())
    if sorted(axes) != list(range(1, len(reads[0]))):
        return None
    return (reads[0][0], *(reads[0][axis] for axis in axes))


def _repeat_vector(config: Config, reads: Sequence[Full]) -> Full | None:
    return (reads[0][0], config.whole("n"), *reads[0][1:]) if len(reads[0]) == 2 else None


def _dot(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads) != 2 or any(len(shape) < 2 for shape in reads):
        return None
    axes = config.axes("axes", -1)
    both = axes * 2 if len(axes) == 1 else axes[:2]
    positions = [axis % len(shape) for axis, shape in zip(both, reads, strict=True)]
    one, other = (
        [axis for position, axis in enumerate(shape) if position not in (0, gone)]
        for shape, gone in zip(reads, positions, strict=True)
    )
    return (reads[0][0], *one, *other) if one or other else (reads[0][0], 1)


def _rnn_cells(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = config.inner("cell")
    values = inner.get("config") if inner else None
    if not isinstance(values, Mapping) or "units" not in values:
        return None
    return recurrent(Config(config.name, {**config.values, "units": values["units"]}), reads)


def _bidirectional(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = _inner_shape(config, "layer", reads)
    if inner is None or config.word("merge_mode", "concat") != "concat":
        return inner
    return (*inner[:-1], None if inner[-1] is None else 2 * inner[-1])


def _time_distributed(config: Config, reads: Sequence[Full]) -> Full | None:
    batch, steps, *rest = (*reads[0], None, None)[: max(2, len(reads[0]))]
    inner = _inner_shape(config, "layer", [(batch, *rest)])
    return None if inner is None else (batch, steps, *inner[1:])


def _wrapper(config: Config, reads: Sequence[Full]) -> Full | None:
    return _inner_shape(config, "layer", reads)


def _inner_shape(config: Config, key: str, reads: Sequence[Full]) -> Full | None:
    inner = config.inner(key)
    if inner is None or not isinstance(inner.get("config"), Mapping):
        return None
    return layer_shape(str(inner.get("class_name")), Config(config.name, inner["config"]), reads)


_SAME_SHAPE = (
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization",
    "BatchNormalizationV1", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
    "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "Masking", "Normalization",
    "PReLU", "RMSNormalization", "RandomBrightness", "RandomColorJitter", "RandomContrast",
    "RandomFlip", "RandomGaussianBlur", "RandomHue", "RandomRotation", "RandomSaturation",
    "RandomShear", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Softmax",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SyncBatchNormalization",
    "ThresholdedReLU", "UnitNormalization",
)  # fmt: skip
_MERGE_LAYERS = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
LAYERS: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME_SHAPE, same_shape),
    **dict.fromkeys(_MERGE_LAYERS, broadcast_inputs),
    "AdditiveAttention": attention,
    "Attention": attention,
    "Bidirectional": _bidirectional,
    "CategoryEncoding": category_encoding,
    "CenterCrop": spatial_rule(2, resized),
    "Concatenate": concatenation,
    "Dense": _dense,
    "Dot": _dot,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "Flatten": _flatten,
    "GRU": recurrent,
    "CuDNNGRU": recurrent,
    "CuDNNLSTM": recurrent,
    "LSTM": recurrent,
    "SimpleRNN": recurrent,
    "RNN": _rnn_cells,
    "GroupQueryAttention": same_shape,
    "GroupedQueryAttention": same_shape,
    "MultiHeadAttention": multi_head_attention,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "Resizing": spatial_rule(2, resized),
    "SpectralNormalization": _wrapper,
    "TimeDistributed": _time_distributed,
    **{
        f"{kind}{axes}D": rule
        for axes in (1, 2, 3)
        for kind, rule in {
            "Conv": convolution(axes),
            "SeparableConv": convolution(axes),
            "DepthwiseConv": convolution(axes, depthwise=True),
            "ConvLSTM": convolution_lstm(axes),
            "MaxPooling": spatial_rule(axes, pooled),
            "AveragePooling": spatial_rule(axes, pooled),
            "AdaptiveMaxPooling": spatial_rule(axes, adaptively_pooled),
            "AdaptiveAveragePooling": spatial_rule(axes, adaptively_pooled),
            "GlobalMaxPooling": global_pooling(axes),
            "GlobalAveragePooling": global_pooling(axes),
            "ZeroPadding": spatial_rule(axes, padded),
            "Cropping": spatial_rule(axes, cropped),
            "UpSampling": spatial_rule(axes, up_sampled),
        }.items()
    },
    **{f"Conv{axes}DTranspose": convolution(axes, transposed=True) for axes in (1, 2, 3)},
}
