"""Streams and sensors in plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def _binary(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(x)


def crossmodal_transformer() -> keras.Model:
    """Build the model of Tsai 2019, equations 1 and 5, with one layer."""
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


def gesture_streams() -> keras.Model:
    """Build the model of Joze 2020, equations 1 to 4."""
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


MODELS = {"crossmodal_transformer": crossmodal_transformer, "gesture_streams": gesture_streams}
