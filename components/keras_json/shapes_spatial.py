"""Output shapes of layers that work on space or time: convolution, pooling, padding, resizing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from components.keras_json.calls import Full
from components.keras_json.shapes_operations import Rule
from components.keras_json.text import Config

Space = Sequence[int | None]
"""Sizes of the axes of space or time."""


def spatial(shape: Full, config: Config) -> tuple[Space, int | None]:
    """The axes of space or time of a shape, and its features."""
    if config.word("data_format", "channels_last") == "channels_first":
        return shape[2:], shape[1]
    return shape[1:-1], shape[-1]


def with_features(shape: Full, config: Config, space: Space, features: int | None) -> Full:
    if config.word("data_format", "channels_last") == "channels_first":
        return (shape[0], features, *space)
    return (shape[0], *space, features)


def _window_steps(size: int | None, kernel: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    if padding == "valid":
        return (size - kernel) // stride + 1
    return -(-size // stride)


def convolution(axes: int, transposed: bool = False, depthwise: bool = False) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        kernels = config.sizes("kernel_size", axes, None)
        strides, dilation = config.sizes("strides", axes), config.sizes("dilation_rate", axes)
        padding = config.word("padding", "valid")
        slide = _transposed_size if transposed else _window_steps
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
        return with_features(reads[0], config, new, out)

    return rule


def _transposed_size(size: int | None, kernel: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    if padding == "valid":
        return (size - 1) * stride + max(kernel, stride)
    return size * stride


def spatial_rule(axes: int, resize: Callable[[Config, Space], Space]) -> Rule:
    """The rule of a layer that changes the axes of space or time, and keeps the features."""

    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        space, features = spatial(reads[0], config)
        return with_features(reads[0], config, resize(config, space), features)

    return rule


def pooled(config: Config, space: Space) -> Space:
    pools = config.sizes("pool_size", len(space), 2)
    strides = config.sizes("strides", len(space)) if "strides" in config else pools
    padding = config.word("padding", "valid")
    return [_window_steps(s, p, t, padding) for s, p, t in zip(space, pools, strides, strict=True)]


def adaptively_pooled(config: Config, space: Space) -> Space:
    return config.sizes("output_size", len(space), None)


def padded(config: Config, space: Space) -> Space:
    pairs = config.pairs("padding", len(space))
    return [None if s is None else s + sum(p) for s, p in zip(space, pairs, strict=True)]


def cropped(config: Config, space: Space) -> Space:
    pairs = config.pairs("cropping", len(space))
    return [None if s is None else s - sum(p) for s, p in zip(space, pairs, strict=True)]


def up_sampled(config: Config, space: Space) -> Space:
    times = config.sizes("size", len(space), 2)
    return [None if s is None else s * t for s, t in zip(space, times, strict=True)]


def resized(config: Config, space: Space) -> Space:
    return config.whole("height", least=1), config.whole("width", least=1)


def global_pooling(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 2:
            return None
        features = spatial(reads[0], config)[1]
        if config.flag("keepdims"):
            return with_features(reads[0], config, (1,) * axes, features)
        return (reads[0][0], features)

    return rule


def convolution_lstm(axes: int) -> Rule:
    def rule(config: Config, reads: Sequence[Full]) -> Full | None:
        if len(reads[0]) != axes + 3:
            return None
        batch, steps, *frame = reads[0]
        shape = convolution(axes)(config, [(batch, *frame)])
        if shape is None or not config.flag("return_sequences"):
            return shape
        return (batch, steps, *shape[1:])

    return rule


LAYERS: Mapping[str, Rule] = {
    "CenterCrop": spatial_rule(2, resized),
    "Resizing": spatial_rule(2, resized),
    **{
        f"{kind}{axes}D{ending}": rule
        for axes in (1, 2, 3)
        for kind, ending, rule in (
            ("Conv", "", convolution(axes)),
            ("Conv", "Transpose", convolution(axes, transposed=True)),
            ("SeparableConv", "", convolution(axes)),
            ("DepthwiseConv", "", convolution(axes, depthwise=True)),
            ("ConvLSTM", "", convolution_lstm(axes)),
            ("MaxPooling", "", spatial_rule(axes, pooled)),
            ("AveragePooling", "", spatial_rule(axes, pooled)),
            ("AdaptiveMaxPooling", "", spatial_rule(axes, adaptively_pooled)),
            ("AdaptiveAveragePooling", "", spatial_rule(axes, adaptively_pooled)),
            ("GlobalMaxPooling", "", global_pooling(axes)),
            ("GlobalAveragePooling", "", global_pooling(axes)),
            ("ZeroPadding", "", spatial_rule(axes, padded)),
            ("Cropping", "", spatial_rule(axes, cropped)),
            ("UpSampling", "", spatial_rule(axes, up_sampled)),
        )
    },
}
