"""X-rays of models from elsewhere: every layer with Keras's values, inner models included."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as K

from components.base.errors import DataError
from components.experiments.inspection.own_xray import own_xray

RNG = np.random.default_rng(5)
X = {"left": RNG.normal(size=(60, 3)), "right": RNG.normal(size=(60, 4))}
LABELS = (X["left"][:, 0] + X["right"][:, 0] > 0).astype(int)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    left, right = keras.Input((3,), name="left"), keras.Input((4,), name="right")
    inner = keras.Sequential([keras.Input((3,)), K.Dense(5, name="deep")], name="inner")
    tall = K.Dense(5, name="tall")
    joined = K.Concatenate(name="join")([tall(inner(left)), K.Dense(5, name="wide")(right)])
    return keras.Model([left, right], K.Dense(1, activation="sigmoid", name="out")(joined))


def test_a_sample_is_in_every_layer_as_keras_computes_it(model: keras.Model) -> None:
    graph, xray, _ = own_xray(model, X, LABELS, 7)
    assert xray.rows[0] == 7
    layers = xray.epochs[0].layers
    assert {"left", "deep", "tall", "wide", "join", "out"} <= set(layers)
    one = {name: array[7:8] for name, array in X.items()}
    joined = keras.Function(model.inputs, model.get_layer("join").output)(list(one.values()))
    np.testing.assert_allclose(layers["join"].kept.values()[0], np.asarray(joined)[0], atol=1e-3)
    deep = model.get_layer("inner").predict_on_batch(one["left"])
    np.testing.assert_allclose(layers["deep"].kept.values()[0], deep[0], atol=1e-3)
    assert {node.id for node in graph.nodes} == set(layers)


def test_keras_adds_the_last_axis_of_an_input() -> None:
    left, right = keras.Input((1,), name="left"), keras.Input((4,), name="right")
    joined = K.Concatenate(name="join")([left, right])
    model = keras.Model([left, right], K.Dense(1, name="out")(joined))
    x = {"left": X["left"][:, 0], "right": X["right"]}
    _, xray, _ = own_xray(model, x, X["left"][:, 1], 7)
    kept = xray.epochs[0].layers["join"].kept.values()[0]
    np.testing.assert_allclose(kept, [x["left"][7], *x["right"][7]], atol=1e-3)


def test_the_spaces_lie_before_and_after_the_place_where_inputs_meet(model: keras.Model) -> None:
    graph, xray, _ = own_xray(model, X, LABELS, 0)
    roles = {graph.group(graph[id].group).role for id in xray.epochs[0].spaces}
    assert roles == {"branch", "merge"}
    assert set(xray.epochs[0].readings["tall"]) == {"out"}


def test_without_labels_the_reader_reads_what_the_model_predicts(model: keras.Model) -> None:
    _, xray, _ = own_xray(model, X, None, 0)
    predicted = model.predict_on_batch(list(X.values()))[:, 0] > 0.5
    assert xray.heads["out"].truth[0] == predicted[0]


def test_the_model_is_left_as_it_was(model: keras.Model) -> None:
    before = [len(layer._inbound_nodes) for layer in model._flatten_layers()]
    own_xray(model, X, LABELS, 0)
    assert [len(layer._inbound_nodes) for layer in model._flatten_layers()] == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"sample": 60}, "60 samples"),
        ({"sample": "3"}, "60 samples"),
        ({"sample": 1.5}, "60 samples"),
        ({"y": LABELS[:5]}, "y of out has 5"),
        ({"model": lambda x: x}, "functional Keras models only"),
    ],
)
def test_what_does_not_fit_is_refused(
    model: keras.Model, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        own_xray(**{"model": model, "x": X, "y": LABELS, "sample": 0, **changed})


def test_a_note_says_which_label_is_which_unit(model: keras.Model) -> None:
    y = np.array(["yes", "no"])[LABELS]
    *_, notes = own_xray(model, X, y, 0, ["yes", "no"])
    assert "a low `out` means `yes`, a high one `no`" in notes[0]
    *_, without = own_xray(model, X, None, 0)
    assert not without
