from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import pytest

from components.core.graph import Graph
from components.core.recorder import Keras
from components.inputs import INPUTS
from components.model.builder import Blueprint, build
from components.model.costs import NOMINAL_LENGTH, Cost, Costs, costs_of
from components.model.spec import parse
from sample_data import presets
from tests.merges.cases import Shape, source


def profiled(model: keras.Model) -> int:
    """Return the FLOPs of one sample by TensorFlow's profiler, which sees only unrolled loops."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    teach_the_profiler()
    model = keras.models.clone_model(model, clone_function=unrolled)
    given_ = {
        name: tf.TensorSpec((1, *x.shape[1:]), x.dtype, name=name)
        for name, x in model.input.items()
    }
    called = tf.function(lambda xs: model(xs, training=False)).get_concrete_function(given_)
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    graph = convert_variables_to_constants_v2(called).graph
    return int(tf.compat.v1.profiler.profile(graph, options=options).total_float_ops)


@cache
def teach_the_profiler() -> None:
    """Register operations that the profiler counts as 0: einsum, and comparisons of a maximum."""
    from tensorflow.python.framework import ops

    def einsum(graph: Any, node: Any) -> Any:
        inputs, _, output = node.attr["equation"].s.decode().partition("->")
        sides = graph.get_operation_by_name(node.name).inputs
        axes = {
            label: axis
            for labels, side in zip(inputs.split(","), sides, strict=True)
            for label, axis in zip(labels, side.shape, strict=True)
        }
        return ops.OpStats("flops", math.prod(axes.values()) * (1 + (set(axes) > set(output))))

    def comparisons(graph: Any, node: Any) -> Any:
        made = graph.get_operation_by_name(node.name)
        numbers = made.inputs[0].shape.num_elements() - made.outputs[0].shape.num_elements()
        return ops.OpStats("flops", numbers)

    ops.RegisterStatistics("Einsum", "flops")(einsum)
    ops.RegisterStatistics("Max", "flops")(comparisons)
    ops.RegisterStatistics("Min", "flops")(comparisons)


def unrolled(layer: keras.Layer) -> keras.Layer:
    made = type(layer).from_config(layer.get_config())
    for loop in (made, *(getattr(made, f"{way}_layer", made) for way in ("forward", "backward"))):
        if hasattr(loop, "unroll"):
            loop.unroll = True
    return made


def near(flops: int, graph: Graph) -> Any:
    """Allow 2 % of the profiler's count, and some numbers that we count as 0.

    It counts comparisons that make a mask, and a few operations on lengths and places.
    """
    masks = [node for node in graph.nodes if node.hidden == "mask" and node.layer.endswith("Equal")]
    compared = sum(math.prod(axis or 1 for axis in node.shape) for node in masks)
    return pytest.approx(flops, rel=0.02, abs=compared + 8)


def measured(made: Blueprint) -> Costs:
    return costs_of(made.graph)


LAYERS: dict[str, tuple[Shape, Callable[[Any, Any], Any]]] = {
    "softmax": ((64,), lambda k, x: k.Softmax()(x)),
    "dense softmax": ((64,), lambda k, x: k.Dense(9, activation="softmax")(x)),
    "gelu": ((4, 12), lambda k, x: k.Activation("gelu")(x)),
    "silu": ((4, 12), lambda k, x: k.Activation("silu")(x)),
    "tanh": ((4, 12), lambda k, x: k.Activation("tanh")(x)),
    "batch normalization": ((6, 8), lambda k, x: k.BatchNormalization()(x)),
    "layer normalization": ((6, 8), lambda k, x: k.LayerNormalization()(x)),
    "unit normalization": ((64,), lambda k, x: k.UnitNormalization()(x)),
    "rescaling": ((64,), lambda k, x: k.Rescaling(0.5, offset=1.0)(x)),
    "depthwise": ((9, 8, 5), lambda k, x: k.DepthwiseConv2D(3, depth_multiplier=2)(x)),
    "depthwise steps": ((9, 6), lambda k, x: k.DepthwiseConv1D(3, padding="same")(x)),
    "separable": ((9, 8, 5), lambda k, x: k.SeparableConv2D(6, 3, depth_multiplier=2)(x)),
    "separable strided": ((9, 8, 5), lambda k, x: k.SeparableConv2D(6, 3, strides=2)(x)),
    "separable steps": ((9, 6), lambda k, x: k.SeparableConv1D(4, 3, activation="relu")(x)),
    "strided": ((9, 8, 5), lambda k, x: k.Conv2D(6, 3, strides=2)(x)),
    # The profiler counts it on a length rounded up to its rate.
    "dilated": ((16, 5), lambda k, x: k.Conv1D(4, 3, dilation_rate=4, padding="causal")(x)),
    "average pooling": ((8, 8, 5), lambda k, x: k.AveragePooling2D(2)(x)),
    "average pooling of steps": ((8, 5), lambda k, x: k.AveragePooling1D(2)(x)),
    "moved": (
        (8, 8, 5),
        lambda k, x: k.Flatten()(k.UpSampling2D()(k.Cropping2D(1)(k.ZeroPadding2D(2)(x)))),
    ),
    "repeated": ((8,), lambda k, x: k.Permute((2, 1))(k.Dropout(0.5)(k.RepeatVector(9)(x)))),
    "einsum dense": ((5, 8), lambda k, x: k.EinsumDense("abc,cd->ad", 7, bias_axes="d")(x)),
    "einsum": ((5, 8), lambda k, x: k.ops.einsum("bti,bsi->bts", x, x)),
    "outer product": ((8,), lambda k, x: k.ops.einsum("bi,bj->bij", x, x)),
    "matmul": ((8, 8), lambda k, x: k.ops.matmul(x, x)),
    "cosine": ((64,), lambda k, x: k.Dot(axes=-1, normalize=True)([x, x])),
    "dot of steps": ((5, 8), lambda k, x: k.Dot(axes=(2, 2))([x, x])),
    "average": ((64,), lambda k, x: k.Average()([x, x, x])),
    "scalar first": ((64,), lambda k, x: k.ops.subtract(1.0, x)),
    "scalar last": ((64,), lambda k, x: k.ops.divide(x, 2.0)),
    "mean": ((5, 8), lambda k, x: k.ops.mean(x, axis=1)),
    "sum": ((5, 8), lambda k, x: k.ops.sum(x, axis=1)),
    "max": ((5, 8), lambda k, x: k.ops.max(x, axis=1)),
    "spread": ((5, 8), lambda k, x: k.ops.std(x, axis=1)),
    "square": ((64,), lambda k, x: k.ops.square(x)),
    "one over the root": ((64,), lambda k, x: k.ops.rsqrt(x)),
    "for nothing": (
        (64,),
        lambda k, x: k.ops.where(k.ops.logical_not(k.ops.cast(x, "bool")), k.ops.sqrt(x), 0.0),
    ),
    "rearranged": ((5, 8), lambda k, x: k.ops.transpose(k.ops.stack([x, x], 1), (0, 3, 2, 1))),
    "attention": ((5, 8), lambda k, x: k.MultiHeadAttention(2, 4, value_dim=3)(x, x)),
    "attention dropped": ((5, 8), lambda k, x: k.MultiHeadAttention(2, 4, dropout=0.1)(x, x)),
    "attention unbiased": ((5, 8), lambda k, x: k.MultiHeadAttention(2, 4, use_bias=False)(x, x)),
    "simple recurrent": ((5, 8), lambda k, x: k.SimpleRNN(7)(x)),
    "lstm": ((8, 5), lambda k, x: k.LSTM(9, return_sequences=True)(x)),
    "gru": ((8, 5), lambda k, x: k.GRU(9)(x)),
    "max pooling": ((8, 8, 5), lambda k, x: k.MaxPooling2D(2)(x)),
    "mean of a map": ((8, 8, 5), lambda k, x: k.GlobalAveragePooling2D()(x)),
    "maximum of a map": ((8, 8, 5), lambda k, x: k.GlobalMaxPooling2D()(x)),
    "both ways added": ((5, 8), lambda k, x: k.Bidirectional(k.inner.GRU(7), merge_mode="sum")(x)),
    "both ways": ((5, 8), lambda k, x: k.Bidirectional(k.inner.LSTM(7), merge_mode="ave")(x)),
}


def started(shape: Shape) -> tuple[Keras, Any]:
    """Return a recorder and an input of that shape."""
    data = source("x", shape)
    k = Keras(reserved=["x"])
    return k, INPUTS[data["kind"]].model_validate(data).tensors(k)[-1]


@pytest.mark.parametrize("name", LAYERS)
def test_flops_of_a_layer_are_those_of_the_profiler(name: str) -> None:
    shape, make = LAYERS[name]
    k, x = started(shape)
    model = keras.Model({"x": x}, make(k, x))
    graph = Graph("layer", tuple(k.nodes), ())
    assert costs_of(graph).total.flops == near(profiled(model), graph)


def test_shared_encoder_costs_its_flops_twice_and_its_weights_once() -> None:
    found = measured(build(presets.load("siamese_digits")))
    left, right = found.groups["left"], found.groups["right"]
    assert left.flops == right.flops > 0
    assert left.parameters > right.parameters == 0


def test_open_length_counts_as_the_nominal_one() -> None:
    def cost(length: int | None) -> Costs:
        encoder = {"kind": "lstm", "units": 4}
        series = {"name": "a", "kind": "timeseries", "length": length, "encoder": encoder}
        head = {"name": "y", "kind": "binary", "source": "a"}
        return measured(build(parse({"inputs": [series], "heads": [head]})))

    assert cost(None).total == cost(NOMINAL_LENGTH).total
    assert (cost(None).estimated, cost(NOMINAL_LENGTH).estimated) == (True, False)
    assert cost(None).total != cost(NOMINAL_LENGTH + 1).total


def test_layers_that_make_a_mask_cost_nothing() -> None:
    tokens = {
        "name": "a",
        "kind": "tokens",
        "length": 8,
        "encoder": {"kind": "lstm", "readout": "average"},
    }
    made = build(
        parse({"inputs": [tokens], "heads": [{"name": "y", "kind": "binary", "source": "a"}]})
    )
    found = measured(made)
    masks = [node.id for node in made.graph.nodes if node.hidden == "mask"]
    assert masks
    assert sum((found.nodes[id] for id in masks), Cost()) == Cost()


def test_attention_holds_its_scores_and_projections() -> None:
    k, x = started((10, 6))
    k.MultiHeadAttention(2, 3, value_dim=4)(x, x)
    given_, attention = k.nodes
    found = costs_of(Graph("layer", (given_, attention), ())).nodes[attention.id]
    projections, scores, mixed, gives = 10 * 2 * (3 + 3 + 4), 2 * 10 * 10, 10 * 2 * 4, 10 * 6
    assert found.activation_bytes == 4 * (projections + scores + mixed + gives)


def test_an_einsum_over_any_axes_counts_them_all() -> None:
    k, x = started((5, 8))
    k.EinsumDense("...c,cd->...d", 7)(x)
    assert costs_of(Graph("layer", tuple(k.nodes), ())).total.flops == 2 * 5 * 8 * 7
