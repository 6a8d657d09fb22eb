"""Every relation keeps the contract; the theory of each holds in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from components.fields import settings
from sample_data.dataset import parse_data
from sample_data.relations import RELATIONS
from sample_data.relations.base import Plan, Relation, Truth

MANY = 40000
TEXTS = [*RELATIONS, "xor:form=signs"]


def drawn(text: str, inputs: int = 2, classes: tuple[int, ...] = (2,), seed: int = 0) -> Truth:
    plan = Plan(inputs, classes)
    return parse_data(text).draw(plan, MANY, np.random.default_rng(seed))


def labelled(text: str, truth: Truth, head: int = 0) -> NDArray[np.int32]:
    return parse_data(text).labels(truth, head)


def best_threshold(score: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """The accuracy of the best cut of a score, either way up."""
    ordered = labels[np.argsort(score)]
    right = np.cumsum(ordered == 0) + (ordered == 1).sum() - np.cumsum(ordered == 1)
    return float(max(right.max(), len(labels) - right.min()) / len(labels))


def normal_cdf(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def test_the_registry_is_not_empty() -> None:
    assert {"redundant", "unique", "additive", "xor"} <= set(RELATIONS)


@pytest.mark.parametrize("kind", RELATIONS)
def test_texts_and_dials(kind: str) -> None:
    relation = RELATIONS[kind]
    assert all(
        (relation.title, relation.formula, relation.teaches, relation.source, relation.__doc__)
    )
    dials = {setting.name: setting for setting in settings(relation)}
    assert {"noise", "label_noise"} <= set(dials)
    assert all(dial.help for dial in dials.values())
    assert relation() == relation.model_validate_json(relation().model_dump_json())


@pytest.mark.parametrize("inputs", range(1, 7))
@pytest.mark.parametrize("text", TEXTS)
def test_causes_and_score(text: str, inputs: int) -> None:
    truth = drawn(text, inputs)
    assert truth.causes.shape == (MANY, inputs, parse_data(text).dimensions)
    assert truth.score.shape == (MANY,)
    assert truth.causes.dtype == truth.score.dtype == np.float32
    assert np.isfinite(truth.causes).all()
    labels = labelled(text, truth)
    assert np.array_equal(labels, truth.score > 0)
    assert abs(labels.mean() - 0.5) < 0.02


@pytest.mark.parametrize("classes", [2, 3, 5, 10])
@pytest.mark.parametrize("inputs", [1, 2, 5])
@pytest.mark.parametrize("text", TEXTS)
def test_classes_are_balanced(text: str, inputs: int, classes: int) -> None:
    truth = drawn(text, inputs, (2, classes, 0))
    shares = np.bincount(labelled(text, truth, 1), minlength=classes) / MANY
    assert len(shares) == classes
    assert shares == pytest.approx(1 / classes, abs=0.02)


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_standardised_scores(text: str) -> None:
    truth = drawn(text, 3, (2, 0))
    values = parse_data(text).values(truth, 1)
    assert values.dtype == np.float32
    assert values.mean() == pytest.approx(0, abs=0.03)
    assert values.std() == pytest.approx(1, abs=0.15)
    assert np.array_equal(values > 0, truth.score > 0)


@pytest.mark.parametrize("text", TEXTS)
def test_two_classes_are_the_binary_label(text: str) -> None:
    truth = drawn(text, 3, (2, 4, 2))
    assert np.array_equal(labelled(text, truth, 0), labelled(text, truth, 2))


@pytest.mark.parametrize("text", TEXTS)
def test_cuts_depend_on_no_seed(text: str) -> None:
    relation, truth = parse_data(text), drawn(text, 2, (5,))
    some = Truth(truth.plan, truth.causes[:50], truth.score[:50])
    assert np.array_equal(relation.labels(some, 0), relation.labels(truth, 0)[:50])


@pytest.mark.parametrize("text", TEXTS)
def test_seeds(text: str) -> None:
    assert np.array_equal(drawn(text, seed=3).causes, drawn(text, seed=3).causes)
    assert not np.array_equal(drawn(text, seed=3).causes, drawn(text, seed=4).causes)


@pytest.mark.parametrize(("inputs", "accuracy"), [(1, 0.841), (2, 0.921)])
def test_redundant_averaging_removes_noise(inputs: int, accuracy: float) -> None:
    truth = drawn("redundant", inputs)
    mean = truth.causes[:, :, 0].mean(axis=1)
    assert best_threshold(mean, labelled("redundant", truth)) == pytest.approx(accuracy, abs=0.01)


@pytest.mark.parametrize(("text", "step"), [("redundant", 1), ("unique", 2)])
def test_neighbours_of_many_classes_are_as_far_apart_as_two(text: str, step: float) -> None:
    classes = 5
    truth = drawn(text, 1, (classes,))
    place = np.rint((truth.causes[:, 0, 0] / step + 1) / 2 * (classes - 1))
    right = np.clip(place, 0, classes - 1) == labelled(text, truth)
    inside = 2 * normal_cdf(step) - 1
    expected = (2 * normal_cdf(step) + (classes - 2) * inside) / classes
    assert right.mean() == pytest.approx(expected, abs=0.01)


def test_unique_is_in_the_first_input() -> None:
    truth = drawn("unique", 3)
    labels = labelled("unique", truth)
    assert best_threshold(truth.causes[:, 0, 0], labels) == pytest.approx(0.977, abs=0.005)
    for other in (1, 2):
        assert best_threshold(truth.causes[:, other, 0], labels) == pytest.approx(0.5, abs=0.02)


def test_additive_needs_both() -> None:
    truth = drawn("additive")
    labels = labelled("additive", truth)
    assert best_threshold(truth.causes[:, 0, 0], labels) == pytest.approx(0.75, abs=0.01)
    assert best_threshold(truth.causes.sum(axis=(1, 2)), labels) == 1


@pytest.mark.parametrize("text", ["xor", "xor:form=signs"])
def test_xor_tells_nothing_by_one_input_or_by_a_sum(text: str) -> None:
    truth = drawn(text)
    labels = labelled(text, truth)
    assert best_threshold(truth.causes[:, 0, 0], labels) == pytest.approx(0.5, abs=0.02)
    assert abs(np.corrcoef(truth.causes.sum(axis=(1, 2)), labels)[0, 1]) < 0.02


@pytest.mark.parametrize("inputs", range(1, 5))
def test_xor_of_bits_is_their_parity(inputs: int) -> None:
    truth = drawn("xor", inputs)
    bits = (truth.causes[:, :, 0] > 0).astype(int)
    assert set(np.unique(truth.causes)) == {-1, 1}
    assert np.array_equal(labelled("xor", truth), bits.sum(axis=1) % 2)


@pytest.mark.parametrize("inputs", range(1, 5))
def test_xor_of_signs_is_the_sign_of_the_product(inputs: int) -> None:
    truth = drawn("xor:form=signs", inputs)
    negative = (truth.causes[:, :, 0] < 0).sum(axis=1)
    assert np.array_equal(labelled("xor:form=signs", truth), negative % 2 == 0)


def test_xor_of_three_classes_is_a_sum_modulo_three() -> None:
    truth = drawn("xor", 2, (3,))
    digits = np.rint(truth.causes[:, :, 0] + 1).astype(int)
    labels = labelled("xor", truth)
    assert set(np.unique(truth.causes)) == {-1, 0, 1}
    assert np.array_equal(labels, digits.sum(axis=1) % 3)
    for digit in range(3):
        shares = np.bincount(labels[digits[:, 0] == digit]) / (digits[:, 0] == digit).sum()
        assert shares == pytest.approx(1 / 3, abs=0.02)


def test_xor_serves_heads_of_different_classes_from_the_same_causes() -> None:
    truth = drawn("xor", 2, (2, 3))
    steps = np.rint((truth.causes[:, :, 0] + 1) / 2 * 5).astype(int)
    assert set(np.unique(steps)) == set(range(6))
    assert np.array_equal(labelled("xor", truth, 0), (steps // 3).sum(axis=1) % 2)
    assert np.array_equal(labelled("xor", truth, 1), (steps // 2).sum(axis=1) % 3)


@pytest.mark.parametrize("text", TEXTS)
def test_huge_numbers_of_classes(text: str) -> None:
    relation, plan = parse_data(text), Plan(2, (100_000, 99_999, 99_991))
    truth = relation.draw(plan, 500, np.random.default_rng(0))
    for head, classes in enumerate(plan.classes):
        labels = relation.labels(truth, head)
        assert labels.min() >= 0
        assert labels.max() < classes


def test_a_relation_must_say_how_it_is_drawn() -> None:
    with pytest.raises(NotImplementedError):
        Relation().draw(Plan(1, (2,)), 1, np.random.default_rng(0))
