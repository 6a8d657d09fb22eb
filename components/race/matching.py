"""Matched parameters: widths fitted so that all strategies have about as many parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from components.core.errors import SpecError
from components.core.fields import settings
from components.core.registry import Concept
from components.merges.base import Merge
from components.model.spec import Architecture
from components.race.candidates import KEPT, size

TOLERANCE = 0.02
"""A count this near to the target, as a share of it, is matched."""
CLOSE = 0.005
"""A count this near to the target ends the search."""
MOST_BUILDS = 80
"""The most weightless builds of one search."""
_WIDTHS = ("units", "filters", "features")
_FACTOR = 1024.0
WidthLimit = Literal["", "no width", "narrowest", "widest"]
"""Why widths can't come nearer to a target: there is none to change, or all are at an end."""


@dataclass(frozen=True)
class Matched:
    """An architecture whose widths are fitted, with its count and how far that is from the target.

    `within` says whether that is at most 2 %; `limit` why the search could not come nearer.
    """

    architecture: Architecture
    parameters: int
    target: int
    deviation: float
    """(parameters - target) / target."""
    within: bool
    limit: WidthLimit


@dataclass(frozen=True)
class _WidthGroup:
    """A width that one or more parts share; it changes for all of them at once."""

    places: tuple[tuple[str, str], ...]
    """Names of a branch or the merge, with the field."""
    value: int
    low: int
    high: int


Widths = tuple[int, ...]


@lru_cache(maxsize=KEPT)
def matched(
    architecture: Architecture, merge: str, target: int, kept: frozenset[str] = frozenset()
) -> Matched:
    """The architecture with the number of parameters nearest to the target.

    The widths of the encoders that the merge reads, and its own apart from fields in `kept`, are
    changed by one factor; then single ones are. Encoders of one width keep one width. With `then`
    in `kept` the layers behind the merge count as its own, apart from fields such as `then.units`
    in `kept`. The same for the same arguments. Raises `SpecError` where the architecture cannot be
    built.
    """
    groups = tuple(_width_groups(architecture, merge, kept))
    search = _Search(architecture, merge, groups, target)
    search.run()
    spec, count = search.best
    deviation = (count - target) / max(1, target)
    within = abs(deviation) <= TOLERANCE
    return Matched(spec, count, target, deviation, within, _limit(search, groups, deviation))


def _limit(search: _Search, groups: tuple[_WidthGroup, ...], deviation: float) -> WidthLimit:
    if not groups:
        return "no width"
    if not search.ends:
        return ""
    return "narrowest" if deviation > 0 else "widest"


class _Search:
    """A search over widths with a limited number of builds; it keeps the nearest."""

    def __init__(
        self, architecture: Architecture, merge: str, groups: tuple[_WidthGroup, ...], target: int
    ) -> None:
        self._architecture, self._merge, self._groups = architecture, merge, groups
        self._target = target
        self._counts: dict[Widths, int | None] = {}
        first: Widths = tuple(group.value for group in groups)
        count = size(architecture).parameters
        self._counts[first] = count
        self.best = (architecture, count)
        self.ends = False
        """True if all widths are at an end of their range."""

    def run(self) -> None:
        """Scale all widths, then each alone from the two scales around the target."""
        if not self._groups or self._done:
            return
        low, high = self._bracket()
        for widths in dict.fromkeys((low, high)):
            for index in self._order():
                self._alone(widths, index)
                if self._done:
                    return

    @property
    def _done(self) -> bool:
        spent = len(self._counts) >= MOST_BUILDS
        return spent or abs(self.best[1] - self._target) <= CLOSE * self._target

    def _bracket(self) -> tuple[Widths, Widths]:
        """Widths by two factors, one too few and one too many parameters, that lie side by side."""
        low, high = 1 / _FACTOR, _FACTOR
        begin, end = self._scaled(low), self._scaled(high)
        if self._above(begin):
            self.ends = True
            return begin, begin
        if not self._above(end):
            self.ends = True
            return end, end
        while not self._done and begin != end:
            middle = math.sqrt(low * high)
            widths = self._scaled(middle)
            if widths in (begin, end) and high / low < 1.0001:
                break
            if self._above(widths):
                high, end = middle, widths
            else:
                low, begin = middle, widths
            if high / low < 1.0001:
                break
        return begin, end

    def _scaled(self, factor: float) -> Widths:
        return tuple(
            min(group.high, max(group.low, round(factor * group.value))) for group in self._groups
        )

    def _order(self) -> list[int]:
        """The widths of the merge first: those of the encoders are common to all strategies."""
        own = [p for p, d in enumerate(self._groups) if d.places[0][0] == self._merge]
        return own + [p for p in range(len(self._groups)) if p not in own]

    def _alone(self, widths: Widths, index: int) -> None:
        """Change one width, the others as they are, until the count passes the target."""
        group = self._groups[index]

        def with_width(width: int) -> Widths:
            return (*widths[:index], width, *widths[index + 1 :])

        low, high = max(group.low, widths[index] // 2), min(group.high, 2 * widths[index] + 1)
        while high - low > 1 and not self._done:
            middle = (low + high) // 2
            if self._above(with_width(middle)):
                high = middle
            else:
                low = middle
        for width in (low, high):
            self._above(with_width(width))

    def _above(self, widths: Widths) -> bool:
        """True if there are more parameters than the target, or the widths can't be built."""
        if widths not in self._counts:
            if len(self._counts) >= MOST_BUILDS:
                return True
            self._counts[widths] = self._count(widths)
        count = self._counts[widths]
        return count is None or count > self._target

    def _count(self, widths: Widths) -> int | None:
        spec = _with(self._architecture, self._merge, self._groups, widths)
        try:
            count = size(spec).parameters
        except SpecError:
            return None
        if abs(count - self._target) < abs(self.best[1] - self._target):
            self.best = (spec, count)
        return count


def _width_groups(
    architecture: Architecture, merge: str, kept: frozenset[str]
) -> Iterator[_WidthGroup]:
    """Encoders' widths, those of one value together, then each of the merge's own."""
    read = _upstream(architecture, merge)
    by_value: dict[int, list[tuple[str, str, float, float]]] = {}
    for item in architecture.inputs:
        if item.name in read and item.encoder.depth:
            for name, low, high in _widths(item.encoder, item.form, frozenset()):
                value = getattr(item.encoder, name)
                by_value.setdefault(value, []).append((item.name, name, low, high))
    for value, places in by_value.items():
        yield _WidthGroup(
            tuple((part, name) for part, name, _, _ in places),
            value,
            int(max(low for *_, low, _ in places)),
            int(min(high for *_, high in places)),
        )
    own = next(item for item in architecture.merges if item.name == merge)
    skip = kept | {"fit_width"}
    for name, low, high in _widths(own, None, skip):
        yield _WidthGroup(((merge, name),), getattr(own, name), int(low), int(high))
    if "then" in kept and own.then.depth:
        for name, low, high in _widths(own.then, None, frozenset()):
            if f"then.{name}" not in kept:
                yield _WidthGroup(
                    ((merge, f"then.{name}"),), getattr(own.then, name), int(low), int(high)
                )


def _upstream(architecture: Architecture, name: str) -> frozenset[str]:
    """The names of all that a part reads, directly or not."""
    sources = {merge.name: merge.sources for merge in architecture.merges}.get(name, ())
    return frozenset(sources).union(*(_upstream(architecture, source) for source in sources))


def _widths(
    concept: Concept, form: str | None, skip: frozenset[str]
) -> Iterator[tuple[str, float, float]]:
    values = {name: getattr(concept, name) for name in type(concept).model_fields}
    for setting in settings(type(concept)):
        value = values[setting.name]
        counted = setting.unit in _WIDTHS and isinstance(value, int) and value
        if counted and setting.name not in skip and setting.applies(values, form):
            yield setting.name, max(1, setting.minimum or 1), setting.maximum or 65536


def _with(
    architecture: Architecture, merge: str, groups: Sequence[_WidthGroup], widths: Widths
) -> Architecture:
    changes: dict[str, dict[str, int]] = {}
    for group, width in zip(groups, widths, strict=True):
        for part, name in group.places:
            changes.setdefault(part, {})[name] = width
    inputs = tuple(
        item.model_copy(update={"encoder": item.encoder.model_copy(update=changes[item.name])})
        if item.name in changes
        else item
        for item in architecture.inputs
    )
    merges = tuple(_widened(item, changes.get(item.name, {})) for item in architecture.merges)
    return architecture.model_copy(update={"inputs": inputs, "merges": merges})


def _widened(merge: Merge, changes: Mapping[str, int]) -> Merge:
    own = {name: width for name, width in changes.items() if "." not in name}
    behind = {name.removeprefix("then."): w for name, w in changes.items() if "." in name}
    then = merge.then.model_copy(update=behind)
    return merge.model_copy(update={**own, "then": then} if behind else own)
