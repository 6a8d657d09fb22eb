"""Models from elsewhere: the same measures as for models made here, and any form of output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers as K

from components.base.errors import DataError, RunError
from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measures.gate_choice import GateChoice
from components.experiments.inspection.measures.permutation import Permutation
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.inspection.measuring import inspect
from components.experiments.inspection.own_inspection import priced
from components.experiments.inspection.own_model import SEEN, OwnModel, own_model
from components.experiments.inspection.split_model import split_model
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import build_with_weights
from sample_data.core.arrays import Array
from tests.experiments.training.support import (
    BINARY,
    IMAGE_SEQUENCE,
    LACKING,
    TWO_HEADS,
    VECTORS,
    fused,
    random_data,
)
from tests.experiments.training.support import vector as vector_input

RNG = np.random.default_rng(3)
LEFT, RIGHT = RNG.normal(size=(2, 60, 3)).astype("float32")
X = {"left": LEFT, "right": RIGHT}
PRODUCT = LEFT[:, 0] * RIGHT[:, 0]
LABELS = (PRODUCT > 0).astype(int)
GATED = fused([vector_input("left"), vector_input("right")], [BINARY], "cross_gate")


def sure(x: Any) -> Array:
    """Return probabilities of class 1 by a product of the two inputs."""
    left, right = x.values() if isinstance(x, dict) else x
    chance: Array = 1 / (1 + np.exp(-4 * left[:, 0] * right[:, 0]))
    return chance


def both(x: Any) -> Array:
    one = sure(x)
    return np.stack([1 - one, one], axis=1).clip(1e-12, 1)


def measured(model: OwnModel, background: int = 20) -> Inspection:
    return inspect(model, np.arange(model.samples), True, background)


def numbers(inspection: Inspection) -> dict[str, list[float]]:
    return {
        f"{name} {kind}": [one.value for one in found]
        for name, head in inspection.heads.items()
        for kind, found in head.measures.items()
    }


@pytest.mark.parametrize("architecture", [VECTORS, TWO_HEADS, IMAGE_SEQUENCE, GATED])
def test_a_model_made_here_has_the_measures_of_inspect(architecture: Architecture) -> None:
    blueprint = build_with_weights(architecture)
    inputs, targets = random_data(architecture, 40)
    ours = inspect(split_model(blueprint, inputs, targets), np.arange(40), True, 40)
    gates = ["fusion_gate_left"] if architecture is GATED else []
    model = own_model(blueprint.model, inputs, targets, gates=gates)
    assert model.parts.branches
    found, wanted = numbers(measured(model, 40)), numbers(ours)
    assert found.keys() == wanted.keys()
    for kind, values in wanted.items():
        assert found[kind] == pytest.approx(values, abs=1e-6), kind


def test_a_function_has_the_measures_of_the_model_that_it_calls() -> None:
    model = build_with_weights(VECTORS).model
    inputs, targets = random_data(VECTORS, 40)
    cut = numbers(measured(own_model(model, inputs, targets)))
    whole = own_model(lambda x: model.predict_on_batch(x)["y"], inputs, targets["y"])
    assert whole.parts.branches is None
    for values, others in zip(cut.values(), numbers(measured(whole)).values(), strict=True):
        assert values == pytest.approx(others, abs=1e-5)


@pytest.mark.parametrize(
    ("function", "y"),
    [
        (both, LABELS),
        (both, np.where(LABELS == 1, "yes", "no")),
        (both, np.eye(2)[LABELS]),
        (sure, LABELS.astype(bool)),
        (lambda x: np.log(both(x)), LABELS),
        (lambda x: np.log(both(x)) + 3.0, LABELS),
        (lambda x: [sure(x)[:, None]], LABELS[:, None]),
        (lambda x: 4 * product_of(x), LABELS),
    ],
    ids=["classes", "names", "one-hot", "true", "log-probabilities", "logits", "list", "logit"],
)
def test_all_forms_of_classes_have_the_same_shares(function: Callable[..., Any], y: Array) -> None:
    (usual,) = measured(own_model(sure, X, LABELS)).heads.values()
    (head,) = measured(own_model(function, X, y)).heads.values()
    assert head.quality == usual.quality == 1.0
    assert ShapleyShare.values(head) == pytest.approx(ShapleyShare.values(usual), abs=1e-9)


CLASSES = LEFT[:, :1] * np.array([1, -1, 0, 2]) + RIGHT[:, :1] * np.array([0, 1, -2, 1])
"""Logits of four classes by the first number of each input."""
UNITS = np.where(np.arange(60) % 5, CLASSES.argmax(axis=1), np.arange(60) % 4)
LEVELS = np.array(["low", "mid", "high", "top"])


def four(ending: str) -> keras.Model:
    """Return a model with the logits `CLASSES` and an ending."""
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    joined = K.Concatenate()([left, right])
    kernel, activation = np.zeros((6, 4)), "softmax" if ending == "Dense" else None
    kernel[0], kernel[3] = [1, -1, 0, 2], [0, 1, -2, 1]
    dense = K.Dense(4, activation, use_bias=False, name="out")
    out = dense(joined)
    dense.set_weights([kernel])
    ends = {"Activation": K.Activation("softmax"), "Softmax": K.Softmax(),
            "ops": keras.ops.softmax}  # fmt: skip
    return keras.Model([left, right], ends[ending](out) if ending in ends else out)


def plain_shares(background: int) -> tuple[float, list[float]]:
    """Return the accuracy and the shares of both inputs of `four`, by plain loops."""
    others = np.sort(np.random.default_rng(0).permutation(60)[:background])

    def accuracy(knows_left: bool, knows_right: bool) -> float:
        means = np.zeros((60, 4))
        for row in others:
            left = LEFT[:, :1] if knows_left else LEFT[row, 0]
            right = RIGHT[:, :1] if knows_right else RIGHT[row, 0]
            powers = np.exp(left * np.array([1, -1, 0, 2]) + right * np.array([0, 1, -2, 1]))
            means += powers / powers.sum(axis=-1, keepdims=True)
        return float((means.argmax(axis=1) == UNITS).mean())

    none, one = accuracy(False, False), accuracy(True, False)
    other, whole = accuracy(False, True), accuracy(True, True)
    return whole, [(one - none + whole - other) / 2, (other - none + whole - one) / 2]


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.eye(4)[UNITS], None),
        (UNITS, None),
        (UNITS + 1, None),
        (np.sort(LEVELS)[UNITS], None),
        (LEVELS[UNITS], LEVELS),
    ],
    ids=["one-hot", "numbers", "from 1", "names", "classes"],
)
@pytest.mark.parametrize("ending", ["Dense", "Activation", "Softmax", "ops", "logits"])
def test_a_softmax_is_known_by_any_ending_and_form_of_labels(
    ending: str, y: Array, classes: Any
) -> None:
    own = own_model(four(ending), X, y, classes=classes)
    (head,) = measured(own).heads.values()
    accuracy, shares = plain_shares(20)
    assert head.quality == pytest.approx(accuracy)
    assert ShapleyShare.values(head) == pytest.approx(shares)


def test_permutation_has_the_sign_and_order_of_scikit_learn() -> None:
    """Compare with scikit-learn, which comes with `shapiq` and needs Python 3.12."""
    importance = pytest.importorskip("sklearn.inspection").permutation_importance
    model = four("logits")

    class Classifier:
        def fit(self) -> None: ...

        def score(self, x: Array, y: Array) -> float:
            scores = model.predict_on_batch([x[:, :3], x[:, 3:]])
            return float((scores.argmax(axis=1) == y).mean())

    x = np.concatenate([LEFT, RIGHT], axis=1)
    wanted = importance(Classifier(), x, UNITS, n_repeats=10, random_state=0).importances_mean
    (head,) = measured(own_model(four("Dense"), X, np.eye(4)[UNITS])).heads.values()
    left, right = Permutation.values(head)
    assert left > 0 < wanted[0]
    assert right > 0 < wanted[3]
    assert (left > right) == (wanted[0] > wanted[3])


def test_a_softmax_over_steps_is_read_after_it() -> None:
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    joined = K.Reshape((2, 3))(K.Concatenate()([left, right]))
    model = keras.Model([left, right], K.Softmax(name="out")(joined))
    tags = np.stack([LEFT.argmax(axis=1), RIGHT.argmax(axis=1)], axis=1)
    y = np.eye(3)[tags].reshape(60, 6)
    heads = own_model(model, [LEFT, RIGHT], y).scores(np.arange(60)[:, None].repeat(2, axis=1))
    chances = np.stack([1 / (1 + np.exp(-one[:, 0])) for one in heads.values()], axis=1)
    np.testing.assert_allclose(chances.reshape(60, 2, 3).sum(axis=2), 1.0, atol=1e-5)


def test_an_activation_inside_a_recurrent_layer_stays_there() -> None:
    left, right = (keras.Input((4, 3), name=name) for name in ("left", "right"))
    model = keras.Model(
        [left, right], K.LSTM(4, activation="softmax", name="out")(K.Concatenate()([left, right]))
    )
    steps = RNG.normal(size=(2, 60, 4, 3))
    own = own_model(model, list(steps), UNITS)
    assert own.parts.branches
    chances = own.scores(np.arange(60)[:, None].repeat(2, axis=1))["out"]
    np.testing.assert_allclose(chances, model.predict_on_batch(list(steps)), atol=1e-6)


@pytest.mark.parametrize(("sign", "lowers"), [(1, True), (-1, False)])
def test_a_metric_that_known_inputs_lower_is_reported(sign: int, lowers: bool) -> None:
    def error(truth: Array, predictions: Array) -> Array:
        numbers: Array = sign * abs(truth - predictions).ravel()
        return numbers

    price = priced(own_model(product_of, X, PRODUCT, metric=error), 600.0)
    notes = price.notes(price.inspection())
    assert any("known inputs lower it" in note for note in notes) == lowers


def test_an_order_of_names_that_fits_better_is_reported() -> None:
    price = priced(own_model(four("Dense"), X, LEVELS[UNITS]), 600.0)
    assert "far better: unit 0 is `low`, 1 is `mid`" in price.notes(price.inspection())[-1]


def product_of(x: Any) -> Array:
    product: Array = x["left"][:, 0] * x["right"][:, 0]
    return product


def test_each_of_several_labels_is_a_head() -> None:
    y = np.stack([LABELS, LABELS, 1 - LABELS], axis=1)
    outputs = own_model(lambda x: sure(x)[:, None].repeat(3, axis=1), X, y)
    assert [head.quality for head in measured(outputs).heads.values()] == [1.0, 1.0, 0.0]


def test_numbers_are_values() -> None:
    (head,) = measured(own_model(product_of, X, PRODUCT)).heads.values()
    assert head.target == "values"
    assert head.quality == pytest.approx(1.0)


def test_values_of_a_sigmoid_are_measured_after_it() -> None:
    model = small(lambda one, other: K.Multiply()([one, other]))
    values = np.linspace(0.1, 0.9, 60)
    cut = own_model(model, [LEFT, RIGHT], values)
    whole = own_model(lambda x: model.predict_on_batch(x), [LEFT, RIGHT], values)
    assert cut.parts.branches
    (head,), (other,) = measured(cut).heads.values(), measured(whole).heads.values()
    assert head.quality == pytest.approx(other.quality, abs=1e-5)


def test_rounding_does_not_decide_between_equal_probabilities() -> None:
    """Use a mean of a forest's votes, which is 0.30000000000000004 or 0.3 depending on
    their order.
    """
    several = InspectedHead("y", "classes", (0,), LABELS)
    assert list(several.classes(np.array([[0.3, 0.1 + 0.2, 0.2], [0.3, 0.31, 0.2]]))) == [0, 1]
    two = InspectedHead("y", "binary", (0,), LABELS)
    assert list(two.classes(np.array([[0.5 + 1e-16 * 4], [0.51]]))) == [0, 1]


def test_outputs_without_truth_are_left_out() -> None:
    model = own_model(lambda x: {"a": sure(x), "b": sure(x)}, X, {"b": LABELS})
    assert [head.name for head in model.heads] == ["b"]


def test_a_metric_is_the_quality_under_its_name() -> None:
    def brier(truth: Array, predicted: Array) -> Array:
        score: Array = 1 - (predicted[:, 0] - truth) ** 2
        return score

    (head,) = measured(own_model(sure, X, LABELS, metric=brier)).heads.values()
    assert head.quality_name == "brier"
    assert head.quality == pytest.approx(float(brier(LABELS, sure(X)[:, None]).mean()))


def test_inputs_of_a_group_are_replaced_together() -> None:
    x = {**X, "other": RIGHT}
    grouped = own_model(lambda one: sure((one["left"], one["other"])), x, LABELS,
                        {"pair": ["left", "other"]})  # fmt: skip
    assert grouped.inputs == ("right", "pair")
    (head,) = measured(grouped).heads.values()
    assert ShapleyShare.values(head) == pytest.approx((0.0, head.quality - head.nothing))


def test_an_input_and_its_presence_count_as_one() -> None:
    inputs, targets = random_data(LACKING, 40)
    there = {f"{name}_present": RNG.integers(0, 2, size=(40, 1)) for name in inputs}
    model = build_with_weights(LACKING).model
    own = own_model(model, {**inputs, **there}, targets)
    assert own.inputs == ("left", "right")
    assert "`left` with `left_present`, `right` with `right_present`" in own.notes[0]
    groups = {"left": ["left"], "told": ["left_present"]}
    apart = own_model(model, {**inputs, **there}, targets, groups)
    assert apart.inputs == ("right", "left", "told")
    chained = {"a": LEFT, "a_present": LEFT, "a_present_present": LEFT, "b": RIGHT}
    assert own_model(lambda x: sure([x["a"], x["b"]]), chained, LABELS).inputs == ("a", "b")


def test_arrays_that_no_input_has_are_named() -> None:
    model = small(lambda one, other: K.Add()([one, other]))
    own = own_model(model, {**X, "age": LEFT}, LABELS)
    assert own.notes[0] == "Ignored: `age`. No input or output of the model has such a name."


def test_each_column_of_a_table_is_an_input_of_a_model() -> None:
    left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    model = keras.Model([left, right], K.Dense(1, name="out")(K.Concatenate()([left, right])))
    x = {name: array[:, 0] for name, array in X.items()}
    own, other = (own_model(model, given, PRODUCT) for given in (pd.DataFrame(x), x))
    assert own.parts.branches
    assert numbers(measured(own)) == numbers(measured(other))
    with pytest.raises(DataError, match="x has no right"):
        own_model(model, pd.DataFrame({"left": x["left"]}), PRODUCT)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"model": lambda x: LABELS[: len(x["left"])]}, "Labels alone"),
        ({"y": LABELS[:5]}, "y of output has 5"),
        ({"x": {"left": LEFT}}, "two or more inputs"),
        ({"x": LEFT}, "x is a ndarray"),
        ({"x": {"left": LEFT, "right": RIGHT[:9]}}, "right has 9"),
        ({"y": None}, "y of output is None"),
        ({"y": [[0], [0, 1]] * 30}, "y of output don't have all the same shape"),
        ({"x": {"left": [[0.0], [0.0, 1.0]] * 30, "right": RIGHT}}, "samples of left don't have"),
        ({"x": [[[0.0], [0.0, 1.0]] * 30, RIGHT]}, "samples of input 1 don't have"),
        ({"model": lambda x: {"out": [[0.0], [0.0, 1.0]] * 30}}, "the output out don't have"),
        ({"metric": "accuracy"}, "A metric is a function"),
        ({"model": "model.keras"}, "keras.models.load_model"),
        ({"model": lambda x: None}, "a row for each sample"),
        ({"model": lambda x: np.zeros(3)}, "a row for each sample"),
        ({"groups": {"g": ["lift"]}}, "`left`"),
        ({"groups": {"g": "left"}}, "Groups are lists of inputs"),
        ({"groups": ["left"]}, "Groups are lists of inputs"),
        ({"groups": {"g": ["left", "right"]}}, "Leave an input out of the groups"),
        ({"gates": ["gate"]}, "functional Keras models only"),
        ({"y": RNG.normal(size=(60, 2))}, "1 numbers a sample"),
        ({"model": both, "y": np.arange(60)}, "60 different labels"),
        ({"y": np.where(np.arange(60) == 50, np.nan, PRODUCT)}, "values of output have numbers"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        own_model(**{"model": sure, "x": X, "y": LABELS, **changed})


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (LEFT[:, :2], r"samples of 3 \(the array has samples of 2\)"),
        (LEFT.astype(str), "takes numbers"),
        (LEFT[:0], "left has no samples"),
        (np.float32(1), "left is a single value"),
    ],
)
def test_an_array_that_an_input_can_not_take_is_refused(left: Any, sentence: str) -> None:
    model = small(lambda one, other: K.Add()([one, other]))
    with pytest.raises(DataError, match=sentence):
        own_model(model, [left, RIGHT], LABELS)


def test_keras_adds_the_last_axis_of_an_input() -> None:
    left, right = keras.Input((1,), name="left"), keras.Input((3,), name="right")
    model = keras.Model([left, right], K.Dense(1, name="out")(K.Concatenate()([left, right])))
    (head,) = measured(own_model(model, [LEFT[:, 0], RIGHT], PRODUCT)).heads.values()
    assert np.isfinite(head.quality)


def test_a_sample_without_a_finite_prediction_is_refused() -> None:
    """Put the gap in a sample that the check of the form of the outputs does not see."""
    hole = np.where(np.arange(60)[:, None] == SEEN, np.nan, LEFT)
    with pytest.raises(DataError, match="The output output has numbers that are not finite"):
        measured(own_model(sure, {**X, "left": hole}, LABELS))


@pytest.mark.parametrize("quality", [0.5, "good", None])
def test_a_metric_needs_a_number_a_sample(quality: Any) -> None:
    with pytest.raises(DataError, match="one finite number a sample"):
        measured(own_model(sure, X, LABELS, metric=lambda truth, predicted: quality))


def small(join: Any, gate: bool = False) -> keras.Model:
    """Return a model of two inputs that ends with a Keras layer."""
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    one, other = K.Dense(4, name="one")(left), K.Dense(4, name="other")(right)
    if gate:
        other = K.Multiply()([K.Dense(4, activation="sigmoid", name="gate")(one), other])
    return keras.Model(
        [left, right], K.Dense(1, activation="sigmoid", name="out")(join(one, other))
    )


def test_a_model_is_left_as_it_was() -> None:
    model = small(lambda one, other: K.Concatenate()([one, other]))
    before = [len(layer._inbound_nodes) for layer in model.layers]
    weights = [value.copy() for value in model.get_weights()]
    measured(own_model(model, [LEFT, RIGHT], LABELS))
    assert [len(layer._inbound_nodes) for layer in model.layers] == before
    for value, old in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(value, old)


def test_named_gates_are_measured_in_any_model() -> None:
    model = small(lambda one, other: other, gate=True)
    model.get_layer("other").set_weights([np.zeros((3, 4)), np.ones(4)])
    gated = own_model(model, [LEFT, RIGHT], LABELS, gates=["gate"])
    others = RNG.permutation(60)
    rows = np.stack([others, np.arange(60)], axis=1)
    np.testing.assert_allclose(gated.gated_scores(others)["out"], gated.scores(rows)["out"],
                               atol=1e-6)  # fmt: skip
    assert len(GateChoice.of(measured(gated).heads["out"])) == 1


def test_a_gate_with_the_name_of_no_layer_is_refused() -> None:
    with pytest.raises(DataError, match="Did you mean `gate`"):
        own_model(small(lambda one, other: other, gate=True), [LEFT, RIGHT], LABELS, gates=["gat"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"gates": "gate"}, r'gates=\["gate"\]'),
        ({"x": {"left": LEFT, "righ": RIGHT}}, "an array called right"),
    ],
)
def test_what_does_not_fit_a_model_of_keras_is_refused(
    changed: dict[str, Any], sentence: str
) -> None:
    model = small(lambda one, other: other, gate=True)
    with pytest.raises(DataError, match=sentence):
        own_model(**{"model": model, "x": X, "y": LABELS, **changed})


def test_masks_of_padding_cross_the_cut() -> None:
    words, series = keras.Input((5,), name="words"), keras.Input((5, 2), name="series")
    read = [K.Embedding(6, 2, mask_zero=True)(words), K.Masking()(series)]
    model = keras.Model([words, series], K.Dense(1, name="out")(K.LSTM(3)(K.Concatenate()(read))))
    ids, values = RNG.integers(1, 6, size=(20, 5)), RNG.normal(size=(20, 5, 2))
    ids[:, 3:] = values[:, 3:] = 0
    own = own_model(model, [ids, values], RNG.normal(size=20))
    assert own.parts.branches
    rows = np.arange(20)[:, None].repeat(2, axis=1)
    np.testing.assert_allclose(own.scores(rows)["out"], model.predict_on_batch([ids, values]),
                               atol=1e-6)  # fmt: skip


class Noise(K.Layer):  # type: ignore[misc]
    """Layer that adds noise at every call."""

    def call(self, x: Any) -> Any:
        return x + keras.random.normal(keras.ops.shape(x))


def test_a_model_with_random_outputs_is_predicted_in_whole_rows() -> None:
    model = small(lambda one, other: Noise()(K.Concatenate()([one, other])))
    own = own_model(model, [LEFT, RIGHT], LABELS)
    assert own.parts.branches is None
    assert "Whole rows are predicted" in own.notes[0]


def test_too_slow_a_model_is_refused_with_its_estimated_time() -> None:
    with pytest.raises(RunError, match="time_limit="):
        priced(own_model(sure, X, LABELS), 1e-9)


def test_no_more_rows_are_predicted_than_announced() -> None:
    price = priced(own_model(sure, X, LABELS), 60.0)
    before = price.model.predicted
    price.inspection()
    assert 0.5 * price.rows <= price.model.predicted - before <= price.rows
