"""The functions of `fusion_playground` with another Keras, on JAX and without TensorFlow.

`tests/fusion_playground/test_kerases.py` runs this module in a process that finds that Keras first.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
from keras import layers as K

import fusion_playground as fp
from components.models import imported


def functional() -> Any:
    """Return a functional model: a shared layer for two inputs, an inner model and an operation."""
    x, y, z = keras.Input((6,), name="x"), keras.Input((6,), name="y"), keras.Input((4,))
    shared = K.Dense(4, name="shared")
    inner = keras.Model(z, K.Dense(3)(K.BatchNormalization()(z)), name="inner")
    joined = K.Concatenate()([inner(shared(x)), inner(shared(y)) * 2])
    return keras.Model([x, y], K.Dense(1)(joined), name="functional")


def sequential() -> Any:
    """Return a sequential model."""
    row = [keras.Input((8, 8, 3)), K.Conv2D(4, 3), K.ReLU(), K.Flatten(), K.Dense(2)]
    return keras.Sequential(row, name="sequential")


class Own(keras.Model):  # type: ignore[misc]
    """A subclassed model with a sum of two branches."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.left, self.right = K.Dense(5), K.Dense(5)

    def call(self, x: Any) -> Any:
        return keras.ops.relu(self.left(x) + self.right(x))


def main() -> None:
    """Draw, count, compare and save each model; print the version and the backend."""
    subclassed = Own()
    subclassed(keras.ops.ones((1, 7)))
    models = functional(), sequential(), subclassed
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            drawing = fp.draw(model)
            assert not drawing.notes, drawing.notes
            assert fp.summary(model).parameters == model.count_params()
            assert fp.diff(model, model).sentence == "Nothing differs."
            assert drawing.save(Path(folder, "m.png")).stat().st_size > 1000
        for model in models[:2]:
            model.save(file := Path(folder, "m.keras"))
            assert imported.read(file).costs.total.parameters == model.count_params()
    assert fp.build("wide_and_deep").count_params() == 1207
    print(keras.__version__, keras.backend.backend())
