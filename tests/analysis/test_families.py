"""The families of strategies."""

from __future__ import annotations

from itertools import chain
from typing import get_args

from components.analysis.families import FAMILIES, by_family
from components.merges import MERGES
from components.merges.base import Family, Trait


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
