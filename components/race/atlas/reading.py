"""A section of the atlas, read by strategy and dataset: means, gaps, families of strategies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from components.merges import MERGES
from components.race.atlas.part import MLP_NAME
from components.race.atlas.values import AtlasCell, AtlasSection
from components.race.result import CeilingKind

CLOSE = 0.05
"""Within 5 points of a ceiling counts as reaching it."""
SMALL = 0.02
"""A gap of at least two points gets a sentence, even if it is not shown to be one."""
NAMED = 4
"""Strategies or datasets that are named one by one."""
Family = Literal["products", "gates", "attention", "sums"]


@dataclass(frozen=True)
class Reading:
    """A section, read by strategy and dataset."""

    section: AtlasSection

    @cached_property
    def data(self) -> tuple[str, ...]:
        """The names of all datasets."""
        return tuple(field.name for field in self.section.fields)

    @cached_property
    def _cells(self) -> dict[tuple[str, str], AtlasCell]:
        return {(cell.strategy, cell.data): cell for cell in self.section.cells}

    @cached_property
    def _lines(self) -> dict[str, str]:
        return {line.strategy: line.title for line in self.section.lines}

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """All strategies."""
        return tuple(self._lines)

    def cell(self, strategy: str, data: str) -> AtlasCell:
        """What a strategy reached. Raises `KeyError` if it was not trained there."""
        return self._cells[strategy, data]

    def mean(self, strategy: str, data: str) -> float:
        """Its mean."""
        return self.cell(strategy, data).mean

    def top(self, data: str, among: Iterable[str] | None = None) -> AtlasCell:
        """The best mean on a dataset, among some strategies or all."""
        names = self.strategies if among is None else among
        return max((self.cell(name, data) for name in names), key=lambda cell: cell.mean)

    def tied(self, data: str) -> tuple[str, ...]:
        """The best, and all that are tied with it; the best mean first."""
        tied = [cell for cell in self.section.on(data).values() if cell.tied]
        return tuple(cell.strategy for cell in sorted(tied, key=lambda cell: -cell.mean))

    def family(self, name: Family) -> tuple[str, ...]:
        """Strategies by what combines the branches; attention and gates are no products."""
        return tuple(one for one in self.strategies if one != MLP_NAME and family(one) == name)

    def title(self, strategy: str) -> str:
        """The title of a strategy."""
        return self._lines[strategy]

    def gap(self, strategy: str, data: str) -> float:
        """How far its mean is below the best one."""
        return self.top(data).mean - self.mean(strategy, data)

    def mark(self, data: str, kind: CeilingKind) -> float:
        """A ceiling of a dataset."""
        return self.section.field(data).mark(kind)

    def additive_gain(self, data: str) -> float:
        """How far the best additive model is above chance."""
        return self.mark(data, "additive") - self.mark(data, "chance")

    def at_chance(self, strategy: str, data: str) -> bool:
        """Whether its mean is less than 5 points above chance."""
        return self.mean(strategy, data) < self.mark(data, "chance") + CLOSE

    def at_bayes(self, strategy: str, data: str) -> bool:
        """Whether its mean is less than 5 points below the Bayes optimum."""
        return self.mean(strategy, data) > self.mark(data, "bayes") - CLOSE

    def titles(self, data: Sequence[str]) -> list[str]:
        """The titles of datasets."""
        return [self.named(one) for one in data]

    def named(self, data: str) -> str:
        """The title of a dataset."""
        return self.section.field(data).title

    def best(self, data: str) -> str:
        """The strategy with the best mean, with that mean."""
        return self.with_mean(self.top(data).strategy, data)

    def data_with_mean(self, strategy: str, data: str) -> str:
        """`Xor (97.2 %)`: a dataset with the mean of a strategy."""
        return f"{self.named(data)} ({percent(self.mean(strategy, data))})"

    def with_mean(self, strategy: str, data: str) -> str:
        """`Multiply 97.2 %`."""
        return f"{self.title(strategy)} {percent(self.mean(strategy, data))}"


def family(strategy: str) -> Family | None:
    """What combines the branches in a strategy; `None` for others, such as a maximum."""
    traits = MERGES[strategy].traits
    if "attention" in traits:
        return "attention"
    if "gates" in traits:
        return "gates"
    if "products" in traits:
        return "products"
    return "sums" if "additive" in traits else None


def beyond(one: AtlasCell, other: AtlasCell) -> bool:
    """Whether the first is above the second and their intervals do not overlap."""
    return one.low > other.high


def percent(share: float) -> str:
    """`97.2 %`."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """`3.1 points`."""
    return f"{100 * abs(difference):.1f} points"
