"""Every encoder against its contract, its formula in NumPy, and its number of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import ShapeError
from components.core.fields import settings
from components.encoders import ENCODERS
from components.encoders.one_hot import MOST_CATEGORIES
from components.inputs import INPUTS
from components.inputs.base import default_encoder
from components.model.builder import build
from components.model.spec import Architecture, parse
from sample_data import presets
from tests import matrix
from tests.encoders.cases import (
    PAIRS,
    SIZES,
    STEPWISE,
    Array,
    Branch,
    Data,
    named,
    references,
    small,
    values,
    variants,
)
from tests.strategies import borrows

pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")
FIRST = {name: kind for kind, name in reversed(PAIRS)}
"""The first kind of input that each encoder reads."""
ALL = [(kind, encoder) for name, kind in sorted(FIRST.items()) for encoder in variants(name)]
PLAIN = matrix.firsts(ALL, lambda _, encoder: encoder["kind"])
"""Each encoder as it is plainly, which is its first variant."""
OWN = sorted(name for name in ENCODERS if not borrows(name))


def titled(kind: str, encoder: Data) -> str:
    """A case in the name of a test."""
    return f"{kind}-{named(encoder)}"


def close(got: Array, expected: Array) -> None:
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=1e-4)


# What encoders say of themselves


def test_there_are_encoders_for_every_form() -> None:
    assert {INPUTS[kind].form for kind, _ in PAIRS} == {
        "map", "tokens", "sequence", "vector", "ids"
    }  # fmt: skip
    assert len(ENCODERS) >= 20


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("map", "conv2d"),
        ("tokens", "embedding"),
        ("sequence", "lstm"),
        ("vector", "dense"),
        ("ids", "embedding"),
    ],
)
def test_default_of_each_form(form: Any, name: str) -> None:
    assert default_encoder(form).kind == name  # type: ignore[attr-defined]


# Shapes


@pytest.mark.parametrize(("kind", "encoder"), matrix.cases(ALL, ALL, titled))
def test_features_are_finite_of_the_announced_shape_and_follow_the_formula(
    kind: str, encoder: Data
) -> None:
    branch = Branch(kind, encoder)
    x = branch.batch()
    out = branch(x)
    assert out.shape[1:] == tuple(branch.out.shape[1:])
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    if has_formula(branch.given.encoder.model_dump()):
        close(out, computed(branch, x))


SHALLOW = [(kind, name) for kind, name in PAIRS if not small(name, 0)["depth"]]


@pytest.mark.parametrize(("kind", "name"), SHALLOW)
def test_at_depth_0_the_input_passes_through(kind: str, name: str) -> None:
    branch = Branch(kind, small(name, 0))
    out = branch(branch.batch())
    assert not branch.model.weights
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, branch.batch().astype("float32"))


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "kind"), FIRST.items())
def test_greatest_depth_with_all_else_at_its_least(name: str, kind: str) -> None:
    numbers = [s for s in settings(ENCODERS[name]) if s.type in ("int", "float")]
    least = {s.name: s.minimum for s in numbers if s.name != "depth"}
    branch = Branch(kind, {**small(name, 8), **least})
    assert np.isfinite(branch(branch.batch())).all()


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_encoder_has_finite_features_at_its_defaults(kind: str, name: str) -> None:
    branch = Branch(kind, {"kind": name})
    assert np.isfinite(branch(branch.batch())).all()


@pytest.mark.parametrize(
    ("kind", "name", "fields", "shape"),
    [
        ("timeseries", "bidirectional", {"readout": "last"}, (8,)),
        ("timeseries", "bidirectional", {"readout": "sequence"}, (6, 8)),
        ("timeseries", "bidirectional", {"readout": "last", "merge_mode": "sum"}, (4,)),
        ("timeseries", "bidirectional", {"readout": "sequence", "merge_mode": "sum"}, (6, 4)),
        ("timeseries", "tcn", {"readout": "sequence"}, (6, 4)),
        ("timeseries", "transformer", {"readout": "sequence", "projection": 3}, (6, 3)),
        ("timeseries", "transformer", {"readout": "flatten"}, (24,)),
        ("timeseries", "statistics", {"depth": 1, "ends": True, "trend": True}, (21,)),
        ("timeseries", "statistics", {"depth": 1, "spread": False, "extremes": False}, (3,)),
        ("timeseries", "pooling", {"depth": 1, "pooling": "both"}, (6,)),
        ("tokens", "embedding", {"pooling": "sequence"}, (6, 4)),
        ("image", "pooling", {"depth": 1}, (2,)),
        ("image", "vit", {"readout": "sequence"}, (30, 4)),
        ("image", "vit", {"readout": "map"}, (6, 5, 4)),
        ("image", "vit", {"readout": "map", "patch": 5}, (2, 2, 4)),
        ("image", "residual2d", {"readout": "map"}, (3, 3, 4)),
        ("image", "residual2d", {"readout": "map", "shrink": "pool", "widen": True}, (3, 3, 8)),
        ("image", "residual2d", {"readout": "map", "shrink": "none"}, (12, 10, 4)),
        ("image", "separable2d", {"readout": "map"}, (3, 3, 4)),
        ("spectrogram", "vit", {"readout": "sequence", "patch": 4}, (6, 4)),
        ("vector", "mean", {}, (1,)),
        ("categorical", "one_hot", {"depth": 1}, (7,)),
    ],
)
def test_shapes(kind: str, name: str, fields: Data, shape: tuple[int, ...]) -> None:
    assert tuple(Branch(kind, {**small(name), **fields}).out.shape[1:]) == shape


# Numbers


def test_every_encoder_has_a_reference() -> None:
    assert set(references()) == set(OWN)
    assert all(reference.counts for reference in references().values())


def has_formula(encoder: Data) -> bool:
    """Whether the reference computes this variant."""
    name, normalization = encoder["kind"], encoder.get("normalization", "none")
    normalized = normalization == "none" or name in ("dense", "residual_dense", "pooling")
    return bool(references()[name].formula) and normalized and not encoder.get("projection")


def computed(branch: Branch, x: Array) -> Array:
    """The features of a batch by the encoder's reference."""
    encoder = branch.given.encoder
    formula = references()[encoder.model_dump()["kind"]].formula
    assert formula is not None
    return formula(encoder, x, branch.weights)


OTHERS = [(kind, name) for kind, name in PAIRS if kind != FIRST[name] and has_formula(small(name))]


@pytest.mark.parametrize(("kind", "name"), OTHERS)
def test_encoder_computes_its_formula_on_other_inputs(kind: str, name: str) -> None:
    branch = Branch(kind, small(name))
    x = branch.batch()
    close(branch(x), computed(branch, x))


@pytest.mark.parametrize(
    ("kind", "encoder"),
    [
        ("tokens", small("transformer")),
        ("timeseries", small("transformer")),
        ("timeseries", {**small("transformer"), "positions": "learned"}),
        ("timeseries", {**small("statistics"), "ends": True, "trend": True}),
        ("timeseries", {**small("pooling"), "pooling": "both"}),
        ("timeseries", small("tcn")),
        ("tokens", small("tcn")),
        ("tokens", small("embedding")),
    ],
)
def test_a_padded_sample_is_read_as_if_cut_short(kind: str, encoder: Data) -> None:
    branch = Branch(kind, encoder, padding=True)
    x = branch.batch()
    lengths = (6, 4, 2, 1)
    for row, length in enumerate(lengths):
        x[row, length:] = 0
    cut = [computed(branch, x[row : row + 1, :length]) for row, length in enumerate(lengths)]
    np.testing.assert_allclose(branch(x), np.concatenate(cut), rtol=5e-4, atol=5e-4)


@pytest.mark.parametrize("depth", [1, 3])
def test_tcn_does_not_see_later_steps(depth: int) -> None:
    branch = Branch("timeseries", {**small("tcn", depth), "readout": "sequence"}, length=20)
    x = branch.batch()
    changed = x.copy()
    changed[:, 9] += 1
    before, after = branch(x), branch(changed)
    np.testing.assert_array_equal(after[:, :9], before[:, :9])
    assert (after[:, 9] != before[:, 9]).any()
    reach = 2 * (2**depth - 1)
    np.testing.assert_array_equal(after[:, 10 + reach :], before[:, 10 + reach :])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_bidirectional_reads_both_ways(cell: str) -> None:
    encoder = {**small("bidirectional", 1), "cell": cell}
    branch = Branch("timeseries", encoder)
    x = branch.batch()
    forwards, backwards = np.split(branch(x), 2, axis=1)
    weights = branch.model.get_weights()
    half = len(weights) // 2
    branch.model.set_weights([*weights[half:], *weights[:half]])
    swapped = branch(x[:, ::-1])
    np.testing.assert_allclose(swapped, np.concatenate([backwards, forwards], axis=1), rtol=1e-5)


def test_residual_blocks_without_weights_leave_what_they_read() -> None:
    branch = Branch(
        "image", {**small("residual2d"), "filters": 2, "shrink": "none", "readout": "map"}
    )
    for weight in branch.model.weights:
        weight.assign(np.zeros(weight.shape))
    x = branch.batch()
    np.testing.assert_array_equal(branch(x), np.maximum(x, 0))


@pytest.mark.parametrize(("kind", "encoder"), matrix.cases(ALL, PLAIN, titled))
def test_encoder_loads_in_plain_keras(kind: str, encoder: Data, tmp_path: Path) -> None:
    branch = Branch(kind, encoder)
    branch.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", custom_objects=None, safe_mode=True)
    x = branch.batch()
    np.testing.assert_array_equal(np.asarray(loaded(x, training=False)), branch(x))


@pytest.mark.parametrize(
    ("kind", "name"), matrix.cases(STEPWISE, matrix.firsts(STEPWISE, lambda _, name: name))
)
def test_gradients_are_finite_where_nothing_varies(kind: str, name: str) -> None:
    switches = {s.name: True for s in settings(ENCODERS[name]) if s.type == "bool"}
    branch = Branch(kind, {**small(name), **switches}, padding=True)
    x = branch.batch()
    x[:] = x[:, :1]
    x[1, 1:], x[2] = 0, 0
    with tf.GradientTape() as tape:
        seen = tf.constant(x)
        tape.watch(seen)
        total = tf.reduce_sum(branch.model(seen, training=True))
    sources = [seen, *(v.value for v in branch.model.trainable_variables)]
    for gradient in tape.gradient(total, sources):
        if gradient is not None:
            assert np.isfinite(tf.convert_to_tensor(gradient)).all()


# Parameters


@pytest.mark.parametrize(
    ("kind", "encoder", "count"),
    [
        (kind, {"kind": name, **fields}, count)
        for name, reference in references().items()
        for kind, fields, count in reference.counts
    ],
)
def test_parameters(kind: str, encoder: Data, count: int) -> None:
    branch = Branch(kind, encoder)
    assert branch.model.count_params() == count
    assert sum(node.parameters for node in branch.k.nodes) == count


@pytest.mark.parametrize(
    ("encoder", "layers"),
    [
        (
            {"kind": "dense", "depth": 3, "units": [4, 3, 2], "last_activation": "linear"},
            {"dense_1": "relu", "dense_2": "relu", "dense_3": "linear"},
        ),
        (
            {
                "kind": "dense", "depth": 2, "normalization": "layer", "last_activation": "tanh"
            },
            {"dense_1": "linear", "dense_2": "linear", "activation_1": "relu",
             "activation_2": "tanh"},
        ),
        ({"kind": "dense", "last_activation": "tanh"}, {"dense_1": "relu"}),
        (
            {"kind": "conv2d", "projection_activation": "linear", "convolutions": 2, "filters": 4},
            {"conv2d_1a": "relu", "conv2d_1b": "relu", "projection": "linear"},
        ),
    ],
)  # fmt: skip
def test_activation_of_each_layer(encoder: Data, layers: dict[str, str]) -> None:
    branch = Branch("image" if encoder["kind"] == "conv2d" else "vector", encoder)
    found = {
        layer.name.removeprefix("a_"): layer.activation.__name__
        for layer in branch.model.layers
        if hasattr(layer, "activation")
    }
    assert found == layers


def test_mean_of_three_sensors_is_the_average_of_three_inputs() -> None:
    data = presets.load("sensor_timeseries_anomaly").data()
    (series,) = (i for i in data["inputs"] if i["name"] == "series")
    sensors = {"name": "sensors", "kind": "vector", "features": 3, "encoder": {"kind": "mean"}}
    (fusion,) = (m for m in data["merges"] if m["name"] == "fusion")
    spec = parse({**data, "inputs": [sensors, series], "merges": [fusion]})
    made = build(spec)
    assert made.model.count_params() == 22_146
    assert made.graph["fusion_concatenate"].shape == (65,)
    assert [node.layer for node in made.graph.members("sensors")] == ["InputLayer", "Mean"]


# Building


def single(kind: str, encoder: Data, **fields: Any) -> Architecture:
    given = {"name": "a", "kind": kind, **SIZES.get(kind, {}), **fields, "encoder": encoder}
    return parse({"inputs": [given], "heads": [{"name": "y", "kind": "binary", "source": "a"}]})


@pytest.mark.parametrize(
    ("kind", "encoder", "fields", "field"),
    [
        (
            "timeseries",
            {"kind": "transformer", "positions": "learned"},
            {"length": None},
            "positions",
        ),
        ("tokens", {"kind": "transformer", "readout": "flatten"}, {"length": None}, "readout"),
        ("image", {"kind": "vit", "patch": 11}, {}, "patch"),
        ("vector", {"kind": "dense", "units": [4, 2]}, {}, "units"),
        ("timeseries", {"kind": "statistics", "depth": 2, "units": [4, 2]}, {}, "units"),
        ("image", {"kind": "conv2d", "filters": [4], "widen": True}, {}, "widen"),
        ("image", {"kind": "conv2d", "kernel_size": 7, "convolutions": 2}, {}, "kernel_size"),
        ("categorical", {"kind": "one_hot"}, {"categories": MOST_CATEGORIES + 1}, "kind"),
    ],
)
def test_what_cannot_be_is_explained(kind: str, encoder: Data, fields: Data, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        build(single(kind, encoder, **fields))
    assert caught.value.where == ("inputs", 0, "encoder", field)
    assert caught.value.rule.endswith(".")
    assert caught.value.fix.endswith(".")


VECTORS = [
    (kind, small(name))
    for kind, name in PAIRS
    if small(name)["depth"] or INPUTS[kind].form == "vector"
]
"""Those that end in a vector, which a head can read."""


@pytest.mark.parametrize(
    ("kind", "encoder"),
    matrix.cases(VECTORS, matrix.firsts(VECTORS, lambda _, encoder: encoder["kind"]), titled),
)
def test_encoder_builds_without_weights_and_can_be_shared(kind: str, encoder: Data) -> None:
    """The second branch has no weights of its own, though only the first is padded."""
    shared = {"kind": "shared", "branch": "a"}
    inputs: list[Data] = [
        {"name": name, "kind": kind, **SIZES.get(kind, {}), "encoder": its}
        for name, its in (("a", encoder), ("b", shared))
    ]
    for given, padding in zip(inputs, (True, False), strict=True):
        if "padding" in INPUTS[kind].model_fields:
            given["padding"] = padding
    heads = [{"name": f"{name}_head", "kind": "binary", "source": name} for name in "ab"]
    made = build(parse({"inputs": inputs, "heads": heads}))
    own, again = (sum(n.parameters for n in made.graph.members(name)) for name in "ab")
    assert again == 0
    assert made.model.count_params() == own + 2 * made.graph["b_head"].parameters
    assert made.model.weights
    assert all(weight._value is None for weight in made.model.weights)


BEHIND = [
    (form, encoder)
    for form in ("vector", "sequence", "map")
    for name in OWN
    if form in ENCODERS[name].takes
    for encoder in variants(name, skip=("dropout",))
    if encoder["depth"] and encoder.get("readout") not in ("sequence", "map")
]


@pytest.mark.parametrize(
    ("form", "encoder"),
    matrix.cases(
        BEHIND, matrix.firsts(BEHIND, lambda form, encoder: (form, encoder["kind"])), titled
    ),
)
def test_encoder_reads_what_a_merge_has_joined(form: str, encoder: Data) -> None:
    kind = {"vector": "vector", "sequence": "timeseries", "map": "image"}[form]
    longer = {"length": 9} if form == "sequence" else {}
    inputs = [{"name": name, "kind": kind, **SIZES[kind], **longer} for name in "ab"]
    merge = {"name": "fusion", "kind": "concatenate", "sources": ["a", "b"], "then": encoder}
    heads = [{"name": "y", "kind": "binary", "source": "fusion"}]
    made = build(parse({"inputs": inputs, "merges": [merge], "heads": heads}))
    assert len(made.graph["y"].shape) == 1


def test_values_of_the_cases_hold_no_padding() -> None:
    for kind in INPUTS:
        given = INPUTS[kind](name="a", **SIZES.get(kind, {}))
        assert values(given, (50, 3)).all()
