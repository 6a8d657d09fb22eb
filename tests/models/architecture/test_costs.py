from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from components.models.analysis.trials import example_merge
from components.models.architecture.architecture import parse
from components.models.architecture.builder import Blueprint, build, sketch
from components.models.architecture.costs import (
    ACTIVATIONS,
    FORMULAS,
    FREE,
    NOMINAL_LENGTH,
    Cost,
    Costs,
    costs_of,
)
from components.models.imported import allowed
from components.models.imported.live import read_live
from components.models.inputs import INPUTS
from components.models.language.graph import Graph
from components.models.language.recorder import Keras
from components.models.merges import MERGES
from sample_data.content import presets
from tests.models.merges.cases import Shape, source


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
    "conditions": ((64,), lambda k, x: k.PReLU()(x)),
    "learned normalization": ((6, 8), lambda k, x: k.GroupNormalization(2)(x)),
    "root of the mean square": ((6, 8), lambda k, x: k.RMSNormalization()(x)),
    "known normalization": ((6, 8), lambda k, x: k.Normalization(mean=1.0, variance=2.0)(x)),
    "lstm of a map": ((64, 9), lambda k, x: k.ConvLSTM1D(3, 3)(k.Reshape((4, 16, 9))(x))),
    "all states of a map": (
        (64, 9),
        lambda k, x: k.ConvLSTM1D(3, 3, use_bias=False, return_sequences=True)(
            k.Reshape((4, 16, 9))(x)
        ),
    ),
    "volume": ((8, 9, 4), lambda k, x: k.Conv3D(3, 2)(k.Reshape((4, 6, 3, 4))(x))),
    "unbiased gru": ((8, 5), lambda k, x: k.GRU(9, use_bias=False, reset_after=False)(x)),
    "hard gates": (
        (8, 5),
        lambda k, x: k.LSTM(9, recurrent_activation="hard_sigmoid", activation="gelu")(x),
    ),
    "cell": ((8, 5), lambda k, x: k.RNN(k.inner.LSTMCell(9))(x)),
    "plain attention": ((5, 8), lambda k, x: k.Attention()([x, x])),
    "scaled attention": ((5, 8), lambda k, x: k.Attention(use_scale=True)([x, x])),
    "concatenated attention": ((5, 8), lambda k, x: k.Attention(score_mode="concat")([x, x])),
    "additive attention": ((5, 8), lambda k, x: k.AdditiveAttention()([x, x])),
    "grouped attention": ((5, 8), lambda k, x: k.GroupQueryAttention(4, 4, 2)(x, x)),
    "grouped attention, gated": (
        (5, 8),
        lambda k, x: k.GroupQueryAttention(4, 4, 2, use_bias=False, use_gate=True)(x, x),
    ),
    "leaky": ((8,), lambda k, x: k.Dense(3, activation=layers.LeakyReLU())(x)),
    "spectral": ((8,), lambda k, x: k.SpectralNormalization(k.inner.Dense(3))(x)),
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


def of_live(make: Callable[[Any], Any], *shapes: Shape) -> tuple[Cost, keras.Model]:
    """Return the costs of a model of one's own, and the model."""
    inputs = [keras.Input(shape) for shape in shapes]
    x = inputs if len(inputs) > 1 else inputs[0]
    model = keras.Model(x, make(x))
    return read_live(model).model.costs.total, model


LINEAR: dict[str, tuple[Shape, Callable[[], keras.Layer]]] = {
    "convolution": ((7, 6, 4), lambda: layers.Conv2D(6, 3, strides=2)),
    "groups": ((7, 6, 4), lambda: layers.Conv2D(6, 3, groups=2)),
    "channels first": ((4, 7, 6), lambda: layers.Conv2D(6, 3, data_format="channels_first")),
    "volume": ((5, 4, 4, 3), lambda: layers.Conv3D(4, 2)),
    "transposed steps": ((6, 3), lambda: layers.Conv1DTranspose(4, 3, strides=2)),
    "transposed": ((4, 5, 3), lambda: layers.Conv2DTranspose(4, 3)),
    "transposed, strided": ((4, 5, 3), lambda: layers.Conv2DTranspose(4, 3, strides=2)),
    "transposed volume": ((3, 4, 3, 2), lambda: layers.Conv3DTranspose(4, 2)),
    "depthwise": ((7, 6, 4), lambda: layers.DepthwiseConv2D(3, depth_multiplier=2)),
    "each step": ((5, 8), lambda: layers.TimeDistributed(layers.Dense(3))),
    "each image": ((3, 6, 5, 2), lambda: layers.TimeDistributed(layers.Conv2D(4, 3))),
}


def products(model: keras.Model) -> int:
    """Count pairs of an input and an output that a linear model connects: one product for each."""
    import tensorflow as tf

    x = tf.random.normal((1, *model.input.shape[1:]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = model(x)
    return int(np.count_nonzero(tape.jacobian(y, x, experimental_use_pfor=False)))


@pytest.mark.parametrize("name", LINEAR)
def test_flops_of_a_linear_layer_are_two_for_each_product_and_its_biases(name: str) -> None:
    shape, make = LINEAR[name]
    if name == "channels first":
        cost, _ = of_live(lambda x: make()(x), shape)  # TensorFlow can't run it on a processor.
        _, model = of_live(lambda x: layers.Conv2D(6, 3)(x), (*shape[1:], shape[0]))
    else:
        cost, model = of_live(lambda x: make()(x), shape)
    assert cost.flops == 2 * products(model) + math.prod(model.output.shape[1:])
    assert cost.uncounted == 0


@pytest.mark.parametrize(
    ("shape", "make"),
    [
        ((7, 6, 4), lambda: layers.AdaptiveAveragePooling2D((3, 4))),
        ((7, 4), lambda: layers.AdaptiveAveragePooling1D(3)),
        ((4, 4, 6, 2), lambda: layers.AveragePooling3D(2)),
    ],
    ids=["adaptive", "adaptive steps", "volume"],
)
def test_flops_of_an_average_are_one_for_each_number_that_it_reads(
    shape: Shape, make: Callable[[], keras.Layer]
) -> None:
    cost, model = of_live(lambda x: make()(x), shape)
    assert cost.flops == products(model)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"glu", "log_softmax", "threshold"}))
def test_flops_of_an_activation_are_those_of_the_profiler(name: str) -> None:
    """Leave out the three that the profiler can't count, or that need more arguments."""
    x = keras.Input((100,), name="x")
    model = keras.Model({"x": x}, layers.Activation(name)(x))
    assert 100 * ACTIVATIONS[name] == pytest.approx(profiled(model), abs=2)


def test_every_activation_of_keras_is_known() -> None:
    names = {name for name, one in vars(keras.activations).items() if inspect.isfunction(one)}
    assert names - {"deserialize", "get", "serialize"} == ACTIVATIONS.keys()


UNKNOWN = {
    # They run code of somebody else.
    "FlaxLayer", "JaxLayer", "Lambda", "Layer", "Pipeline", "TFSMLayer", "TorchModuleWrapper",
    "Wrapper",
    # They prepare data, outside of models.
    "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization",
    "MelSpectrogram", "STFTSpectrogram", "Solarization",
}  # fmt: skip


def test_every_layer_of_keras_has_a_formula_or_is_free_or_unknown() -> None:
    public = {one.__name__ for one in vars(layers).values() if inspect.isclass(one)}
    known = {*FORMULAS, *FREE, *UNKNOWN}
    assert public - known == {"InputSpec"}
    assert not (FORMULAS.keys() & FREE) | (UNKNOWN & (FORMULAS.keys() | FREE))
    assert allowed.LAYERS.names | allowed.OPERATIONS.names <= known


@pytest.mark.parametrize("kind", MERGES)
def test_every_strategy_is_counted_as_a_whole(kind: str) -> None:
    assert costs_of(sketch(example_merge(kind)).graph).total.uncounted == 0


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_counted_as_a_whole(name: str) -> None:
    assert measured(build(presets.load(name))).total.uncounted == 0


class Own(keras.layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x * 2.0

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@pytest.mark.parametrize(
    "make",
    [
        lambda: Own(),
        lambda: layers.TimeDistributed(Own()),
        lambda: layers.Dense(8, activation=lambda x: x * x),
        lambda: layers.Lambda(lambda x: x),
    ],
    ids=["layer", "each step", "activation", "lambda"],
)
def test_a_layer_of_ones_own_is_missing_in_the_total(make: Callable[[], keras.Layer]) -> None:
    cost, _ = of_live(lambda x: layers.Dense(3)(make()(x)), (5, 8))
    assert cost.flops_text() == "at least 255, without 1 layer"
    assert cost.known_flops is None


def test_a_total_says_how_many_layers_are_missing() -> None:
    assert Cost(flops=1234).flops_text() == "1.23 K"
    assert Cost(flops=1234).flops_text(estimated=True) == "≈ 1.23 K"
    assert (
        Cost(flops=1234, uncounted=2).flops_text(exact=True) == "at least 1,234, without 2 layers"
    )
    assert Cost(uncounted=1).flops_text() == "unknown"


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
