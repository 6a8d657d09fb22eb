"""Streams and sensors in plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tests.gallery.plain_pictures import transformer_block


def _binary(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(x)


def sensor_timeseries_anomaly() -> keras.Model:
    sensors = [keras.Input((1,), name=n) for n in ("temperature", "pressure", "vibration")]
    series = keras.Input((20, 5), name="series")
    read = layers.Dense(64, activation="relu")(layers.LSTM(64)(series))
    joined = layers.Concatenate()([layers.Average()(sensors), read])
    return keras.Model([*sensors, series], _binary(joined))


def _convolved(x: Any, filters: int) -> Any:
    """Two blocks of a convolution and a pool of 2."""
    for _ in range(2):
        x = layers.Conv1D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling1D(2)(x)
    return x


def _three() -> tuple[list[Any], list[Any]]:
    """Language, face and voice, and the features of each."""
    shapes = {"language": (16, 50), "face": (16, 8), "voice": (16, 6)}
    inputs = [keras.Input(shape, name=name) for name, shape in shapes.items()]
    language = layers.Dense(16, activation="relu")(layers.LSTM(32)(inputs[0]))
    pooled = [layers.GlobalAveragePooling1D()(_convolved(x, 16)) for x in inputs[1:]]
    others = [layers.Dense(8, activation="relu")(x) for x in pooled]
    return inputs, [language, *others]


def tensor_fusion_sentiment() -> keras.Model:
    """Zadeh 2017, section 4.2."""
    inputs, features = _three()
    one, two, three = (layers.Concatenate()([ops.ones_like(x[:, :1]), x]) for x in features)
    products = ops.einsum("bi,bj->bij", one, two)
    products = ops.einsum("bij,bk->bijk", products, three)
    hidden = layers.Flatten()(products)
    for units in (64, 32):
        hidden = layers.Dense(units, activation="relu")(hidden)
    return keras.Model(inputs, _binary(hidden))


class LowRank(layers.Layer):  # type: ignore[misc]
    """sum_r w_r prod_m (F_m^r [1; h_m]) + b: Liu 2018, equation 7."""

    def __init__(self, units: int, rank: int) -> None:
        super().__init__()
        self.units, self.rank = units, rank

    def build(self, shapes: Any) -> None:
        size = self.rank * self.units
        self.factors = [self.add_weight((shape[-1], size)) for shape in shapes]
        self.ones = [self.add_weight((size,)) for _ in shapes]
        self.w = self.add_weight((self.rank,))
        self.b = self.add_weight((self.units,))

    def call(self, xs: Any) -> Any:
        product: Any = 1
        for x, factor, one in zip(xs, self.factors, self.ones, strict=True):
            product = product * (ops.matmul(x, factor) + one)
        product = ops.reshape(product, (-1, self.units, self.rank))
        return ops.einsum("bkr,r->bk", product, self.w) + self.b

    def compute_output_shape(self, shapes: Any) -> Any:
        return (None, self.units)


def low_rank_sentiment() -> keras.Model:
    inputs, features = _three()
    return keras.Model(inputs, _binary(LowRank(32, 4)(features)))


def crossmodal_transformer() -> keras.Model:
    """Tsai 2019, equations 1 and 5, of one layer."""
    shapes = {"language": (12, 50), "face": (16, 8), "voice": (20, 6)}
    inputs = [keras.Input(shape, name=name) for name, shape in shapes.items()]
    streams = [layers.Dense(24)(layers.Conv1D(24, 3, padding="same")(x)) for x in inputs]
    answers = [
        layers.GlobalAveragePooling1D()(asks + layers.MultiHeadAttention(4, 6)(asks, read))
        for m, asks in enumerate(streams)
        for n, read in enumerate(streams)
        if m != n
    ]
    hidden = layers.Dense(32, activation="relu")(layers.Concatenate()(answers))
    return keras.Model(inputs, _binary(hidden))


class Learned(layers.Layer):  # type: ignore[misc]
    """Learned vectors, the same for each sample: (count, width)."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.count, self.width = count, width

    def build(self, shape: Any) -> None:
        self.rows = self.add_weight((1, self.count * self.width))

    def call(self, x: Any) -> Any:
        rows = ops.reshape(self.rows, (1, self.count, self.width))
        return ops.repeat(rows, ops.shape(x)[0], axis=0)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], self.count, self.width)


class Placed(layers.Layer):  # type: ignore[misc]
    """Each step plus a learned vector for its position."""

    def build(self, shape: Any) -> None:
        self.rows = self.add_weight(shape[1:])

    def call(self, x: Any) -> Any:
        return x + self.rows


def _patched(x: Any, patch: int) -> Any:
    """Dosovitskiy 2021, equations 1 to 4, with one block."""
    made = layers.Conv2D(32, patch, strides=patch)(x)
    steps = made.shape[1] * made.shape[2]
    made = layers.Reshape((steps, 32))(made)
    return layers.LayerNormalization()(transformer_block(Placed()(made), 32, 4, 2))


def _post_norm(x: Any, read: Any, feed: int) -> Any:
    """Vaswani 2017, section 3.1."""
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 8)(x, read))
    hidden = layers.Dense(feed, activation="relu")(x)
    return layers.LayerNormalization()(x + layers.Dense(32)(hidden))


def bottleneck_transformer() -> keras.Model:
    """Nagrani 2021, equations 8 and 9."""
    sound = keras.Input((32, 16, 1), name="sound")
    picture = keras.Input((32, 32, 3), name="picture")
    streams = [layers.Dense(32)(_patched(x, 8)) for x in (sound, picture)]
    shared = Learned(4, 32)(streams[0])
    rows = [layers.Concatenate(axis=1)([shared, x]) for x in streams]
    rows = [_post_norm(row, row, 64) for row in rows]
    shared = layers.Average()([row[:, :4] for row in rows])
    streams = [row[:, 4:] for row in rows]
    ends = [_post_norm(x, layers.Concatenate(axis=1)([shared, x]), 64) for x in streams]
    joined = layers.Concatenate()([layers.GlobalAveragePooling1D()(x) for x in ends])
    return keras.Model([sound, picture], _binary(joined))


def perceiver_fusion() -> keras.Model:
    """Jaegle 2021, section 3.1: it reads once, then two blocks among the latents."""
    picture, sound = keras.Input((32, 32, 3), name="picture"), keras.Input((32, 4), name="sound")
    heard = layers.Dense(32)(sound)
    heard = layers.LayerNormalization()(transformer_block(heard, 32, 4, 2))
    streams = [layers.Dense(32)(x) for x in (_patched(picture, 8), heard)]
    row = layers.Concatenate(axis=1)(streams)
    latents = _post_norm(Learned(8, 32)(row), row, 64)
    for _ in range(2):
        latents = _post_norm(latents, latents, 64)
    return keras.Model([picture, sound], _binary(layers.GlobalAveragePooling1D()(latents)))


def activity_sensors() -> keras.Model:
    inputs = [keras.Input((40, 3), name=name) for name in ("accelerometer", "gyroscope")]
    joined = layers.Concatenate()([_convolved(x, 32) for x in inputs])
    hidden = layers.GRU(32)(layers.GRU(32, return_sequences=True)(joined))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(hidden))


def gesture_streams() -> keras.Model:
    """Joze 2020, equations 1 to 4."""
    inputs = [keras.Input((24, 24, 3), name="colour"), keras.Input((24, 24, 1), name="depth")]
    maps = []
    for x in inputs:
        for filters in (16, 32, 32):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
            x = layers.MaxPooling2D(2)(x)
        maps.append(x)
    squeezed = layers.Concatenate()([layers.GlobalAveragePooling2D()(x) for x in maps])
    joint = layers.Dense(64 // 4, activation="relu")(squeezed)
    excited = [
        x * (2 * layers.Reshape((1, 1, 32))(layers.Dense(32, activation="sigmoid")(joint)))
        for x in maps
    ]
    pooled = layers.Concatenate()([layers.GlobalAveragePooling2D()(x) for x in excited])
    hidden = layers.Dense(32, activation="relu")(pooled)
    return keras.Model(inputs, _binary(hidden))


MODELS = {
    "sensor_timeseries_anomaly": sensor_timeseries_anomaly,
    "tensor_fusion_sentiment": tensor_fusion_sentiment,
    "low_rank_sentiment": low_rank_sentiment,
    "crossmodal_transformer": crossmodal_transformer,
    "bottleneck_transformer": bottleneck_transformer,
    "perceiver_fusion": perceiver_fusion,
    "activity_sensors": activity_sensors,
    "gesture_streams": gesture_streams,
}
