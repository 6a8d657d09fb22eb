from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from typing import Any

import keras
import pytest

from components.core.fields import settings
from components.core.graph import Graph
from components.core.recorder import Keras
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.inputs import INPUTS
from components.merges import MERGES
from components.model.builder import Blueprint, build, build_with_weights
from components.model.costs import NOMINAL_LENGTH, Cost, Costs, costs_of
from components.model.spec import parse
from sample_data import presets
from tests.merges.cases import Shape, cases, small, source
from tests.merges.test_merges import Alone
from tests.originals import ORIGINALS
from tests.strategies import borrows

Data = dict[str, Any]

# 8 steps: the profiler counts a dilated convolution on a length rounded up to its rate.
SERIES = {"kind": "timeseries", "length": 8, "features": 5}
TOKENS = {"kind": "tokens", "length": 8}
IMAGE = {"kind": "image", "height": 16, "width": 12, "channels": 3}
FORMS: dict[str, Data] = {
    "map": IMAGE,
    "tokens": TOKENS,
    "sequence": SERIES,
    "vector": {"kind": "vector", "features": 24},
    "ids": {"kind": "categorical"},
}

VARIANTS = {
    "conv2d pool": {**IMAGE, "encoder": {"kind": "conv2d", "filters": 8, "pool": 1}},
    "conv2d padded": {**IMAGE, "encoder": {"kind": "conv2d", "filters": 8, "padding": "same"}},
    "conv2d deep": {**IMAGE, "encoder": {"kind": "conv2d", "depth": 2, "widen": True}},
    "conv2d average": {**IMAGE, "encoder": {"kind": "conv2d", "readout": "average"}},
    "conv2d max": {**IMAGE, "encoder": {"kind": "conv2d", "readout": "max"}},
    "conv1d causal": {**SERIES, "encoder": {"kind": "conv1d", "padding": "causal", "pool": 1}},
    "conv1d max": {**SERIES, "encoder": {"kind": "conv1d", "filters": 9, "readout": "max"}},
    "lstm stacked": {**SERIES, "encoder": {"kind": "lstm", "units": 9, "depth": 2}},
    "lstm average": {**SERIES, "encoder": {"kind": "lstm", "units": 16, "readout": "average"}},
    "gru stacked": {**SERIES, "encoder": {"kind": "gru", "units": 9, "depth": 2}},
    "bidirectional sum": {
        **SERIES, "encoder": {"kind": "bidirectional", "cell": "gru", "merge_mode": "sum"}
    },
    "ids": {"kind": "categorical", "encoder": {"kind": "embedding", "units": 256}}
}  # fmt: skip


def encoders() -> Iterator[Any]:
    """Every encoder on every form of input it reads, and with all its choices changed in turn."""
    for kind, encoder in ENCODERS.items():
        forms = sorted(encoder.takes)
        for turn in range(max(3, len(forms))):
            form = forms[turn % len(forms)]
            if not borrows(kind) and encoder.model_fields["depth"].default:
                branch = {**FORMS[form], "encoder": {"kind": kind, **turned(encoder, turn)}}
                yield pytest.param(branch, id=f"{kind}-{form}-{turn}")
    yield from (pytest.param(variant, id=name) for name, variant in VARIANTS.items())


def turned(encoder: type[Encoder], turn: int) -> Data:
    """Each choice moved on by so many options, each switch turned as often."""
    changed: Data = {}
    for setting in settings(encoder):
        options = [False, True] if setting.type == "bool" else list(setting.options)
        kept = [option for option in options if option not in ("sequence", "map")]
        if setting.type in ("bool", "choice"):
            changed[setting.name] = kept[(kept.index(setting.default) + turn) % len(kept)]
    return changed


def profiled(model: keras.Model) -> int:
    """FLOPs of one sample by TensorFlow's profiler, which sees only loops that are unrolled."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

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
    """Tell it of what it counts as nothing: einsum, and the comparisons of a maximum."""
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
    """Within 2 % of what the profiler counts, and of some numbers that are work of ours for none.

    It counts comparisons that make a mask, and a few operations on lengths and places.
    """
    masks = [node for node in graph.nodes if node.hidden == "mask" and node.layer.endswith("Equal")]
    compared = sum(math.prod(axis or 1 for axis in node.shape) for node in masks)
    return pytest.approx(flops, rel=0.02, abs=compared + 8)


def measured(made: Blueprint) -> Costs:
    return costs_of(made.graph)


@pytest.mark.matrix
@pytest.mark.parametrize("branch", list(encoders()))
def test_flops_of_an_encoder_are_those_of_the_profiler(branch: Data) -> None:
    head = {"name": "y", "kind": "binary", "source": "a"}
    made = build_with_weights(parse({"inputs": [{"name": "a", **branch}], "heads": [head]}))
    assert measured(made).total.flops == near(profiled(made.model), made.graph)


def merges() -> Iterator[tuple[Data, tuple[Shape, ...]]]:
    """The first and last case of each merge with its own numbers, on wider sources."""
    for kind, group in groupby(cases(), key=lambda case: case[0]["kind"]):
        first, *rest = group
        for merge, sample in (first, *rest[-1:]):
            own = {key: merge[key] for key in merge if key not in small(MERGES[kind])}
            yield own, tuple(s if len(s) == 3 else (*s[:-1], 4 * s[-1]) for s in sample)


@pytest.mark.matrix
@pytest.mark.parametrize(("merge", "sources"), list(merges()))
def test_flops_of_a_merge_are_those_of_the_profiler(
    merge: Data, sources: tuple[Shape, ...]
) -> None:
    alone = Alone(merge, sources)
    graph = Graph("fusion", tuple(alone.k.nodes), ())
    assert costs_of(graph).total.flops == near(profiled(alone.model), graph)


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
    "both ways": ((5, 8), lambda k, x: k.Bidirectional(k.inner.LSTM(7), merge_mode="ave")(x)),
}


def started(shape: Shape) -> tuple[Keras, Any]:
    """A recorder and an input of that shape."""
    data = source("x", shape)
    k = Keras(reserved=["x"])
    return k, INPUTS[data["kind"]].model_validate(data).tensor(k)


@pytest.mark.parametrize("name", LAYERS)
def test_flops_of_a_layer_are_those_of_the_profiler(name: str) -> None:
    shape, make = LAYERS[name]
    k, x = started(shape)
    model = keras.Model({"x": x}, make(k, x))
    graph = Graph("layer", tuple(k.nodes), ())
    assert costs_of(graph).total.flops == near(profiled(model), graph)


@pytest.mark.matrix
@pytest.mark.parametrize("name", ORIGINALS)
def test_flops_of_a_preset_are_those_of_the_profiler(name: str) -> None:
    made = build_with_weights(presets.load(name))
    assert measured(made).total.flops == near(profiled(made.model), made.graph)


def test_costs_of_relevance_by_hand() -> None:
    found = measured(build(presets.load("image_text_relevance")))
    convolution = found.nodes["image_conv2d_1"]
    assert convolution.parameters == (3 * 3 * 3 + 1) * 32
    assert convolution.flops == 62 * 62 * 32 * (2 * 27 + 1)
    assert convolution.activation_bytes == 62 * 62 * 32 * 4
    assert found.total.weight_bytes == 4_071_297 * 4
    assert not found.estimated


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


def test_costs_add_up() -> None:
    assert Cost(1, 2, 3) + Cost(10, 20, 30) == Cost(11, 22, 33)
    assert Cost(5).weight_bytes == 20


def test_what_makes_a_mask_costs_nothing() -> None:
    tokens = {"name": "a", **TOKENS, "encoder": {"kind": "lstm", "readout": "average"}}
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
    _, dense = k.nodes
    assert costs_of(Graph("layer", tuple(k.nodes), ())).nodes[dense.id].flops == 2 * 5 * 8 * 7
