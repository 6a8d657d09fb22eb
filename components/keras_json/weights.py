"""Numbers of weights of the layers of Keras, from their configuration and input shapes.

After `build` of each layer of Keras 3.15 (keras/src/layers); trainable or not, as `count_params()`
counts them. The first axis is the batch. A formula returns `None` if it can't compute the number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from components.keras_json import weights_attention
from components.keras_json.calls import Full
from components.keras_json.shapes_spatial import spatial
from components.keras_json.text import Config
from components.keras_json.weights_attention import Formula, bias


def count(kind: str, config: Config, reads: Sequence[Full]) -> int | None:
    """The number of weights of a layer of Keras, if it is known. Raises `ModelFileError`."""
    if kind in WITHOUT_WEIGHTS:
        return 0
    formula = FORMULAS.get(kind)
    if formula is None or not reads or not reads[0]:
        return None
    if "quantization_config" in config or "lora_rank" in config:
        return None
    return formula(config, reads)


def knows(kind: str) -> bool:
    """Whether there is a formula for such layers."""
    return kind in WITHOUT_WEIGHTS or kind in FORMULAS


def _dense(config: Config, reads: Sequence[Full]) -> int | None:
    width, units = reads[0][-1], config.whole("units", least=1)
    return None if width is None else width * units + bias(config, units)


def _spatial(axes: int, weigh: Callable[[Config, int, int], int], behind: int = 1) -> Formula:
    """A formula by the kernel's size and the number of features.

    `behind` is the number of axes before those of space: the batch, and steps if there are any.
    """

    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        kernel = prod(config.sizes("kernel_size", axes, None))
        frame = (*reads[0][:1], *reads[0][behind:])
        features = spatial(frame, config)[1] if len(reads[0]) == axes + 1 + behind else None
        return None if features is None else weigh(config, kernel, features)

    return formula


def _convolution(config: Config, kernel: int, features: int) -> int:
    filters, groups = config.whole("filters", least=1), config.whole("groups", 1, 1)
    return kernel * (features // groups) * filters + bias(config, filters)


def _depthwise(config: Config, kernel: int, features: int) -> int:
    between = features * config.whole("depth_multiplier", 1)
    return kernel * between + bias(config, between)


def _separable(config: Config, kernel: int, features: int) -> int:
    between = features * config.whole("depth_multiplier", 1)
    filters = config.whole("filters", least=1)
    return (kernel + filters) * between + bias(config, filters)


def _convolution_lstm(config: Config, kernel: int, features: int) -> int:
    filters = config.whole("filters", least=1)
    return 4 * (kernel * filters * (features + filters) + bias(config, filters))


def _axes_size(config: Config, shape: Full) -> int | None:
    """The size of the axes that a normalisation names."""
    sizes = []
    for axis in config.axes("axis", -1):
        if not -len(shape) <= axis < len(shape):
            return None
        sizes.append(shape[axis])
    whole = [size for size in sizes if size is not None]
    return prod(whole) if len(whole) == len(sizes) else None


def _scale_and_center(config: Config) -> int:
    return config.flag("scale", True) + config.flag("center", True)


def _normalized(weigh: Callable[[Config], int]) -> Formula:
    """A formula by the number of weights for each entry along the normalised axes."""

    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        width = _axes_size(config, reads[0])
        return None if width is None or config.flag("renorm") else width * weigh(config)

    return formula


def _normalization(config: Config, reads: Sequence[Full]) -> int | None:
    """Mean, variance and a count, if they are learned from data."""
    if "mean" in config or "input_mean" in config:
        return 0
    if "axis" not in config:
        return 3
    width = _axes_size(config, reads[0])
    return None if width is None else 2 * width + 1


def _prelu(config: Config, reads: Sequence[Full]) -> int | None:
    shared = set(config.axes("shared_axes", ()))
    sizes = [axis for position, axis in enumerate(reads[0]) if position and position not in shared]
    return None if None in sizes else prod(size for size in sizes if size is not None)


def _embedding(config: Config, reads: Sequence[Full]) -> int | None:
    return config.whole("input_dim") * config.whole("output_dim")


def _recurrent(gates: int, default: bool = False) -> Formula:
    def formula(config: Config, reads: Sequence[Full]) -> int | None:
        width, units = reads[0][-1], config.whole("units", least=1)
        if width is None:
            return None
        biases = 2 if default and config.flag("reset_after", True) else 1
        return gates * (units * (width + units) + biases * bias(config, units))

    return formula


def _rnn_cells(config: Config, reads: Sequence[Full]) -> int | None:
    kind, inner = config.layer("cell") or ("", config)
    kind = kind.removesuffix("Cell")
    return count(kind, inner, reads) if kind in ("LSTM", "GRU", "SimpleRNN") else None


def _bidirectional(config: Config, reads: Sequence[Full]) -> int | None:
    one = _inner_count(config, reads)
    return None if one is None else 2 * one


def _time_distributed(config: Config, reads: Sequence[Full]) -> int | None:
    return _inner_count(config, [(reads[0][0], *reads[0][2:])])


def _inner_count(config: Config, reads: Sequence[Full]) -> int | None:
    inner = config.layer("layer")
    return None if inner is None else count(*inner, reads)


def _spectral(config: Config, reads: Sequence[Full]) -> int | None:
    """The weights of the layer and one vector as wide as its kernel."""
    kind, inner = config.layer("layer") or ("", config)
    own = _inner_count(config, reads)
    if own is None or kind not in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
        return None
    return own + inner.whole("units" if "units" in inner else "filters")


WITHOUT_WEIGHTS = frozenset((
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
"""Layers that never have weights."""

_BATCH_NORMALIZATION = _normalized(lambda config: _scale_and_center(config) + 2)
FORMULAS: Mapping[str, Formula] = {
    **weights_attention.FORMULAS,
    "BatchNormalization": _BATCH_NORMALIZATION,
    "BatchNormalizationV1": _BATCH_NORMALIZATION,
    "Bidirectional": _bidirectional,
    "Dense": _dense,
    "Embedding": _embedding,
    "GRU": _recurrent(3, default=True),
    "GroupNormalization": _normalized(_scale_and_center),
    "LSTM": _recurrent(4),
    "LayerNormalization": _normalized(
        lambda config: 1 if config.flag("rms_scaling") else _scale_and_center(config)
    ),
    "Normalization": _normalization,
    "PReLU": _prelu,
    "RMSNormalization": _normalized(lambda config: 1),
    "RNN": _rnn_cells,
    "SimpleRNN": _recurrent(1),
    "SpectralNormalization": _spectral,
    "SyncBatchNormalization": _BATCH_NORMALIZATION,
    "TimeDistributed": _time_distributed,
    **{
        f"{kind}{axes}D{ending}": formula
        for axes in (1, 2, 3)
        for kind, ending, formula in (
            ("Conv", "", _spatial(axes, _convolution)),
            ("Conv", "Transpose", _spatial(axes, _convolution)),
            ("DepthwiseConv", "", _spatial(axes, _depthwise)),
            ("SeparableConv", "", _spatial(axes, _separable)),
            ("ConvLSTM", "", _spatial(axes, _convolution_lstm, behind=2)),
        )
    },
}
