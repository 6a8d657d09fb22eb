"""Every encoder compared with its contract, its formula in NumPy, and its number of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import ShapeError
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from components.models.encoders import ENCODERS
from components.models.encoders.one_hot import MOST_CATEGORIES
from components.models.inputs import INPUTS
from components.models.inputs.base import default_encoder
from components.models.language.fields import settings
from tests import matrix
from tests.models.encoders.cases import (
    PAIRS,
    SIZES,
    STEPWISE,
    Array,
    Branch,
    Data,
    references,
    small,
    titled,
    variants,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")
FIRST = {name: kind for kind, name in reversed(PAIRS)}
"""First kind of input that each encoder reads."""
ALL = [(kind, encoder) for name, kind in sorted(FIRST.items()) for encoder in variants(name)]
PLAIN = matrix.firsts(ALL, lambda _, encoder: encoder["kind"])
"""First variant of each encoder, which is the plain one."""


def close(got: Array, expected: Array) -> None:
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=1e-4)


def has_formula(encoder: Data) -> bool:
    """Return `True` if the reference computes this variant."""
    name, normalization = encoder["kind"], encoder.get("normalization", "none")
    normalized = normalization == "none" or name in ("dense", "residual_dense", "pooling")
    return bool(references()[name].formula) and normalized and not encoder.get("projection")


def computed(branch: Branch, x: Array) -> Array:
    """Return the features of a batch by the encoder's reference."""
    encoder = branch.given.encoder
    formula = references()[encoder.model_dump()["kind"]].formula
    assert formula is not None
    return formula(encoder, x, branch.weights)


# Defaults


def test_default_of_each_form() -> None:
    forms = {concept.form for _, concept in INPUTS.items()}
    assert {form: default_encoder(form).model_dump()["kind"] for form in forms} == {
        "map": "conv2d",
        "tokens": "embedding",
        "sequence": "lstm",
        "vector": "dense",
        "ids": "embedding",
    }


# Shapes


COMPUTED = [case for case in ALL if case in PLAIN or has_formula(case[1])]
WITHOUT_STEPS = [case for case in ALL if "padding" not in INPUTS[case[0]].model_fields]
"""Cases that no test of padding tries with each of their variants."""
TRIED = [case for case in ALL if case in COMPUTED or case in WITHOUT_STEPS]


@pytest.mark.parametrize(("kind", "encoder"), matrix.cases(TRIED, COMPUTED, titled))
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


# Numbers


OTHERS = [(kind, name) for kind, name in PAIRS if kind != FIRST[name] and has_formula(small(name))]


@pytest.mark.parametrize(("kind", "name"), OTHERS)
def test_encoder_computes_its_formula_on_other_inputs(kind: str, name: str) -> None:
    branch = Branch(kind, small(name))
    x = branch.batch()
    close(branch(x), computed(branch, x))


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


@pytest.mark.parametrize(("kind", "encoder"), matrix.cases(PLAIN, PLAIN, titled))
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
        ("tokens", {"kind": "embedding", "pooling": "flatten"}, {"length": None}, "pooling"),
        ("timeseries", {"kind": "conv1d", "padding": "valid"}, {"length": 2}, "kernel_size"),
        ("timeseries", {"kind": "conv1d", "depth": 3}, {"length": 3}, "depth"),
        ("image", {"kind": "conv2d", "depth": 3}, {"height": 8}, "depth"),
        ("image", {"kind": "vit", "patch": 11}, {}, "patch"),
        ("vector", {"kind": "dense", "units": [4, 2]}, {}, "units"),
        ("timeseries", {"kind": "statistics", "depth": 2, "units": [4, 2]}, {}, "units"),
        ("image", {"kind": "conv2d", "filters": [4], "widen": True}, {}, "widen"),
        ("image", {"kind": "conv2d", "kernel_size": 7, "convolutions": 2}, {}, "kernel_size"),
        ("categorical", {"kind": "one_hot"}, {"categories": MOST_CATEGORIES + 1}, "kind"),
    ],
)
def test_what_cannot_be_built_is_explained(
    kind: str, encoder: Data, fields: Data, field: str
) -> None:
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
"""Cases that end in a vector, which a head can read."""


@pytest.mark.parametrize(
    ("kind", "encoder"),
    matrix.cases(VECTORS, matrix.firsts(VECTORS, lambda _, encoder: encoder["kind"]), titled),
)
def test_encoder_builds_without_weights_and_can_be_shared(kind: str, encoder: Data) -> None:
    """Build a second branch without weights of its own, though only the first is padded."""
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
