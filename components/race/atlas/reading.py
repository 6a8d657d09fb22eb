"""What is asked of the atlas to put it in words: means, families of strategies, and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from components.core.text import join_names
from components.merges import MERGES
from components.race.atlas.part import MLP_NAME
from components.race.atlas.values import AtlasCell, AtlasSection
from components.race.candidates import only_adds

CLOSE = 0.05
"""Within 5 points of a ceiling counts as there."""
SMALL = 0.02
"""A gap of two points and more is said, also where it is not shown to be one."""
NAMED = 4
"""Strategies or data that are named one by one."""
Mark = Literal["chance", "single", "additive", "bayes"]
Family = Literal["products", "gates", "attention", "sums"]


@dataclass(frozen=True)
class Reading:
    """A section, asked by strategy and data."""

    section: AtlasSection

    @cached_property
    def data(self) -> tuple[str, ...]:
        """Names of all data."""
        return tuple(field.name for field in self.section.fields)

    @cached_property
    def _cells(self) -> dict[tuple[str, str], AtlasCell]:
        return {(cell.strategy, cell.data): cell for cell in self.section.cells}

    @cached_property
    def _lines(self) -> dict[str, str]:
        return {line.strategy: line.title for line in self.section.lines}

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """All that take part."""
        return tuple(self._lines)

    def cell(self, strategy: str, data: str) -> AtlasCell:
        """What a strategy reached. Raises `KeyError` where it was not raced."""
        return self._cells[strategy, data]

    def mean(self, strategy: str, data: str) -> float:
        """Its mean."""
        return self.cell(strategy, data).mean

    def top(self, data: str, among: Iterable[str] | None = None) -> AtlasCell:
        """The best mean on data, of some strategies where given."""
        names = self.strategies if among is None else among
        return max((self.cell(name, data) for name in names), key=lambda cell: cell.mean)

    def tied(self, data: str) -> tuple[str, ...]:
        """The best, and those that are not shown to differ from it; the best mean first."""
        found = [cell for cell in self.section.on(data).values() if cell.tied]
        return tuple(cell.strategy for cell in sorted(found, key=lambda cell: -cell.mean))

    def family(self, name: Family) -> tuple[str, ...]:
        """Strategies by what they do; attention and gates are no products here."""
        return tuple(one for one in self.strategies if one != MLP_NAME and family(one) == name)

    def title(self, strategy: str) -> str:
        """What a person calls it."""
        return self._lines[strategy]

    def gap(self, strategy: str, data: str) -> float:
        """How far its mean is below the best one."""
        return self.top(data).mean - self.mean(strategy, data)

    def mark(self, data: str, kind: Mark) -> float:
        """A ceiling of data."""
        return self.section.field(data).mark(kind)

    def at_chance(self, strategy: str, data: str) -> bool:
        """Whether it reaches next to nothing beyond chance."""
        return self.mean(strategy, data) < self.mark(data, "chance") + CLOSE

    def at_bayes(self, strategy: str, data: str) -> bool:
        """Whether it comes close to what can be reached."""
        return self.mean(strategy, data) > self.mark(data, "bayes") - CLOSE

    def titles(self, data: Sequence[str]) -> list[str]:
        """What a person calls several data."""
        return [self.named(one) for one in data]

    def named(self, data: str) -> str:
        """What a person calls data."""
        return self.section.field(data).title

    def with_mean(self, strategy: str, data: str) -> str:
        """`Multiply 97.2 %`."""
        return f"{self.title(strategy)} {percent(self.mean(strategy, data))}"


def family(strategy: str) -> Family | None:
    """What joins the branches in a strategy; `None` for such as a maximum."""
    traits = MERGES[strategy].traits
    if "attention" in traits:
        return "attention"
    if "gates" in traits:
        return "gates"
    if "products" in traits:
        return "products"
    return "sums" if only_adds(strategy) else None


def beyond(one: AtlasCell, other: AtlasCell) -> bool:
    """Whether the first is above the second, with intervals that do not meet."""
    return one.low > other.high


def percent(share: float) -> str:
    """`97.2 %`."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """`3.1 points`."""
    return f"{100 * abs(difference):.1f} points"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """`a, b and c`; of many, the first ones and how many more there are."""
    return join_names(names, most)
