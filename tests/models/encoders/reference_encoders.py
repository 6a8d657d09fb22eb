"""Formulas of encoders in NumPy alone: from the encoder, its input and its weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.models.encoders.cases import Array, EncoderReference, Weights
from tests.models.merges.numerics import attention, dense, layer_norm, relu, sigmoid


def _stack(encoder: Any, x: Array, w: Weights, first: int) -> Array:
    for i in range(first, encoder.depth + 1):
        x = _normalized(encoder, dense(x, w[f"dense_{i}"]), w, i)
        last = getattr(encoder, "last_activation", "same")
        x = np.tanh(x) if i == encoder.depth > 1 and last == "tanh" else relu(x)
    return x


def _cross_network(encoder: Any, x: Array, w: Weights) -> Array:
    """Compute Wang 2017, equation 3, and Wang 2021, equation 1; x0 is the features themselves."""
    first = x
    for i in range(1, encoder.depth + 1):
        crossed = dense(x, w[f"cross_{i}"])
        bias = w[f"bias_{i}"][0][0] if encoder.weights == "vector" else 0
        x = first * crossed + bias + x
    return x


def _normalized(encoder: Any, x: Array, w: Weights, i: int) -> Array:
    if encoder.normalization == "none":
        return x
    if encoder.normalization == "layer":
        return layer_norm(x, w[f"normalization_{i}"])
    gamma, beta, mean, variance = w[f"normalization_{i}"]
    return np.asarray((x - mean) / np.sqrt(variance + 1e-3) * gamma + beta)


def _dense(encoder: Any, x: Array, w: Weights) -> Array:
    return _stack(encoder, x, w, 1)


def _flatten_dense(encoder: Any, x: Array, w: Weights) -> Array:
    return _stack(encoder, x.reshape(len(x), -1), w, 1)


def _residual_dense(encoder: Any, x: Array, w: Weights) -> Array:
    x = dense(x, w["entry"]) if "entry" in w else x
    for i in range(1, encoder.depth + 1):
        made = _normalized(encoder, x, w, i)
        x = x + dense(relu(dense(made, w[f"dense_{i}a"])), w[f"dense_{i}b"])
    return x


def _gated_dense(encoder: Any, x: Array, w: Weights) -> Array:
    for i in range(1, encoder.depth + 1):
        gate = sigmoid(dense(x, w[f"gate_{i}"]))
        if encoder.gates == "inputs":
            x = relu(dense(x * gate, w[f"dense_{i}"]))
        else:
            x = dense(x, w[f"dense_{i}"]) * gate
    return x


def _mean(encoder: Any, x: Array, w: Weights) -> Array:
    return np.asarray(x.mean(axis=1, keepdims=True))


def _one_hot(encoder: Any, x: Array, w: Weights) -> Array:
    return _stack(encoder, np.eye(7)[x[:, 0]], w, 2)


def _embedding(encoder: Any, x: Array, w: Weights) -> Array:
    (table,) = w["embedding"]
    seen = table[x]
    if x.shape[1] == 1:
        return _stack(encoder, seen[:, 0], w, 2)
    return _stack(encoder, _read(encoder.pooling, seen), w, 2)


def _pooling(encoder: Any, x: Array, w: Weights) -> Array:
    how = ["average", "max"] if encoder.pooling == "both" else [encoder.pooling]
    return _stack(encoder, np.concatenate([_read(one, x) for one in how], axis=-1), w, 2)


def _statistics(encoder: Any, x: Array, w: Weights) -> Array:
    parts = [x.mean(axis=1)]
    if encoder.spread:
        parts.append(x.std(axis=1))
    if encoder.extremes:
        parts += [x.min(axis=1), x.max(axis=1)]
    if encoder.ends:
        parts += [x[:, 0], x[:, -1]]
    if encoder.trend:
        time = np.arange(x.shape[1]) - (x.shape[1] - 1) / 2
        spread = max(time.std(), math.sqrt(1e-7))
        parts.append((x * time[:, None]).mean(axis=1) / spread)
    return _stack(encoder, np.concatenate(parts, axis=-1), w, 2)


def _tcn(encoder: Any, x: Array, w: Weights) -> Array:
    x = w["embedding"][0][x] if x.ndim == 2 else x
    for i in range(1, encoder.depth + 1):
        made = relu(_causal(x, w[f"conv1d_{i}a"], 2 ** (i - 1)))
        made = relu(_causal(made, w[f"conv1d_{i}b"], 2 ** (i - 1)))
        short = _causal(x, w[f"shortcut_{i}"], 1) if f"shortcut_{i}" in w else x
        x = relu(made + short)
    return x[:, -1] if encoder.readout == "last" else _read(encoder.readout, x)


def _causal(x: Array, weights: list[Array], dilation: int) -> Array:
    kernel, bias = weights
    out = np.zeros((*x.shape[:2], kernel.shape[2])) + bias
    for tap in range(len(kernel)):
        back = dilation * (len(kernel) - 1 - tap)
        out[:, back:] += x[:, : x.shape[1] - back] @ kernel[tap] if back < x.shape[1] else 0
    return out


def _transformer(encoder: Any, x: Array, w: Weights) -> Array:
    width = encoder.units
    if x.ndim == 2:
        x = w["embedding"][0][x]
        if encoder.positions == "sinusoidal":
            x = x * math.sqrt(width)
    elif "entry" in w:
        x = dense(x, w["entry"])
    if encoder.positions == "sinusoidal":
        x = x + _waves(x.shape[1], width)
    if encoder.positions == "learned":
        x = x + w["positions"][0][: x.shape[1]]
    return _read(encoder.readout, _blocks(encoder, x, w))


def _waves(steps: int, width: int) -> Array:
    """Compute Vaswani 2017, section 3.5, one number at a time."""
    waves = np.zeros((steps, width))
    for step in range(steps):
        for place in range(width):
            angle = step / 10000 ** (2 * (place // 2) / width)
            waves[step, place] = math.cos(angle) if place % 2 else math.sin(angle)
    return waves


def _blocks(encoder: Any, x: Array, w: Weights) -> Array:
    for i in range(1, encoder.depth + 1):
        normal = layer_norm(x, w[f"attention_normalization_{i}"])
        x = x + attention(normal, normal, w[f"attention_{i}"])
        normal = layer_norm(x, w[f"feed_normalization_{i}"])
        x = x + dense(relu(dense(normal, w[f"feed_{i}"])), w[f"feed_back_{i}"])
    return layer_norm(x, w["normalization"])


def _read(how: str, x: Array) -> Array:
    """Return a sequence or a map by its readout."""
    between = tuple(range(1, x.ndim - 1))
    if how == "average":
        return np.asarray(x.mean(axis=between))
    if how == "max":
        return np.asarray(x.max(axis=between))
    return x.reshape(len(x), -1) if how == "flatten" else x


def _vit(encoder: Any, x: Array, w: Weights) -> Array:
    side, (kernel, bias) = encoder.patch, w["patches"]
    rows, columns = x.shape[1] // side, x.shape[2] // side
    steps = [
        x[:, r * side : (r + 1) * side, c * side : (c + 1) * side].reshape(len(x), -1)
        for r in range(rows)
        for c in range(columns)
    ]
    made = np.stack(steps, axis=1) @ kernel.reshape(-1, encoder.units) + bias
    if encoder.positions == "learned":
        made = made + w["positions"][0]
    made = _read(encoder.readout, _blocks(encoder, made, w))
    return made.reshape(len(x), rows, columns, -1) if encoder.readout == "map" else made


def _residual2d(encoder: Any, x: Array, w: Weights) -> Array:
    step = 2 if encoder.shrink == "stride" else 1
    for i in range(1, encoder.depth + 1):
        made = relu(_convolved(x, w[f"conv2d_{i}a"], step))
        made = _convolved(made, w[f"conv2d_{i}b"], 1)
        short = _convolved(x, w[f"shortcut_{i}"], step) if f"shortcut_{i}" in w else x
        x = relu(made + short)
        x = _halved(x) if encoder.shrink == "pool" else x
    return _read(encoder.readout, x)


def _separable2d(encoder: Any, x: Array, w: Weights) -> Array:
    step = 2 if encoder.shrink == "stride" else 1
    for i in range(1, encoder.depth + 1):
        depthwise, pointwise, bias = w[f"separable_conv2d_{i}"]
        each = [
            _convolved(x[..., c : c + 1], [depthwise[:, :, c : c + 1], np.zeros(1)], step)
            for c in range(x.shape[-1])
        ]
        x = relu(np.concatenate(each, axis=-1) @ pointwise[0, 0] + bias)
        x = _halved(x) if encoder.shrink == "pool" else x
    return _read(encoder.readout, x)


def _convolved(x: Array, weights: list[Array], step: int) -> Array:
    """Pad like TensorFlow's `same`: an odd zero comes last."""
    kernel, bias = weights
    size = kernel.shape[0]
    out = [-(-side // step) for side in x.shape[1:3]]
    pads = [max(0, (o - 1) * step + size - side) for o, side in zip(out, x.shape[1:3], strict=True)]
    x = np.pad(x, [(0, 0), *((p // 2, p - p // 2) for p in pads), (0, 0)])
    made = np.zeros((len(x), *out, kernel.shape[3])) + bias
    for r in range(size):
        for c in range(size):
            seen = x[:, r : r + out[0] * step : step, c : c + out[1] * step : step]
            made += seen[:, : out[0], : out[1]] @ kernel[r, c]
    return made


def _halved(x: Array) -> Array:
    rows, columns = x.shape[1:3]
    x = np.pad(x, [(0, 0), (0, rows % 2), (0, columns % 2), (0, 0)], constant_values=-np.inf)
    return np.asarray(
        x.reshape(len(x), -(-rows // 2), 2, -(-columns // 2), 2, x.shape[-1]).max(axis=(2, 4))
    )


REFERENCES: dict[str, EncoderReference] = {
    "cross_network": EncoderReference(
        [
            ("vector", {"depth": 3}, 3 * (5 + 5)),
            ("vector", {"depth": 2, "weights": "matrix"}, 2 * (25 + 5)),
        ],
        _cross_network,
    ),
    "bidirectional": EncoderReference(
        [
            ("timeseries", {"units": 4}, 2 * 128),
            ("timeseries", {"units": 4, "depth": 2}, 256 + 2 * 4 * 52),
            (
                "timeseries",
                {"units": 4, "depth": 2, "cell": "gru", "merge_mode": "sum"},
                2 * 108 + 2 * 3 * (4 * (4 + 4) + 2 * 4),
            ),
        ]
    ),
    "conv1d": EncoderReference(
        [
            ("timeseries", {"filters": 4, "kernel_size": 2}, 2 * 3 * 4 + 4),
            (
                "timeseries",
                {"filters": [4, 2], "kernel_size": 2, "depth": 2, "convolutions": 2},
                (24 + 4) + (32 + 4) + (16 + 2) + (8 + 2),
            ),
        ]
    ),
    "conv2d": EncoderReference(
        [
            ("image", {"filters": 4, "kernel_size": 2, "projection": 0}, 32 + 4),
            (
                "image",
                {
                    "filters": [4, 6],
                    "kernel_size": 2,
                    "padding": "same",
                    "projection": 0,
                    "depth": 2,
                    "convolutions": 2,
                },
                (32 + 4) + (64 + 4) + (96 + 6) + (144 + 6),
            ),
        ]
    ),
    "dense": EncoderReference(
        [
            ("vector", {"units": 4, "depth": 2}, 5 * 4 + 4 + 4 * 4 + 4),
            ("vector", {"units": [4, 3, 2], "depth": 3}, 24 + 15 + 8),
            ("vector", {"units": 4, "normalization": "batch"}, 5 * 4 + 4 + 4 * 4),
            ("vector", {"units": 4, "normalization": "layer"}, 5 * 4 + 4 + 2 * 4),
        ],
        _dense,
    ),
    "embedding": EncoderReference(
        [
            ("categorical", {"units": 4}, 7 * 4),
            ("categorical", {"units": [4, 3], "depth": 2}, 7 * 4 + 15),
            ("tokens", {"units": 4, "depth": 2}, 11 * 4 + 20),
        ],
        _embedding,
    ),
    "flatten_dense": EncoderReference([("image", {"units": 4}, 240 * 4 + 4)], _flatten_dense),
    "gated_dense": EncoderReference(
        [
            ("vector", {"units": 4}, 30 + 24),
            ("vector", {"units": 4, "gates": "outputs"}, 24 + 24),
            ("vector", {"units": [4, 3], "depth": 2}, 30 + 24 + 20 + 15),
        ],
        _gated_dense,
    ),
    "gru": EncoderReference([("timeseries", {"units": 4}, 3 * (4 * (3 + 4) + 2 * 4))]),
    "lstm": EncoderReference(
        [
            ("timeseries", {"units": 4}, 4 * (4 * (3 + 4) + 4)),
            ("timeseries", {"units": [4, 2], "depth": 2}, 128 + 4 * (2 * (4 + 2) + 2)),
        ]
    ),
    "mean": EncoderReference([("vector", {}, 0)], _mean),
    "one_hot": EncoderReference(
        [("categorical", {}, 0), ("categorical", {"units": 4, "depth": 2}, 7 * 4 + 4)], _one_hot
    ),
    "passthrough": EncoderReference([("vector", {}, 0)]),
    "pooling": EncoderReference(
        [
            ("timeseries", {}, 0),
            ("timeseries", {"pooling": "both", "depth": 2, "units": 4}, 6 * 4 + 4),
        ],
        _pooling,
    ),
    "residual2d": EncoderReference(
        [
            ("image", {"filters": 4, "kernel_size": 2, "depth": 2}, 36 + 68 + 12 + 68 + 68 + 20),
            (
                "image",
                {"filters": 4, "kernel_size": 2, "depth": 2, "shrink": "none"},
                36 + 68 + 12 + 68 + 68,
            ),
        ],
        _residual2d,
    ),
    "residual_dense": EncoderReference(
        [("vector", {"units": 4, "depth": 2}, 24 + 2 * 2 * 20), ("vector", {"units": 5}, 2 * 30)],
        _residual_dense,
    ),
    "separable2d": EncoderReference(
        [
            ("image", {"filters": 4, "kernel_size": 2, "depth": 2}, (8 + 8 + 4) + (16 + 16 + 4)),
            ("image", {"filters": 4, "kernel_size": 2, "depth_multiplier": 2}, 16 + 16 + 4),
        ],
        _separable2d,
    ),
    "statistics": EncoderReference(
        [
            ("timeseries", {}, 0),
            ("timeseries", {"depth": 2, "units": 4}, 12 * 4 + 4),
            ("timeseries", {"depth": 3, "units": [4, 2]}, 12 * 4 + 4 + 10),
        ],
        _statistics,
    ),
    "tcn": EncoderReference(
        [("timeseries", {"filters": 4, "kernel_size": 2, "depth": 2}, 28 + 36 + 16 + 36 + 36)], _tcn
    ),
    "transformer": EncoderReference(
        [
            ("timeseries", {"units": 4, "heads": 2, "feed_forward": 2}, 16 + 180),
            (
                "timeseries",
                {"units": 4, "heads": 2, "feed_forward": 2, "positions": "learned"},
                16 + 180 + 6 * 4,
            ),
            ("tokens", {"units": 4, "heads": 2, "feed_forward": 2}, 44 + 180),
        ],
        _transformer,
    ),
    "vit": EncoderReference(
        [("image", {"units": 4, "heads": 2, "feed_forward": 2, "patch": 2}, 36 + 30 * 4 + 180)],
        _vit,
    ),
}
"""Transformers: one block has 3 · 8 weights for norms, 4 · 20 for attention, 40 + 36 after it."""
