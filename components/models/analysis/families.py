"""Families of strategies: how each combines numbers of its sources, with a worked example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp
from typing import NamedTuple

from components.models.merges import MERGES
from components.models.merges.base import Family

FIRST: tuple[float, ...] = (2, 1, -1)
SECOND: tuple[float, ...] = (1, 3, 2)
"""Values of the two sources."""
PAIRS = ((0, 1), (1, 2), (2, 0))
"""Pairs to which the bilinear form gives a weight of 1; all others have 0."""


class FamilyText(NamedTuple):
    """Name of a family, and its effect on numbers."""

    title: str
    sentence: str


FAMILIES: dict[Family, FamilyText] = {
    "join": FamilyText("Join", "Features are kept side by side; they do not interact yet."),
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
    """Group kinds of strategies by family, in the order of `FAMILIES`; no empty families."""
    grouped: dict[Family, list[str]] = {family: [] for family in FAMILIES}
    for kind in kinds:
        grouped[MERGES[kind].family].append(kind)
    return {family: members for family, members in grouped.items() if members}


class FamilyExample(NamedTuple):
    """Result of a family on the two sources."""

    result: tuple[float, ...]
    how: str
    """Calculation in a few words and numbers."""
    notes: tuple[str, ...] = ()
    """Values between the sources and the result, by position."""
    grid: tuple[tuple[float, ...], ...] = ()
    """Numbers for each pair of the sources: a row for each number of the first."""


def number(value: float) -> str:
    """Format a number with at most two decimals: `2`, `−1` or `1.73`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def vector(values: Sequence[float]) -> str:
    """Format a vector: `[2, 1, −1]`."""
    return f"[{', '.join(map(number, values))}]"


def _by_position(words: str, make: Callable[[float, float], float]) -> FamilyExample:
    """Return the result of `make` at each position of the sources.

    `words` describe the calculation, with a `{}` for the result.
    """
    result = tuple(map(make, FIRST, SECOND))
    return FamilyExample(result, words.format(vector(result)))


def _bilinear() -> FamilyExample:
    grid = tuple(tuple(one * other for other in SECOND) for one in FIRST)
    kept = [grid[row][column] for row, column in PAIRS]
    terms = " + ".join(number(value) if value >= 0 else f"({number(value)})" for value in kept)
    how = f"Weights of 1 on three pairs: {terms} = {number(sum(kept))}"
    return FamilyExample((sum(kept),), how, (), grid)


def _gate() -> FamilyExample:
    """Return a gate that reads both sources: sigmoid(h1 - h2)."""
    gates = [1 / (1 + exp(other - one)) for one, other in zip(FIRST, SECOND, strict=True)]
    mixed = [g * a + (1 - g) * b for g, a, b in zip(gates, FIRST, SECOND, strict=True)]
    shares = tuple(f"{100 * gate:.0f} %" for gate in gates)
    how = f"Gates let {', '.join(shares)} of the first through: {vector(mixed)}"
    return FamilyExample(tuple(mixed), how, shares)


def _conditioning() -> FamilyExample:
    """Return FiLM with the second source itself as gamma and beta."""
    result = [(1 + by) * value + by for value, by in zip(FIRST, SECOND, strict=True)]
    notes = tuple(f"×{number(1 + by)} +{number(by)}" for by in SECOND)
    how = f"The second scales and shifts the first: {', '.join(notes)} is {vector(result)}"
    return FamilyExample(tuple(result), how, notes)


def _attention() -> FamilyExample:
    """Return attention with a step for each number: the first source asks, the second answers."""
    powers = [[exp(query * key) for key in SECOND] for query in FIRST]
    grid = tuple(tuple(power / sum(row) for power in row) for row in powers)
    result = [sum(w * v for w, v in zip(row, SECOND, strict=True)) for row in grid]
    how = f"Each of {vector(FIRST)} reads {vector(SECOND)} by how well it matches: {vector(result)}"
    return FamilyExample(tuple(result), how, (), grid)


_BOTH = (vector(FIRST), vector(SECOND))
_JOINED = (*FIRST, *SECOND)
EXAMPLES: dict[Family, FamilyExample] = {
    "join": FamilyExample(_JOINED, f"{' beside '.join(_BOTH)} is {vector(_JOINED)}"),
    "sum": _by_position(f"{' + '.join(_BOTH)} = {{}}", lambda a, b: a + b),
    "extreme": _by_position("The larger at each position: {}", max),
    "comparison": _by_position("How far apart at each position: {}", lambda a, b: abs(a - b)),
    "product": _by_position(f"{' × '.join(_BOTH)} = {{}}", lambda a, b: a * b),
    "bilinear": _bilinear(),
    "gate": _gate(),
    "conditioning": _conditioning(),
    "attention": _attention(),
}
"""Example of each family."""
