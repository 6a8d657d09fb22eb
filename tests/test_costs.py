from __future__ import annotations

import math
from typing import Any

import keras
import pytest
from hypothesis import assume, given

from components import costs
from components.builder import Blueprint, build, build_with_weights
from components.costs import NOMINAL_LENGTH, Cost, Costs
from components.errors import ShapeError
from components.merges import MERGES
from components.spec import Architecture, parse
from sample_data import presets
from tests.strategies import architectures

Data = dict[str, Any]

SERIES = {"kind": "timeseries", "length": 12, "features": 5}
IMAGE = {"kind": "image", "height": 14, "width": 11, "channels": 3}

# The profiler counts two operations on each id that is looked up; we count none.
PROFILED = {
    "dense": {"kind": "vector", "features": 7, "encoder": {"kind": "dense", "depth": 2}},
    "conv2d": {**IMAGE, "encoder": {"kind": "conv2d", "filters": 8, "pool": 1}},
    "conv2d padded": {**IMAGE, "encoder": {"kind": "conv2d", "filters": 8, "padding": "same"}},
    "conv2d deep": {**IMAGE, "encoder": {"kind": "conv2d", "depth": 2, "widen": True}},
    "conv2d average": {**IMAGE, "encoder": {"kind": "conv2d", "readout": "average"}},
    "conv1d": {**SERIES, "encoder": {"kind": "conv1d", "depth": 2}},
    "conv1d causal": {**SERIES, "encoder": {"kind": "conv1d", "padding": "causal", "pool": 1}},
    "lstm": {**SERIES, "encoder": {"kind": "lstm", "units": 16}},
    "lstm stacked": {**SERIES, "encoder": {"kind": "lstm", "units": 9, "depth": 2}},
    "lstm average": {**SERIES, "encoder": {"kind": "lstm", "units": 16, "readout": "average"}},
    "gru": {**SERIES, "encoder": {"kind": "gru", "units": 16}},
    "gru stacked": {**SERIES, "encoder": {"kind": "gru", "units": 9, "depth": 2}},
    "embedding": {"kind": "tokens", "length": 9, "encoder": {"kind": "embedding", "depth": 2}},
    "ids": {"kind": "categorical", "encoder": {"kind": "embedding", "units": 256}},
}  # fmt: skip


def profiled(model: keras.Model) -> int:
    """FLOPs of one sample by TensorFlow's profiler, which sees only loops that are unrolled."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

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


def unrolled(layer: keras.Layer) -> keras.Layer:
    config = layer.get_config()
    if "unroll" in config:
        config["unroll"] = True
    return type(layer).from_config(config)


def measured(made: Blueprint) -> Costs:
    return costs.of(made.graph)


@pytest.mark.parametrize("name", PROFILED)
def test_flops_of_an_encoder_are_those_of_the_profiler(name: str) -> None:
    head = {"name": "y", "kind": "binary", "source": "a"}
    made = build_with_weights(parse({"inputs": [{"name": "a", **PROFILED[name]}], "heads": [head]}))
    assert measured(made).total.flops == pytest.approx(profiled(made.model), rel=0.02)


# The profiler counts no absolute value, and sees a cosine's square roots as nothing.
@pytest.mark.parametrize("kind", MERGES)
def test_flops_of_a_merge_are_those_of_the_profiler(kind: str) -> None:
    sources = list("abcd"[: MERGES[kind].contract.at_most or 4])
    inputs = [{"name": name, "kind": "vector", "features": 9} for name in sources]
    merge = {"name": "m", "kind": kind, "sources": sources}
    head = {"name": "y", "kind": "binary", "source": "m"}
    made = build_with_weights(parse({"inputs": inputs, "merges": [merge], "heads": [head]}))
    assert measured(made).total.flops == pytest.approx(profiled(made.model), rel=0.02)


@pytest.mark.parametrize("name", presets.names())
def test_flops_of_a_preset_are_those_of_the_profiler(name: str) -> None:
    made = build_with_weights(presets.load(name))
    assert measured(made).total.flops == pytest.approx(profiled(made.model), rel=0.02)


# The profiler does not count the comparisons of a maximum over an axis; we count one a number.
@pytest.mark.parametrize(
    ("given_", "extra"),
    [
        ({**SERIES, "encoder": {"kind": "conv1d", "filters": 4, "readout": "max"}}, 6 * 4),
        ({**IMAGE, "encoder": {"kind": "conv2d", "filters": 4, "readout": "max"}}, 6 * 4 * 4),
        ({**SERIES, "encoder": {"kind": "gru", "units": 4, "readout": "max"}}, 12 * 4),
    ],
)
def test_maximum_over_all_steps_counts_its_comparisons(given_: Data, extra: int) -> None:
    head = {"name": "y", "kind": "binary", "source": "a"}
    made = build_with_weights(parse({"inputs": [{"name": "a", **given_}], "heads": [head]}))
    assert measured(made).total.flops - extra == pytest.approx(profiled(made.model), rel=0.02)


@given(architectures())
def test_groups_and_nodes_sum_to_the_total(spec: Architecture) -> None:
    try:
        made = build(spec)
    except ShapeError:
        assume(False)
    found = measured(made)
    assert set(found.nodes) == {node.id for node in made.graph.nodes}
    assert sum(found.nodes.values(), Cost()) == found.total
    assert sum(found.groups.values(), Cost()) == found.total
    assert found.total.parameters == made.model.count_params()
    for node in made.graph.nodes:
        cost = found.nodes[node.id]
        assert cost.flops >= 0
        if None not in node.shape:
            assert cost.activation_bytes == 4 * math.prod(node.shape)  # type: ignore[arg-type]


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
