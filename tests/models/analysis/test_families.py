"""Families of strategies: the worked example of each agrees with the reference of one of it."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest

from components.models.analysis.families import (
    EXAMPLES,
    FAMILIES,
    FIRST,
    PAIRS,
    SECOND,
    by_family,
    number,
    vector,
)
from components.models.merges import MERGES
from components.models.merges.base import Family, Trait
from tests.models.merges.numerics import sigmoid, softmax
from tests.models.merges.reference_merges import REFERENCES

ONE, OTHER = (np.array([values], dtype=float) for values in (FIRST, SECOND))
NO_BIAS = np.zeros(3)
KINDS: dict[Family, tuple[str, dict[str, Any]]] = {
    "join": ("concatenate", {}),
    "sum": ("add", {}),
    "extreme": ("maximum", {}),
    "comparison": ("absolute_difference", {}),
    "product": ("multiply", {}),
    "conditioning": ("film", {"gamma": (np.eye(3), NO_BIAS), "beta": (np.eye(3), NO_BIAS)}),
}


def with_trait(trait: Trait) -> set[str]:
    return {kind for kind, merge in MERGES.items() if trait in merge.traits}


def test_every_strategy_belongs_to_one_family() -> None:
    assert tuple(FAMILIES) == get_args(Family)
    assert sorted(chain(*by_family(MERGES).values())) == sorted(MERGES)
    assert list(by_family(["film", "add", "average"]).items()) == [
        ("sum", ["add", "average"]),
        ("conditioning", ["film"]),
    ]


def test_families_agree_with_traits() -> None:
    members = {family: set(kinds) for family, kinds in by_family(MERGES).items()}
    assert members["attention"] == with_trait("attention")
    assert members["gate"] == with_trait("gates")
    assert members["sum"] | members["join"] <= with_trait("additive")
    assert members["product"] | members["bilinear"] <= with_trait("products")
    assert members["comparison"] <= with_trait("comparison")
    assert members["conditioning"] <= with_trait("conditions")


@pytest.mark.parametrize("family", KINDS)
def test_an_example_is_what_the_strategy_computes(family: Family) -> None:
    kind, weights = KINDS[family]
    merge = SimpleNamespace(sources=("one", "other"))
    joined = REFERENCES[kind].formula(merge, [ONE, OTHER], weights)
    assert EXAMPLES[family].result == pytest.approx(joined[0])


def test_pairs_are_products_and_the_weighted_ones_are_added() -> None:
    weights = np.zeros((3, 3))
    for pair in PAIRS:
        weights[pair] = 1
    assert np.array(EXAMPLES["bilinear"].grid) == pytest.approx(np.outer(FIRST, SECOND))
    assert EXAMPLES["bilinear"].result == pytest.approx([FIRST @ weights @ np.array(SECOND)])


def test_a_gate_mixes_both_sources() -> None:
    gate = sigmoid(ONE - OTHER)
    assert EXAMPLES["gate"].result == pytest.approx((gate * ONE + (1 - gate) * OTHER)[0])
    assert EXAMPLES["gate"].notes == tuple(f"{100 * share:.0f} %" for share in gate[0])


def test_attention_reads_by_shares_that_sum_to_one() -> None:
    shares = softmax(np.outer(FIRST, SECOND))
    assert np.array(EXAMPLES["attention"].grid) == pytest.approx(shares)
    assert EXAMPLES["attention"].result == pytest.approx(shares @ np.array(SECOND))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_sentence_has_the_numbers_of_the_result(family: Family) -> None:
    shown = EXAMPLES[family]
    numbers = vector(shown.result) if len(shown.result) > 1 else number(shown.result[0])
    assert shown.how.endswith(numbers)
