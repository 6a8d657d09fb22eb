"""The families of strategies: how numbers of the sources meet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from components.merges import MERGES
from components.merges.base import Family


class FamilyText(NamedTuple):
    """The name of a family, and what its strategies do with numbers."""

    title: str
    sentence: str


FAMILIES: dict[Family, FamilyText] = {
    "join": FamilyText("Join", "All numbers stand side by side; none meets another yet."),
    "sum": FamilyText("Sum", "Numbers are added: no source can change what another source means."),
    "extreme": FamilyText("Max or min", "At each position one source wins, the others are lost."),
    "comparison": FamilyText("Comparison", "What counts is how near or how alike two sources are."),
    "product": FamilyText(
        "Product", "Numbers are multiplied: each source changes what the others mean."
    ),
    "bilinear": FamilyText(
        "Bilinear", "Every number of one source meets every number of the others."
    ),
    "gate": FamilyText("Gate", "Gates let some numbers through and hold others back."),
    "conditioning": FamilyText("Condition", "One source decides how the other one is read."),
    "attention": FamilyText(
        "Attention", "A question is compared with each step; the steps that match count most."
    ),
}
"""Every family, from the simplest to the richest."""


def by_family(kinds: Iterable[str]) -> dict[Family, list[str]]:
    """Kinds of strategies by their family, in the order of `FAMILIES`; no empty families."""
    grouped: dict[Family, list[str]] = {family: [] for family in FAMILIES}
    for kind in kinds:
        grouped[MERGES[kind].family].append(kind)
    return {family: members for family, members in grouped.items() if members}
