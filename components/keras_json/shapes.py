"""Output shapes of the layers of Keras, from their configuration and input shapes.

After `compute_output_shape` of each layer of Keras 3.15 (keras/src/layers). The first axis is the
batch. A rule returns `None` if it can't compute the shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from components.keras_json import shapes_operations, shapes_spatial, shapes_steps
from components.keras_json.calls import Full
from components.keras_json.shapes_operations import Rule
from components.keras_json.text import LARGEST, Config


def layer_shape(
    kind: str, config: Config, reads: Sequence[Full], operation: bool = False
) -> Full | None:
    """The output shape of a layer of Keras, or of an operation of `keras.ops`, if it is known.

    Raises `ModelFileError`.
    """
    rule = (shapes_operations.OPERATIONS if operation else LAYERS).get(kind)
    shape = rule(config, reads) if rule and reads else None
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
    cell = config.layer("cell")
    if cell is None or "units" not in cell[1]:
        return None
    units = {**config.values, "units": cell[1].values["units"]}
    return shapes_steps.recurrent(Config(config.name, units), reads)


def _bidirectional(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = _inner_shape(config, reads)
    if inner is None or config.word("merge_mode", "concat") != "concat":
        return inner
    return (*inner[:-1], None if inner[-1] is None else 2 * inner[-1])


def _time_distributed(config: Config, reads: Sequence[Full]) -> Full | None:
    batch, steps, *rest = (*reads[0], None, None)[: max(2, len(reads[0]))]
    inner = _inner_shape(config, [(batch, *rest)])
    return None if inner is None else (batch, steps, *inner[1:])


def _inner_shape(config: Config, reads: Sequence[Full]) -> Full | None:
    inner = config.layer("layer")
    return None if inner is None else layer_shape(*inner, reads)


_SAME_SHAPE = (
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization",
    "BatchNormalizationV1", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
    "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "Masking", "Normalization",
    "PReLU", "RMSNormalization", "RandomBrightness", "RandomColorJitter", "RandomContrast",
    "RandomFlip", "RandomGaussianBlur", "RandomHue", "RandomRotation", "RandomSaturation",
    "RandomShear", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Softmax",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SyncBatchNormalization",
    "ThresholdedReLU", "UnitNormalization", "GroupQueryAttention", "GroupedQueryAttention",
)  # fmt: skip
_MERGE_LAYERS = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
LAYERS: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME_SHAPE, shapes_operations.same_shape),
    **dict.fromkeys(_MERGE_LAYERS, shapes_operations.broadcast_inputs),
    **shapes_spatial.LAYERS,
    **shapes_steps.LAYERS,
    "Bidirectional": _bidirectional,
    "Concatenate": shapes_operations.concatenation,
    "Dense": _dense,
    "Dot": _dot,
    "Flatten": _flatten,
    "RNN": _rnn_cells,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "SpectralNormalization": _inner_shape,
    "TimeDistributed": _time_distributed,
}
