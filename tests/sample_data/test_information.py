"""Decomposition of information: that of the literature where known, with parts that add up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import DataError
from sample_data.ceilings.information import (
    Information,
    _least_information,
    decomposition,
    mutual_information,
    union_information,
)
from sample_data.core.arrays import Array
from sample_data.loading.synthetic import parse_data
from sample_data.relations import RELATIONS
from tests import matrix

from .architectures import architecture, least

LN2 = math.log(2)
BINARY: dict[str, Any] = {"kind": "binary"}


def of(text: str, inputs: int = 2, kind: str = "vector", head: Any = BINARY) -> Information:
    fields = {"vector": {"features": 16}, "timeseries": {"length": 16}}.get(kind, {})
    spec = architecture(*[kind] * inputs, heads=[head], fields=fields)
    return decomposition(spec, parse_data(text))


def gate(truth: Callable[[int, int], int]) -> tuple[float, float, float, float]:
    """Return redundancy, unique information and synergy of a gate of two fair bits, in nats."""
    joint = np.zeros((2, 2, 2))
    for one in (0, 1):
        for other in (0, 1):
            joint[one, other, truth(one, other)] += 0.25
    first, second = joint.sum(axis=1), joint.sum(axis=0)
    union = union_information(first, second)
    left, right = mutual_information(first), mutual_information(second)
    total = mutual_information(joint.reshape(4, 2))
    bits = (left + right - union, union - right, union - left, total - union)
    return tuple(LN2 * value for value in bits)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (lambda a, b: a ^ b, (0, 0, 0, 0.693)),
        (lambda a, b: a & b, (0.216, 0, 0, 0.347)),
        (lambda a, b: a | b, (0.216, 0, 0, 0.347)),
        (lambda a, b: a, (0, 0.693, 0, 0)),
    ],
)
def test_gates(truth: Callable[[int, int], int], expected: tuple[float, ...]) -> None:
    assert gate(truth) == pytest.approx(expected, abs=5e-4)


def test_a_copy_of_two_bits_is_unique_to_each() -> None:
    """Take four labels: the unique information is a bit each (Bertschinger 2014)."""
    first = np.array([[0.25, 0.25, 0, 0], [0, 0, 0.25, 0.25]])
    second = np.array([[0.25, 0, 0.25, 0], [0, 0.25, 0, 0.25]])
    assert union_information(first, second) == pytest.approx(2)


def channel(rng: np.random.Generator, values: int, label: Array) -> Array:
    return rng.dirichlet(np.ones(values), len(label)).T * label


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(2, 4), second=st.integers(2, 4))
def test_the_exact_result_for_two_labels_agrees_with_iteration(
    seed: int, first: int, second: int
) -> None:
    rng = np.random.default_rng(seed)
    label = rng.dirichlet(np.ones(2) * 5)
    one, other = channel(rng, first, label), channel(rng, second, label)
    exact, close = union_information(one, other), _least_information(one, other)
    assert exact >= max(mutual_information(one), mutual_information(other)) - 1e-9
    assert close == pytest.approx(exact, abs=0.01)
    assert close >= exact - 1e-4


@pytest.mark.parametrize(
    ("text", "redundancy", "unique", "synergy"),
    [
        ("xor", 0, 0, 1),
        ("dot", 0, 0, 1),
        ("similarity", 0, 0, 0.81),
        ("unique", 0, 0.913, 0),
        ("multi_task", 0, 1, 0),
        # The sign of a sum: 1 - 1 / (2 ln 2) is redundant, the rest synergistic.
        ("additive", 1 - 0.5 / LN2, 0, 0.5 / LN2),
        ("mix:redundant=1,unique_1=0,synergistic=0", 1, 0, 0),
        ("mix:redundant=0,unique_1=1,synergistic=0", 0, 1, 0),
        ("mix:redundant=0,unique_1=0,synergistic=1", 0, 0, 1),
    ],
)
def test_relations(text: str, redundancy: float, unique: float, synergy: float) -> None:
    found = of(text)
    assert found.redundancy == pytest.approx(redundancy, abs=0.006)
    assert found.unique["in_1"] == pytest.approx(unique, abs=0.006)
    assert found.unique["in_2"] == pytest.approx(0, abs=0.006)
    assert found.synergy == pytest.approx(synergy, abs=0.006)


@pytest.mark.parametrize("inputs", [2, 3, 5])
def test_parity_is_exact(inputs: int) -> None:
    found = of("xor", inputs)
    assert (found.synergy, found.redundancy, found.total, found.error) == (1, 0, 1, 0)


def test_the_sign_of_a_sum_is_synergistic() -> None:
    assert of("additive").synergy > 0.7


FOUR = {"kind": "multiclass", "classes": 4}


SHAPES = [(1, BINARY), (1, FOUR), (2, FOUR), (3, BINARY)]


@pytest.mark.parametrize(("inputs", "head"), matrix.cases(SHAPES, [(2, FOUR)]))
@pytest.mark.parametrize("relation", RELATIONS)
def test_parts_add_up(relation: str, inputs: int, head: dict[str, Any]) -> None:
    kind = "timeseries" if relation in ("alignment", "recall") else "vector"
    if inputs < least(relation):
        with pytest.raises(DataError):
            of(relation, inputs, kind, head)
        return
    found = of(f"{relation}:noise=0.4", inputs, kind, head)
    parts = (found.redundancy, *found.unique.values(), found.synergy)
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(found.total, abs=0.03 + 3 * found.error)
    assert 0 <= found.total <= math.log2(head.get("classes", 2)) + 1e-9
    assert 0 <= found.error < 0.1


def test_label_noise_lowers_the_total() -> None:
    share = 0.2
    wrong = share / 2
    entropy = -wrong * math.log2(wrong) - (1 - wrong) * math.log2(1 - wrong)
    assert of(f"xor:label_noise={share}").total == pytest.approx(1 - entropy)


def test_real_values_are_taken_by_their_sign() -> None:
    assert of("additive", head={"kind": "regression"}).total == pytest.approx(1)
