"""Pictures, pairs and texts in plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def _image(name: str, side: int, channels: int) -> Any:
    return keras.Input((side, side, channels), name=name)


def _ids(name: str, length: int | None) -> Any:
    return keras.Input((length,), dtype="int32", name=name)


def _convolved(x: Any, *filters: int, each: int = 1, padding: str = "valid") -> Any:
    """Return blocks of convolutions, each with a pool of 2."""
    for width in filters:
        for _ in range(each):
            x = layers.Conv2D(width, 3, padding=padding, activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    return x


def _binary(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(x)


def siamese_distance() -> keras.Model:
    left, right, x = (_image(name, 28, 1) for name in ("left", "right", "x"))
    encoder = keras.Model(x, layers.Dense(32)(layers.Flatten()(_convolved(x, 16, 32))))
    squares = keras.ops.square(encoder(left) - encoder(right))
    total = keras.ops.sum(squares, axis=1, keepdims=True)
    distance = keras.ops.sqrt(keras.ops.maximum(total, 1e-7))
    return keras.Model([left, right], _binary(distance))


def vgg_towers() -> keras.Model:
    inputs = [_image("colour", 24, 3), _image("infrared", 24, 1)]
    towers = [
        layers.Dense(64, activation="relu")(
            layers.Flatten()(_convolved(x, 8, 16, 32, each=2, padding="same"))
        )
        for x in inputs
    ]
    hidden = layers.Dense(64, activation="relu")(layers.Concatenate()(towers))
    return keras.Model(inputs, _binary(hidden))


def film_reasoning() -> keras.Model:
    """Build the model of Perez 2018, equation 2, with scales around one."""
    question, picture = _ids("question", 8), _image("picture", 24, 3)
    asked = layers.GRU(32)(layers.Embedding(200, 32)(question))
    maps = _convolved(picture, 16, 16, padding="same")
    scale, shift = (layers.Reshape((1, 1, 16))(layers.Dense(16)(asked)) for _ in range(2))
    modulated = (1 + scale) * maps + shift
    read = layers.Flatten()(_convolved(modulated, 32, padding="same"))
    return keras.Model([question, picture], _binary(layers.Dense(64, activation="relu")(read)))


MODELS = {
    "siamese_distance": siamese_distance,
    "vgg_towers": vgg_towers,
    "film_reasoning": film_reasoning,
}
