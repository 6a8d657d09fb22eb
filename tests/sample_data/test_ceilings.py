"""Ceilings, which agree with theory and with counts on drawn samples."""

from __future__ import annotations

import math
from itertools import product
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from components.base.errors import DataError
from components.models.architecture.architecture import Architecture
from sample_data.ceilings import OTHER_SUMS, Ceiling, Ceilings, ceilings
from sample_data.ceilings.estimator import bins, likeliest
from sample_data.core.arrays import Array
from sample_data.loading.synthetic import DataSpec, parse_data
from sample_data.relations import RELATIONS
from tests import matrix

from .architectures import architecture, roomy

below = NormalDist().cdf
BINARY: dict[str, Any] = {"kind": "binary"}
FIVE: dict[str, Any] = {"kind": "multiclass", "classes": 5}
VALUE: dict[str, Any] = {"kind": "regression"}
LARGE = {"vector": {"features": 16}, "timeseries": {"length": 16, "features": 3}}


def of(text: str, *heads: dict[str, Any], kinds: tuple[str, ...] = ("vector", "vector")) -> Any:
    found = ceilings(wide(*kinds, heads=heads or (BINARY,)), DataSpec(relation=parse_data(text)))
    return next(iter(found.values())) if len(found) == 1 else found


def wide(*kinds: str, heads: tuple[dict[str, Any], ...] = (BINARY,)) -> Architecture:
    """Return an architecture whose inputs can show whatever relations ask for."""
    fields = LARGE.get(kinds[0], {}) if len(set(kinds)) == 1 else {}
    return architecture(*kinds, heads=heads, fields=fields)


def values(found: Ceilings) -> tuple[float, float, float, float]:
    best = max(one.value for one in found.single.values())
    return found.chance.value, best, found.additive.value, found.bayes.value


SERIES = ("timeseries", "timeseries")
FIGURES: dict[str, list[tuple[str, tuple[float, ...]]]] = {
    "accuracy": [
        ("redundant", (0.5, 0.8413, 0.9214, 0.9214)),
        ("unique", (0.5, 0.9772, 0.9772, 0.9772)),
        ("additive", (0.5, 0.75, 1, 1)),
        ("xor", (0.5, 0.5, 0.5, 1)),
        ("xor:form=signs", (0.5, 0.5, 0.5, 1)),
        ("dot", (0.5, 0.5, 0.5, 1)),
        ("conditional", (0.5, 0.6367, 0.6367, 1)),
        ("alignment", (0.5, 0.6367, 0.6367, 1)),
        ("recall", (0.5, 0.672, 0.672, 1)),
        ("recall:queries=1", (0.5, 0.6367, 0.6367, 1)),
        ("cross_reliability", (0.5, 0.7783, 0.875, 0.8911)),
        ("similarity", (0.5, 0.5, 0.5, 0.949)),
        ("multi_task", (0.5, 1, 1, 1)),
        ("missing:p=0.3", (0.5, 0.7389, 0.8498, 0.8498)),
    ],
    "r2": [
        ("additive", (0, 0.5, 1, 1)),
        ("additive:noise=1", (0, 0.25, 0.5, 0.5)),
        ("xor", (0, 0, 0, 1)),
        ("dot:noise=1", (0, 0, 0, 0.25)),
        ("conditional:contexts=4", (0, 0.25, 0.25, 1)),
        ("mix:redundant=0.2,unique_1=0.3,synergistic=0.5", (0, 0.5, 0.5, 1)),
        ("additive:noise=1,label_noise=0.2", (0, 0.16, 0.32, 0.32)),
    ],
}


@pytest.mark.parametrize(
    ("measure", "text", "expected"),
    [(measure, *figure) for measure, figures in FIGURES.items() for figure in figures],
)
def test_the_figures_of_the_field(measure: str, text: str, expected: tuple[float, ...]) -> None:
    kinds = SERIES if text.startswith(("alignment", "recall")) else ("vector", "vector")
    found = of(text, BINARY if measure == "accuracy" else VALUE, kinds=kinds)
    assert found.measure == measure
    assert values(found) == pytest.approx(expected, abs=0.006 if measure == "accuracy" else 0.01)


def test_the_additive_ceiling_is_that_of_least_cross_entropy_not_of_all_sums() -> None:
    """Compare sums on xor: the fit of log-odds is at chance, a threshold is right in 3 cases of 4.

    No sum is right in all 4 cases, since f(0)+g(0) + f(1)+g(1) = f(0)+g(1) + f(1)+g(0).
    """
    cases = [(a, b, a ^ b) for a in (0, 1) for b in (0, 1)]
    assert of("xor").additive == Ceiling(0.5)
    one_hot = np.array([[a, 1 - a, b, 1 - b] for a, b, _ in cases], dtype=float)
    chances = np.array([[1 - y, y] for *_, y in cases], dtype=float)
    odds = one_hot @ likeliest(one_hot, chances)
    assert odds[:, 1] - odds[:, 0] == pytest.approx(np.zeros(4), abs=1e-9)
    sums = product((-2, -1, 0, 1, 2), repeat=4)
    right = [sum((s[a] + s[2 + b] > 0.5) == y for a, b, y in cases) for s in sums]
    assert max(right) == 3
    assert "75 %" in OTHER_SUMS


CLOSED = [
    ("redundant:noise=0.5", "bayes", below(math.sqrt(2 / 1.25))),
    ("redundant:noise=0.5", "single", below(math.sqrt(1 / 1.25))),
    ("unique:noise=1", "bayes", below(2 / math.sqrt(2))),
    ("additive:noise=1", "bayes", 0.75),
    ("additive:noise=1", "single", 0.5 + math.asin(0.5) / math.pi),
    ("xor:noise=1", "bayes", 0.5 + 0.5 * (2 * below(1) - 1) ** 2),
    ("xor:form=signs,noise=1", "bayes", 0.625),
    ("conditional:noise=1,contexts=3", "bayes", 0.75),
    ("mix:redundant=1,unique_1=0,synergistic=0,noise=1", "single", 0.75),
]


@pytest.mark.parametrize(("text", "which", "expected"), CLOSED)
def test_closed_forms(text: str, which: str, expected: float) -> None:
    found = of(text)
    one = found.bayes if which == "bayes" else found.single["in_1"]
    assert one.value == pytest.approx(expected)


def drawn(text: str, kinds: tuple[str, ...], classes: int, samples: int) -> tuple[list[Array], Any]:
    """Draw noisy causes of inputs with one number, and labels, of the plan of an architecture."""
    relation = parse_data(text)
    truth = relation.draw(roomy(len(kinds), classes), samples, np.random.default_rng(5))
    views = [
        relation.noisy(truth.plan, place, cause, np.random.default_rng(9 + place))
        for place, cause in enumerate(truth.causes)
    ]
    return views, relation.labels(truth, 0)


def counted(cells: list[Array], labels: Array, classes: int) -> float:
    """Return the accuracy of the most frequent label of each cell, counted on the other half."""
    index = np.zeros(len(labels), dtype=int)
    for cell in cells:
        index = index * (int(cell.max()) + 1) + cell
    half = len(labels) // 2
    table = np.zeros((int(index.max()) + 1, classes))
    np.add.at(table, (index[:half], labels[:half]), 1)
    return float((table[index[half:]].argmax(axis=1) == labels[half:]).mean())


@pytest.mark.parametrize("classes", [2, pytest.param(5, marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    "text",
    [
        "redundant:noise=0.3",
        "unique:noise=0.3",
        "additive:noise=0.3",
        "xor:noise=0.3",
        "xor:form=signs,noise=0.3",
        "dot:k=1,noise=0.3",
        "similarity:dimensions=1",
        "multi_task:k=1,noise=0.3",
    ],
)
def test_the_bayes_optimum_agrees_with_counting(text: str, classes: int) -> None:
    heads = {"kind": "multiclass", "classes": classes}
    found = ceilings(
        architecture("vector", "vector", heads=[heads]), DataSpec(relation=parse_data(text))
    )["out_1"]
    views, labels = drawn(text, ("vector", "vector"), classes, 400_000)
    cells = [bins(view[:, 0], 40) for view in views]
    slack = 4 * found.bayes.error + 0.012
    assert counted(cells, labels, classes) == pytest.approx(found.bayes.value, abs=slack)
    assert counted(cells[:1], labels, classes) == pytest.approx(
        found.single["in_1"].value, abs=0.008 + 4 * found.single["in_1"].error
    )


@pytest.mark.parametrize(
    "text", ["redundant", "unique", "additive", "additive:noise=0.5", "similarity", "dot:k=1"]
)
@pytest.mark.parametrize("classes", [2, pytest.param(3, marks=pytest.mark.matrix)])
def test_a_few_categories_show_less(text: str, classes: int) -> None:
    heads = {"kind": "multiclass", "classes": classes}
    kinds = ("categorical", "categorical")
    found = ceilings(architecture(*kinds, heads=[heads]), DataSpec(relation=parse_data(text)))
    fewer = text.replace("similarity", "similarity:dimensions=1")
    views, labels = drawn(fewer, kinds, classes, 400_000)
    cells = [bins(view[:, 0], 8) for view in views]
    bayes = found["out_1"].bayes
    assert counted(cells, labels, classes) == pytest.approx(bayes.value, abs=0.01 + 4 * bayes.error)


def test_levels_that_show_all_stay_exact() -> None:
    found = of("xor", kinds=("categorical", "categorical"))
    assert found.bayes == Ceiling(1.0)


@pytest.mark.parametrize("share", [0.1, 0.4])
@pytest.mark.parametrize("head", [BINARY, FIVE])
@pytest.mark.parametrize("text", ["redundant", "xor", "cross_reliability", "conditional"])
def test_label_noise_lowers_all_as_theory_says(
    text: str, head: dict[str, Any], share: float
) -> None:
    classes = head.get("classes", 2)
    clean, noisy = of(text, head), of(f"{text}:label_noise={share}", head)
    lowered = [value * (1 - share) + share / classes for value in values(clean)]
    assert values(noisy) == pytest.approx(lowered)
    assert noisy.additive.error == pytest.approx(clean.additive.error * (1 - share))


REFUSED = {
    "vector": ("alignment", "recall"),
    "categorical": (*("dot", "conditional", "cross_reliability", "alignment", "recall", "mix"),),
}
ORDERED = [(("vector",) * 3, 0), (SERIES, 0.8), (("categorical",) * 2, 0.8)]


@pytest.mark.parametrize(("kinds", "noise"), matrix.cases(ORDERED, ORDERED[:1]))
@pytest.mark.parametrize("relation", RELATIONS)
def test_order(relation: str, kinds: tuple[str, ...], noise: float) -> None:
    architecture = wide(*kinds, heads=(BINARY, FIVE, VALUE))
    data = DataSpec(relation=parse_data(f"{relation}:noise={noise}"))
    if relation in REFUSED.get(kinds[0], ()):
        with pytest.raises(DataError):
            ceilings(architecture, data)
        return
    found = ceilings(architecture, data)
    for one in found.values():
        chance, single, additive, bayes = values(one)
        assert 0 <= chance <= single + 1e-9
        assert single <= additive + 1e-9
        assert additive <= bayes + 1e-9
        assert bayes <= 1
        parts = (one.chance, *one.single.values(), one.additive, one.bayes)
        assert all(0 <= part.error < 0.1 for part in parts)


def test_missing_is_the_mean_over_what_is_absent() -> None:
    p, found = 0.3, of("missing:p=0.3")
    alone, both = below(1), below(math.sqrt(2))
    expected = (1 - p) ** 2 * both + 2 * p * (1 - p) * alone + p**2 / 2
    assert found.bayes == found.additive
    assert found.bayes.value == pytest.approx(expected)
    assert found.single["in_1"].value == pytest.approx((1 - p) * alone + p / 2)


def test_each_head_of_many_tasks_has_its_own_ceilings() -> None:
    found = of("multi_task", BINARY, BINARY, BINARY)
    assert [one.single["in_1"].value for one in found.values()] == [1, 0.5, 0.5]
    assert [one.additive.value for one in found.values()] == [1, 1, 0.5]


def test_a_relation_that_the_inputs_cannot_show_is_refused() -> None:
    with pytest.raises(DataError, match="A dot product needs inputs that can show 4 numbers each"):
        of("dot", kinds=("categorical", "vector"))


def test_heads_of_very_many_classes_are_left_out() -> None:
    heads = ({"kind": "multiclass", "classes": 101}, BINARY)
    found = ceilings(architecture("vector", heads=heads), DataSpec(relation=parse_data("unique")))
    assert list(found) == ["out_2"]


def test_one_class_is_always_right() -> None:
    found = of("additive", {"kind": "multiclass", "classes": 1})
    assert values(found) == (1, 1, 1, 1)
