"""Facts on Keras's layers from files without shapes, compared with Keras itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers as K
from keras import ops

from components.models import imported

IMAGE, STEPS, VECTOR, FRAMES = (12, 10, 6), (9, 6), (8,), (3, 8, 7, 4)
LAYERS: list[tuple[Callable[[], Any], list[tuple[int | None, ...]]]] = [
    (lambda: K.EinsumDense("...x,xy->...y", output_shape=7, bias_axes="y"), [STEPS]),
    (lambda: K.Conv2D(4, 3, padding="same", kernel_regularizer="l2"), [(None, None, 3)]),
    (lambda: K.MaxPooling2D((3, 2), strides=2, data_format="channels_first"), [IMAGE]),
    (lambda: K.ZeroPadding2D(((1, 0), (2, 3))), [IMAGE]),
    (lambda: K.Reshape((4, -1)), [VECTOR]),
    (lambda: K.LSTM(5, return_sequences=True, return_state=True), [STEPS]),
    (lambda: K.RNN([K.LSTMCell(5), K.GRUCell(4)]), [STEPS]),
    (lambda: K.Bidirectional(K.GRU(5, return_sequences=True), merge_mode="sum"), [STEPS]),
    (lambda: K.TimeDistributed(K.Conv2D(3, 3, activation=K.LeakyReLU())), [FRAMES]),
    (lambda: K.SpectralNormalization(K.Dense(3)), [VECTOR]),
    (lambda: K.Normalization(mean=[1.0] * 8, variance=[2.0] * 8), [VECTOR]),
    (lambda: K.RandomFlip(), [IMAGE]),
    (lambda: K.Multiply(), [IMAGE, (1, 1, 6)]),
    (lambda: K.Attention(use_scale=True, score_mode="concat"), [STEPS, (7, 6)]),
    (lambda: K.MultiHeadAttention(2, 3, 4, use_bias=False, output_shape=9), [STEPS, (7, 5)]),
    (lambda: K.GroupQueryAttention(4, 4, 2), [STEPS, (7, 6)]),
]
OPERATIONS: list[Callable[[Any], Any]] = [
    lambda x: ops.max(x, axis=-1, keepdims=True),
    lambda x: ops.squeeze(ops.expand_dims(x, 1), axis=1),
    lambda x: ops.concatenate([x, x], axis=-1),
    lambda x: ops.matmul(x, ops.swapaxes(x, 1, 2)),
    lambda x: ops.relu(x) * 2.0 - ops.mean(x, axis=-1, keepdims=True),
]


def without_shapes(value: Any) -> Any:
    """Return a file without the shapes that readers and layers record."""
    if isinstance(value, dict):
        return {
            key: without_shapes(item)
            for key, item in value.items()
            if key not in ("build_config", "shape", "build_input_shape")
        }
    return [without_shapes(item) for item in value] if isinstance(value, list) else value


def same(model: keras.Model) -> None:
    """Check the shape of the last layer and the number of parameters against Keras."""
    found = imported.read(json.dumps(without_shapes(json.loads(model.to_json()))))
    assert found.costs.total.parameters == model.count_params()
    assert found.unknown == ()
    assert found.graph.nodes[-1].shape == tuple(model.outputs[0].shape[1:])


@pytest.mark.parametrize(("make", "shapes"), LAYERS)
def test_a_layer(make: Callable[[], Any], shapes: list[tuple[int | None, ...]]) -> None:
    xs, layer = [keras.Input(shape) for shape in shapes], make()
    listed = len(xs) > 1 and not isinstance(layer, K.MultiHeadAttention | K.GroupQueryAttention)
    same(keras.Model(xs, layer(xs) if listed else layer(*xs)))


@pytest.mark.parametrize("make", OPERATIONS)
def test_an_operation(make: Callable[[Any], Any]) -> None:
    x = keras.Input(STEPS)
    same(keras.Model(x, make(x)))


def test_shapes_are_known_again_after_an_unknown_layer() -> None:
    """Read a layer that was built for the output of an unknown layer: the file has its shape."""
    x = keras.Input(STEPS)
    data = json.loads(keras.Model(x, K.Dense(3)(K.LSTM(5)(K.Identity(name="own")(x)))).to_json())
    data = {**without_shapes(data), "config": {**without_shapes(data["config"])}}
    own, lstm = data["config"]["layers"][1:3]
    own["class_name"], own["registered_name"] = "Own", "elsewhere>Own"
    lstm["build_config"] = {"input_shape": [None, *STEPS]}
    found = imported.read(json.dumps(data))
    assert [node.shape for node in found.graph.nodes[1:]] == [STEPS, (5,), (3,)]
    assert found.unknown == found.uncounted == (found.graph.nodes[1],)
    assert found.costs.total.parameters == 4 * (6 + 5 + 1) * 5 + 18
