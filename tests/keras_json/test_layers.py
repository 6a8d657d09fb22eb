"""Shapes and weights of Keras's layers by our rules, against Keras's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers as K
from keras import ops

from components import keras_json
from components.keras_json import shapes as _shapes
from components.keras_json import weights

IMAGE, STEPS, VECTOR, FIRST = (12, 10, 6), (9, 6), (8,), (6, 12, 10)
CLIP, FRAMES, IDS = (6, 8, 7, 4), (3, 8, 7, 4), (9,)

ONE: list[tuple[Callable[[], Any], tuple[int | None, ...]]] = [
    (lambda: K.Dense(5), VECTOR),
    (lambda: K.Dense(5, use_bias=False), STEPS),
    (lambda: K.EinsumDense("abc,cd->abd", output_shape=(None, 7), bias_axes="d"), STEPS),
    (lambda: K.EinsumDense("...x,xy->...y", output_shape=7, bias_axes="y"), STEPS),
    (lambda: K.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"), STEPS),
    (lambda: K.Conv1D(4, 3, strides=2, padding="same"), STEPS),
    (lambda: K.Conv1D(4, 3, padding="causal", dilation_rate=2), STEPS),
    (lambda: K.Conv2D(4, (3, 2), strides=(2, 1), use_bias=False), IMAGE),
    (lambda: K.Conv2D(4, 3, dilation_rate=2, groups=2), IMAGE),
    (lambda: K.Conv2D(4, 3, padding="same"), (None, None, 3)),
    (lambda: K.Conv3D(4, 2), CLIP),
    (lambda: K.Conv1DTranspose(4, 3, strides=2), STEPS),
    (lambda: K.Conv2DTranspose(4, 3, strides=2, padding="same"), IMAGE),
    (lambda: K.Conv3DTranspose(4, 2, strides=2), CLIP),
    (lambda: K.DepthwiseConv1D(3, depth_multiplier=2), STEPS),
    (lambda: K.DepthwiseConv2D(3, strides=2, padding="same"), IMAGE),
    (lambda: K.SeparableConv1D(5, 3), STEPS),
    (lambda: K.SeparableConv2D(5, 3, depth_multiplier=2, use_bias=False), IMAGE),
    (lambda: K.MaxPooling1D(2), STEPS),
    (lambda: K.MaxPooling2D((3, 2), strides=2, padding="same"), IMAGE),
    (lambda: K.AveragePooling2D(3), IMAGE),
    (lambda: K.MaxPooling2D(2, data_format="channels_first"), FIRST),
    (lambda: K.AveragePooling3D(2), CLIP),
    (lambda: K.AdaptiveAveragePooling2D(3), IMAGE),
    (lambda: K.GlobalAveragePooling1D(), STEPS),
    (lambda: K.GlobalMaxPooling2D(keepdims=True), IMAGE),
    (lambda: K.GlobalAveragePooling2D(data_format="channels_first"), FIRST),
    (lambda: K.Flatten(), IMAGE),
    (lambda: K.Reshape((4, -1)), VECTOR),
    (lambda: K.Permute((2, 1)), STEPS),
    (lambda: K.RepeatVector(3), VECTOR),
    (lambda: K.ZeroPadding1D(2), STEPS),
    (lambda: K.ZeroPadding2D(((1, 0), (2, 3))), IMAGE),
    (lambda: K.ZeroPadding2D(2), IMAGE),
    (lambda: K.ZeroPadding3D(1), CLIP),
    (lambda: K.Cropping1D((1, 2)), STEPS),
    (lambda: K.Cropping2D(2), IMAGE),
    (lambda: K.Cropping3D(1), CLIP),
    (lambda: K.UpSampling1D(2), STEPS),
    (lambda: K.UpSampling2D((2, 3)), IMAGE),
    (lambda: K.UpSampling3D(2), CLIP),
    (lambda: K.Resizing(5, 4), IMAGE),
    (lambda: K.CenterCrop(5, 4), IMAGE),
    (lambda: K.Embedding(20, 4), IDS),
    (lambda: K.LSTM(5), STEPS),
    (lambda: K.LSTM(5, return_sequences=True, use_bias=False), STEPS),
    (lambda: K.GRU(5), STEPS),
    (lambda: K.GRU(5, reset_after=False), STEPS),
    (lambda: K.SimpleRNN(5), STEPS),
    (lambda: K.RNN(K.LSTMCell(5)), STEPS),
    (lambda: K.Bidirectional(K.LSTM(5)), STEPS),
    (lambda: K.Bidirectional(K.GRU(5, return_sequences=True), merge_mode="sum"), STEPS),
    (lambda: K.TimeDistributed(K.Conv2D(3, 3)), FRAMES),
    (lambda: K.ConvLSTM2D(3, 3), FRAMES),
    (lambda: K.ConvLSTM1D(3, 2, return_sequences=True), (3, 8, 4)),
    (lambda: K.BatchNormalization(), IMAGE),
    (lambda: K.BatchNormalization(axis=1, scale=False), FIRST),
    (lambda: K.LayerNormalization(), STEPS),
    (lambda: K.LayerNormalization(axis=[1, 2], center=False), STEPS),
    (lambda: K.GroupNormalization(2), IMAGE),
    (lambda: K.RMSNormalization(), STEPS),
    (lambda: K.UnitNormalization(), STEPS),
    (lambda: K.SpectralNormalization(K.Dense(3)), VECTOR),
    (lambda: K.Normalization(), IMAGE),
    (lambda: K.Normalization(axis=None), VECTOR),
    (lambda: K.Normalization(mean=1.0, variance=2.0), VECTOR),
    (lambda: K.Rescaling(0.5), IMAGE),
    (lambda: K.PReLU(), VECTOR),
    (lambda: K.PReLU(shared_axes=[1, 2]), IMAGE),
    (lambda: K.LeakyReLU(), VECTOR),
    (lambda: K.Activation("gelu"), VECTOR),
    (lambda: K.Dropout(0.5), VECTOR),
    (lambda: K.SpatialDropout2D(0.5), IMAGE),
    (lambda: K.RandomFlip(), IMAGE),
    (lambda: K.Masking(), STEPS),
]
SEVERAL: list[tuple[Callable[[], Any], list[tuple[int, ...]]]] = [
    (lambda: K.Add(), [VECTOR, VECTOR, VECTOR]),
    (lambda: K.Multiply(), [IMAGE, (1, 1, 6)]),
    (lambda: K.Average(), [STEPS, STEPS]),
    (lambda: K.Subtract(), [VECTOR, VECTOR]),
    (lambda: K.Concatenate(), [VECTOR, (3,)]),
    (lambda: K.Concatenate(axis=1), [STEPS, (4, 6)]),
    (lambda: K.Dot(axes=1), [VECTOR, VECTOR]),
    (lambda: K.Dot(axes=(2, 1)), [(4, 5), (5, 3)]),
    (lambda: K.Attention(), [STEPS, (7, 6)]),
    (lambda: K.Attention(use_scale=True, score_mode="concat"), [STEPS, (7, 6)]),
    (lambda: K.AdditiveAttention(), [STEPS, (7, 6)]),
    (lambda: K.MultiHeadAttention(2, 3), [STEPS, (7, 5)]),
    (lambda: K.MultiHeadAttention(2, 3, 4, use_bias=False, output_shape=9), [STEPS, STEPS, STEPS]),
    (lambda: K.MultiHeadAttention(2, 3, use_gate=True), [STEPS, STEPS]),
    (lambda: K.GroupQueryAttention(4, 4, 2), [STEPS, (7, 6)]),
]
WITH_HEADS = (K.MultiHeadAttention, K.GroupQueryAttention)
OPERATIONS: list[Callable[[Any], Any]] = [
    lambda x: ops.mean(x, axis=1),
    lambda x: ops.max(x, axis=-1, keepdims=True),
    lambda x: ops.expand_dims(x, 1),
    lambda x: ops.squeeze(ops.expand_dims(x, 1), axis=1),
    lambda x: ops.stack([x, x], axis=1),
    lambda x: ops.concatenate([x, x], axis=-1),
    lambda x: ops.matmul(x, ops.swapaxes(x, 1, 2)),
    lambda x: ops.relu(x) * 2.0,
    lambda x: x - ops.mean(x, axis=-1, keepdims=True),
    lambda x: ops.softmax(x),
]


def untold(value: Any) -> Any:
    """A file without the shapes that readers and layers tell."""
    if isinstance(value, dict):
        return {
            key: untold(item)
            for key, item in value.items()
            if key not in ("build_config", "shape", "build_input_shape")
        }
    return [untold(item) for item in value] if isinstance(value, list) else value


def same(model: keras.Model) -> None:
    """What is told of each layer equals what Keras has."""
    for text in (model.to_json(), json.dumps(untold(json.loads(model.to_json())))):
        found = keras_json.read(text)
        last = found.graph.nodes[-1]
        assert found.costs.total.parameters == model.count_params()
        assert found.unknown == ()
        axes = zip(last.shape, model.output.shape[1:], strict=True)
        assert all(ours == theirs or theirs is None for ours, theirs in axes)


@pytest.mark.parametrize(("make", "shape"), ONE)
def test_a_layer(make: Callable[[], Any], shape: tuple[int | None, ...]) -> None:
    x = keras.Input(shape)
    same(keras.Model(x, make()(x)))


@pytest.mark.parametrize(("make", "shapes"), SEVERAL)
def test_a_layer_of_several(make: Callable[[], Any], shapes: list[tuple[int, ...]]) -> None:
    xs, layer = [keras.Input(shape) for shape in shapes], make()
    same(keras.Model(xs, layer(*xs) if isinstance(layer, WITH_HEADS) else layer(xs)))


@pytest.mark.parametrize("make", OPERATIONS)
def test_an_operation_is_known_by_what_its_readers_tell(make: Callable[[Any], Any]) -> None:
    x = keras.Input(STEPS)
    out = make(x)
    found = keras_json.read(keras.Model(x, keras.layers.Identity()(out)).to_json())
    assert found.graph.nodes[-1].shape == tuple(out.shape[1:])
    assert found.unknown == ()
    last = keras_json.read(keras.Model(x, out).to_json()).graph.nodes[-1]
    assert last.operation
    assert last.shape == tuple(out.shape[1:])


def test_all_rules_are_for_layers_of_keras() -> None:
    old = {"BatchNormalizationV1", "SyncBatchNormalization", "CuDNNGRU", "CuDNNLSTM"}
    old |= {"ThresholdedReLU", "GroupedQueryAttention"}
    ruled = set(_shapes.LAYERS) | set(weights.FORMULAS) | weights.WITHOUT_WEIGHTS
    strange = {kind for kind in ruled - old if not hasattr(keras.layers, kind)}
    assert strange == {"DepthwiseConv3D", "SeparableConv3D"}
