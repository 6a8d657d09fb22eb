"""Widths fitted so that all strategies of a race have about as many parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from components.base.errors import SpecError
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import Cost
from components.models.language.fields import settings
from components.models.language.registry import Concept
from components.models.merges.base import Merge

KEPT = 1024
"""Number of cached searches and sizes, shared by all sessions."""
TOLERANCE = 0.02
"""Largest deviation of a matched count, as a share of the target."""
CLOSE = 0.005
"""Deviation, as a share of the target, at which the search ends."""
MOST_BUILDS = 80
"""Maximum number of builds of one search, all without weights."""
_WIDTHS = ("units", "filters", "features")
_FACTOR = 1024.0
WidthLimit = Literal["", "no width", "narrowest", "widest"]
"""Reason why widths can't come nearer to a target: none can be changed, or all are at an end."""
Widths = tuple[int, ...]


@lru_cache(maxsize=KEPT)
def total_cost(architecture: Architecture) -> Cost:
    """Return the costs of a whole model. Raises `SpecError` if it can't be built."""
    return built_view(architecture).costs.total


class _Width(NamedTuple):
    """A width with its range; it changes at all of its places at once."""

    places: tuple[tuple[str, str], ...]
    """Names of a branch or the merge, with a field of its encoder, itself or a layer after it."""
    value: int
    low: int
    high: int


@lru_cache(maxsize=KEPT)
def matched(
    architecture: Architecture, merge: str, target: int, kept: frozenset[str] = frozenset()
) -> tuple[Architecture, WidthLimit]:
    """Return the architecture whose number of parameters is nearest to the target, and its limit.

    One factor scales the widths of the encoders that the merge reads and those of the merge, except
    fields in `kept`; then single widths change. Encoders of equal width keep equal widths. With
    `then` in `kept`, the layers after the merge count as its own, except fields such as
    `then.units` in `kept`. The result is deterministic. Raises `SpecError` if the architecture
    cannot be built.
    """
    groups = tuple(_width_groups(architecture, merge, kept))
    if not groups:
        return architecture, "no width"
    search = _Search(architecture, merge, groups, target)
    search.run()
    widened, count = search.best
    end: WidthLimit = "narrowest" if count > target else "widest"
    return widened, end if search.ends else ""


class _Search:
    """Search over widths with a limited number of builds; it keeps the nearest."""

    def __init__(
        self, architecture: Architecture, merge: str, groups: tuple[_Width, ...], target: int
    ) -> None:
        self._architecture, self._merge, self._groups = architecture, merge, groups
        self._target = target
        self._counts: dict[Widths, int | None] = {}
        first: Widths = tuple(group.value for group in groups)
        count = total_cost(architecture).parameters
        self._counts[first] = count
        self.best = (architecture, count)
        self.ends = False
        """`True` if all widths are at an end of their range."""

    def run(self) -> None:
        """Scale all widths, then change single ones from the two scales around the target."""
        if self._done:
            return
        low, high = self._bracket()
        # The merge's own widths first: all strategies share those of the encoders.
        order = sorted(
            range(len(low)), key=lambda index: self._groups[index].places[0][0] != self._merge
        )
        for widths in dict.fromkeys((low, high)):
            for index in order:
                self._change_one(widths, index)
                if self._done:
                    return

    @property
    def _done(self) -> bool:
        spent = len(self._counts) >= MOST_BUILDS
        return spent or abs(self.best[1] - self._target) <= CLOSE * self._target

    def _bracket(self) -> tuple[Widths, Widths]:
        """Return widths by two adjacent factors, with too few and too many parameters."""
        low, high = 1 / _FACTOR, _FACTOR
        begin, end = self._scaled(low), self._scaled(high)
        if self._exceeds_target(begin):
            self.ends = True
            return begin, begin
        if not self._exceeds_target(end):
            self.ends = True
            return end, end
        while not self._done and begin != end and high / low >= 1.0001:
            middle = math.sqrt(low * high)
            widths = self._scaled(middle)
            if self._exceeds_target(widths):
                high, end = middle, widths
            else:
                low, begin = middle, widths
        return begin, end

    def _scaled(self, factor: float) -> Widths:
        return tuple(
            min(group.high, max(group.low, round(factor * group.value))) for group in self._groups
        )

    def _change_one(self, widths: Widths, index: int) -> None:
        """Change one width until the count passes the target; the others stay."""
        group = self._groups[index]

        def with_width(width: int) -> Widths:
            return (*widths[:index], width, *widths[index + 1 :])

        low, high = max(group.low, widths[index] // 2), min(group.high, 2 * widths[index] + 1)
        while high - low > 1 and not self._done:
            middle = (low + high) // 2
            if self._exceeds_target(with_width(middle)):
                high = middle
            else:
                low = middle
        for width in (low, high):
            self._exceeds_target(with_width(width))

    def _exceeds_target(self, widths: Widths) -> bool:
        """Return `True` for more parameters than the target, or a model that can't be built."""
        if widths not in self._counts:
            if len(self._counts) >= MOST_BUILDS:
                return True
            self._counts[widths] = self._count(widths)
        count = self._counts[widths]
        return count is None or count > self._target

    def _count(self, widths: Widths) -> int | None:
        architecture = _with_widths(self._architecture, self._groups, widths)
        try:
            count = total_cost(architecture).parameters
        except SpecError:
            return None
        if abs(count - self._target) < abs(self.best[1] - self._target):
            self.best = (architecture, count)
        return count


def _width_groups(architecture: Architecture, merge: str, kept: frozenset[str]) -> Iterator[_Width]:
    """Yield the encoders' widths, equal ones as one, then each of the merge's own."""
    read = architecture.upstream(merge)
    by_value: dict[int, _Width] = {}
    for item in architecture.inputs:
        if item.name in read and item.encoder.depth:
            for one in _widths(item.encoder, item.name, form=item.form):
                known = by_value.get(one.value, one._replace(places=()))
                ends = max(known.low, one.low), min(known.high, one.high)
                by_value[one.value] = _Width(known.places + one.places, one.value, *ends)
    own = next(item for item in architecture.merges if item.name == merge)
    of_merge = [*_widths(own, merge)]
    if "then" in kept and own.then.depth:
        of_merge += _widths(own.then, merge, "then.")
    yield from by_value.values()
    yield from (width for width in of_merge if width.places[0][1] not in kept | {"fit_width"})


def _widths(
    concept: Concept, part: str, prefix: str = "", form: str | None = None
) -> Iterator[_Width]:
    values = {name: getattr(concept, name) for name in type(concept).model_fields}
    for setting in settings(type(concept)):
        value = values[setting.name]
        counted = setting.unit in _WIDTHS and isinstance(value, int) and value
        if counted and setting.applies(values, form):
            low, high = max(1, setting.minimum or 1), setting.maximum or 65536
            yield _Width(((part, f"{prefix}{setting.name}"),), value, int(low), int(high))


def _with_widths(
    architecture: Architecture, groups: Sequence[_Width], widths: Widths
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
