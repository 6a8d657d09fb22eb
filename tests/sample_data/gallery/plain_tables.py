"""Recommendation and tables in plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def _id(name: str) -> Any:
    return keras.Input((1,), dtype="int32", name=name)


def _embed(x: Any, ids: int, width: int) -> Any:
    return layers.Flatten()(layers.Embedding(ids, width)(x))


def _stack(x: Any, *units: int, last: str = "relu") -> Any:
    for number, width in enumerate(units, start=1):
        activation = last if number == len(units) else "relu"
        x = layers.Dense(width, activation=activation)(x)
    return x


def two_tower() -> keras.Model:
    user, film = _id("user"), _id("film")
    watched = keras.Input((8,), dtype="int32", name="watched")
    plot = keras.Input((12, 16), name="plot")
    history = layers.GlobalAveragePooling1D()(layers.Embedding(64, 16)(watched))
    person = layers.Concatenate()([_embed(user, 64, 16), history])
    item = layers.Concatenate()([_embed(film, 64, 16), layers.GlobalAveragePooling1D()(plot)])
    towers = [_stack(x, 32, 16, last="linear") for x in (person, item)]
    cosine = layers.Dot(axes=1, normalize=True)(towers)
    return keras.Model([user, watched, film, plot], layers.Dense(1, activation="sigmoid")(cosine))


def neumf() -> keras.Model:
    """Build the model of He 2017, figure 3, with the sizes of MovieLens-1M."""
    user, film = _id("user"), _id("film")
    factors = layers.Multiply()([_embed(user, 6040, 8), _embed(film, 3706, 8)])
    tower = layers.Concatenate()([_embed(user, 6040, 32), _embed(film, 3706, 32)])
    joined = layers.Concatenate()([factors, _stack(tower, 32, 16, 8)])
    return keras.Model([user, film], layers.Dense(1, activation="sigmoid")(joined))


def deep_fm() -> keras.Model:
    """Build the model of Guo 2017, equations 1 to 4: the sum of first order, all pairs and a dense
    stack.
    """
    sizes = {"user": 64, "film": 64, "genre": 16}
    inputs = {name: _id(name) for name in sizes}
    vectors = [_embed(x, sizes[name], 8) for name, x in inputs.items()]
    first_order = [_embed(x, sizes[name], 1) for name, x in inputs.items()]
    pairs = [
        layers.Dot(axes=1)([vectors[i], vectors[j]]) for i in range(3) for j in range(i + 1, 3)
    ]
    deep = _stack(layers.Concatenate()(vectors), 32, 16, 1, last="linear")
    total = layers.Add()([layers.Add()([*first_order, *pairs]), deep])
    return keras.Model(inputs, layers.Activation("sigmoid")(total))


class CrossLayer(layers.Layer):  # type: ignore[misc]
    """Cross layer of Wang 2017, equation 3: x0 (w . x) + b + x."""

    def build(self, shapes: Any) -> None:
        width = shapes[0][-1]
        self.w = self.add_weight((width, 1), name="w")
        self.b = self.add_weight((width,), initializer="zeros", name="b")

    def call(self, xs: Any) -> Any:
        first, x = xs
        return first * keras.ops.matmul(x, self.w) + self.b + x


def deep_and_cross() -> keras.Model:
    user, advert, numbers = _id("user"), _id("advert"), keras.Input((13,), name="numbers")
    first = layers.Concatenate()([_embed(user, 64, 8), _embed(advert, 64, 8), numbers])
    crossed = first
    for _ in range(3):
        crossed = CrossLayer()([first, crossed])
    joined = layers.Concatenate()([crossed, _stack(first, 64, 32)])
    return keras.Model([user, advert, numbers], layers.Dense(1, activation="sigmoid")(joined))


def dlrm() -> keras.Model:
    """Build the model of Naumov 2019: all pairs of dot products beside the dense features."""
    numbers, user, advert = keras.Input((13,), name="numbers"), _id("user"), _id("advert")
    vectors = [_stack(numbers, 32, 16, 8), _embed(user, 64, 8), _embed(advert, 64, 8)]
    pairs = [
        layers.Dot(axes=1)([vectors[i], vectors[j]]) for i in range(3) for j in range(i + 1, 3)
    ]
    top = _stack(layers.Concatenate()([vectors[0], *pairs]), 32, 16)
    return keras.Model([numbers, user, advert], layers.Dense(1, activation="sigmoid")(top))


MODELS = {
    "two_tower": two_tower,
    "neumf": neumf,
    "deep_fm": deep_fm,
    "deep_and_cross": deep_and_cross,
    "dlrm": dlrm,
}
