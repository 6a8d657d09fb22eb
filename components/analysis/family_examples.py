"""A worked example of each family of strategies: the same two small vectors, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from components.merges.base import Family

FIRST: tuple[float, ...] = (2, 1, -1)
SECOND: tuple[float, ...] = (1, 3, 2)
"""The two sources."""
PAIRS = ((0, 1), (1, 2), (2, 0))
"""The pairs that the bilinear form gives a weight of 1; all others have 0."""


@dataclass(frozen=True)
class FamilyExample:
    """What a family makes of the two sources."""

    result: tuple[float, ...]
    how: str
    """The calculation in a few words and numbers."""
    notes: tuple[str, ...] = ()
    """What is between the sources and the result, by position."""
    grid: tuple[tuple[float, ...], ...] = ()
    """A number for each pair of the sources: a row for each number of the first."""


def example(family: Family) -> FamilyExample:
    """The example of a family."""
    return _EXAMPLES[family]


def number(value: float) -> str:
    """`2`, `−1` or `1.73`: at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def vector(values: Sequence[float]) -> str:
    """`[2, 1, −1]`."""
    return f"[{', '.join(map(number, values))}]"


def _positions(sign: str, result: Sequence[float]) -> FamilyExample:
    return FamilyExample(
        tuple(result), f"{vector(FIRST)} {sign} {vector(SECOND)} = {vector(result)}"
    )


def _join() -> FamilyExample:
    result = (*FIRST, *SECOND)
    return FamilyExample(result, f"{vector(FIRST)} beside {vector(SECOND)} is {vector(result)}")


def _extreme() -> FamilyExample:
    result = tuple(map(max, FIRST, SECOND))
    return FamilyExample(result, f"The larger at each position: {vector(result)}")


def _comparison() -> FamilyExample:
    result = tuple(abs(one - other) for one, other in zip(FIRST, SECOND, strict=True))
    return FamilyExample(result, f"How far apart at each position: {vector(result)}")


def _bilinear() -> FamilyExample:
    grid = tuple(tuple(one * other for other in SECOND) for one in FIRST)
    kept = [grid[row][column] for row, column in PAIRS]
    total = sum(kept)
    terms = " + ".join(number(value) if value >= 0 else f"({number(value)})" for value in kept)
    return FamilyExample(
        (total,), f"Weights of 1 on three pairs: {terms} = {number(total)}", (), grid
    )


def _gate() -> FamilyExample:
    """A gate that reads both sources: sigmoid(h1 - h2)."""
    gates = [1 / (1 + exp(other - one)) for one, other in zip(FIRST, SECOND, strict=True)]
    mixed = [g * a + (1 - g) * b for g, a, b in zip(gates, FIRST, SECOND, strict=True)]
    shares = tuple(f"{100 * gate:.0f} %" for gate in gates)
    how = f"Gates let {', '.join(shares)} of the first through: {vector(mixed)}"
    return FamilyExample(tuple(mixed), how, shares)


def _conditioning() -> FamilyExample:
    """FiLM whose gamma and beta are the second source itself."""
    result = [(1 + by) * value + by for value, by in zip(FIRST, SECOND, strict=True)]
    notes = tuple(f"×{number(1 + by)} +{number(by)}" for by in SECOND)
    how = f"The second scales and shifts the first: {', '.join(notes)} is {vector(result)}"
    return FamilyExample(tuple(result), how, notes)


def _attention() -> FamilyExample:
    """Each number is a step; the first source asks, the second answers."""
    grid = tuple(_shares([query * key for key in SECOND]) for query in FIRST)
    result = [sum(w * v for w, v in zip(row, SECOND, strict=True)) for row in grid]
    how = f"Each of {vector(FIRST)} reads {vector(SECOND)} by how well it matches: {vector(result)}"
    return FamilyExample(tuple(result), how, (), grid)


def _shares(scores: Sequence[float]) -> tuple[float, ...]:
    """The softmax of scores."""
    powers = [exp(score) for score in scores]
    return tuple(power / sum(powers) for power in powers)


_EXAMPLES: dict[Family, FamilyExample] = {
    "join": _join(),
    "sum": _positions("+", [a + b for a, b in zip(FIRST, SECOND, strict=True)]),
    "extreme": _extreme(),
    "comparison": _comparison(),
    "product": _positions("×", [a * b for a, b in zip(FIRST, SECOND, strict=True)]),
    "bilinear": _bilinear(),
    "gate": _gate(),
    "conditioning": _conditioning(),
    "attention": _attention(),
}
