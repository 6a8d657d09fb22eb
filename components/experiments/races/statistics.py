"""Means with their intervals, and tests of differences that are paired over seeds."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import NamedTuple

from components.experiments.races.distributions import (
    detectable,
    range_tail,
    ratio_tail,
    student,
    tail,
)

LEVEL = 0.05
"""Share of races between equals in which a difference is shown, over all looks at a race."""
FIRST_LEVEL = 0.01
"""Part of `LEVEL` for the first verdict, if a race has more seeds than that needs."""
SEEDS = 5
"""Default number of seeds of each strategy in a race."""
VERDICT_SEEDS = 3
"""Seeds of each strategy that a verdict needs."""
FIRST_SEEDS = 4
"""Seeds of each strategy that the first of two verdicts needs. With three, single runs that fail to
learn fail together so often that `LEVEL` does not hold (docs/measured.md).
"""
POWER = 0.8
"""Probability of showing a difference of the size that a verdict names."""
ALIKE = 1e-9
"""Spread below this share of the values' size counts as rounding."""
TEST = "Tukey's studentized range, of differences that are paired over the seeds"
"""Name of the test of a verdict."""
UNDECIDED = f"no difference from the best mean is shown ({TEST})"
"""State of a strategy that is not the best and not shown to be below it."""


Scores = Mapping[int, float]
"""Scores by seed."""


@dataclass(frozen=True)
class Interval:
    """Mean with its 95 % interval by Student's t; no interval for a single value."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Verdict:
    """Comparison of a strategy with the best mean, over the seeds that both have."""

    difference: float
    """Mean of its values minus that of the best."""
    p: float | None = None
    """p-value of `verdicts`; `None` for the best itself, and with fewer than `VERDICT_SEEDS`."""
    tied: bool | None = None
    """`True` for the best and those not shown to be below it; `None` without a verdict."""
    detectable: float | None = None
    """Smallest difference from the best that would have been shown with a probability of `POWER`;
    only if no difference is shown.
    """


class Look(NamedTuple):
    """Point at which a race is judged: its seeds and the level of the test."""

    seeds: range
    level: float


def verdict_due(ended: Collection[int], planned: int) -> Look | None:
    """Return the verdict due once these seeds have ended with every strategy; `None` before one.

    A race of up to `FIRST_SEEDS` is judged once, at its end. A longer one is judged twice, no
    matter how often somebody looks: by its first seeds, and by all planned ones. The two levels add
    up to `LEVEL`, so that both verdicts together are not wrong more often.
    """
    if planned < VERDICT_SEEDS:
        return None
    if set(ended) >= set(range(planned)):
        return Look(range(planned), LEVEL - FIRST_LEVEL if planned > FIRST_SEEDS else LEVEL)
    first = range(FIRST_SEEDS)
    return Look(first, FIRST_LEVEL) if set(ended) >= set(first) else None


def interval(values: Sequence[float]) -> Interval:
    """Return the mean of at least one value, and its interval by Student's t."""
    center = fmean(values)
    if len(values) < 2:
        return Interval(center, None, None)
    half = student(len(values) - 1) * spread(values) / math.sqrt(len(values))
    return Interval(center, center - half, center + half)


def spread(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample; 0 if the values differ only by rounding."""
    size = max(map(abs, values))
    deviation = stdev(values) if len(values) > 1 else 0.0
    return 0.0 if deviation <= ALIKE * size else deviation


def paired(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the two-sided p of a paired t-test of equal means; `None` for fewer than two pairs.

    If every pair differs by the same amount, t has no bound: p is 1 for equal pairs, otherwise 0.
    """
    of_pairs = pairs(one, other)
    return of_pairs.p if of_pairs.freedom > 0 else None


class Pairs(NamedTuple):
    """Mean difference of pairs, its standard error and the degrees of freedom of that error."""

    mean: float
    error: float
    freedom: int

    @property
    def t(self) -> float:
        """Student's t; infinite if all pairs differ by the same amount."""
        if not self.error:
            return math.copysign(math.inf, self.mean) if self.mean else 0.0
        return self.mean / self.error

    @property
    def p(self) -> float:
        """Two-sided p of no difference; needs two pairs."""
        return tail(self.t, self.freedom)


def pairs(one: Sequence[float], other: Sequence[float], step: float = 0.0) -> Pairs:
    """Return the differences of pairs of values counted in steps; rounding errors become 0.

    Rounding to a step adds spread even if all pairs happen to differ by the same number of steps.
    So the spread is at least that of two such roundings, step / √6.
    """
    differences = [a - b for a, b in zip(one, other, strict=True)]
    if not differences:
        return Pairs(0.0, 0.0, -1)
    least, count = ALIKE * max(map(abs, (*one, *other))), len(differences)
    center, wide = fmean(differences), stdev(differences) if count > 1 else 0.0
    wide = max(0.0 if wide <= least else wide, step / math.sqrt(6))
    return Pairs(0.0 if abs(center) <= least else center, wide / math.sqrt(count), count - 1)


def step_of(scores: Iterable[Scores]) -> float:
    """Return the step of counted scores: the smallest difference that occurs between two."""
    values = sorted({value for own in scores for value in own.values()})
    gaps = [high - low for low, high in pairwise(values)]
    least = ALIKE * max(map(abs, values), default=0.0)
    return min((gap for gap in gaps if gap > least), default=0.0)


def holm(values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number (Holm 1979), in the given order."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = highest
    return adjusted


def verdicts(scores: Sequence[Scores], level: float = LEVEL) -> list[Verdict | None]:
    """Compare each strategy with the best mean, of equal ones the steadiest; `None` for no value.

    From the lowest mean up, a strategy is shown to be below the best if its distance is larger than
    that of the worst of as many equal ones as are still in question (Tukey's studentized range).
    The test so takes into account that the same scores choose the best. The spread of a pair's
    differences is at least the median of those with the same or a better mean: otherwise, few seeds
    of many strategies would show a difference only because they happen to agree (docs/measured.md).
    """
    order = {
        index: (fmean(own.values()), -spread(list(own.values())))
        for index, own in enumerate(scores)
        if own
    }
    if not order:
        return [None] * len(scores)
    enough = [index for index in order if len(scores[index]) >= VERDICT_SEEDS]
    top, step = max(enough or order, key=order.__getitem__), step_of(scores)
    against = {index: _paired_scores(scores[index], scores[top], step) for index in order}
    judged: dict[int, Verdict] = {i: Verdict(pair.mean) for i, pair in against.items()}
    if enough:
        judged[top] = Verdict(0.0, None, True)
    rest = [i for i in enough if i != top and against[i].freedom + 1 >= VERDICT_SEEDS]
    rest.sort(key=order.__getitem__, reverse=True)
    errors = {
        index: max(against[index].error, median(against[i].error for i in rest[: rank + 1]))
        for rank, index in enumerate(rest)
    }
    left = len(rest) + 1
    for index in reversed(rest):
        pair = against[index]._replace(error=errors[index])
        p = range_tail(max(0.0, -pair.t) * math.sqrt(2), left, pair.freedom)
        judged[index] = Verdict(pair.mean, p, p > level)
        left -= p <= level
    tied = {index: against[index] for index in rest if judged[index].tied}
    for index, size in _detectable_sizes(tied, left, level).items():
        judged[index] = replace(judged[index], detectable=size)
    return [judged.get(index) for index in range(len(scores))]


def against_first(scores: Sequence[Scores], level: float = LEVEL) -> list[Verdict | None]:
    """Compare each model with the first, which was chosen before any score; `None` without a value.

    Two-sided paired t-tests, corrected for their number (Holm).
    """
    first, step = scores[0], step_of(scores)
    against = {n: _paired_scores(own, first, step) for n, own in enumerate(scores) if own and first}
    tested = [n for n, pair in against.items() if n and pair.freedom + 1 >= VERDICT_SEEDS]
    adjusted = dict(zip(tested, holm([against[n].p for n in tested]), strict=True))
    judged = {n: Verdict(pair.mean) for n, pair in against.items()}
    if len(first) >= VERDICT_SEEDS:
        judged[0] = Verdict(0.0, None, True)
    judged |= {n: Verdict(against[n].mean, p, p > level) for n, p in adjusted.items()}
    tied = {n: against[n] for n, p in adjusted.items() if p > level}
    for n, size in _detectable_sizes(tied, 2, level / max(1, len(tied))).items():
        judged[n] = replace(judged[n], detectable=size)
    return [judged.get(n) for n in range(len(scores))]


def beat_all(
    candidates: Sequence[Scores], rivals: Sequence[Scores], level: float = LEVEL
) -> list[bool]:
    """Return `True` for each candidate that is shown to be better than every rival.

    A candidate's p is the largest of its paired t-tests, because it must pass them all. Holm's
    correction for the number of candidates holds for whichever of them is chosen afterwards.
    """
    step, values = step_of([*candidates, *rivals]), []
    for own in candidates:
        against = [_paired_scores(own, rival, step) for rival in rivals if own and rival]
        better = [pair for pair in against if pair.mean > 0 and pair.freedom + 1 >= VERDICT_SEEDS]
        values.append(max(pair.p for pair in better) if len(better) == len(rivals) > 0 else 1.0)
    return [p <= level for p in holm(values)]


def _detectable_sizes(tied: Mapping[int, Pairs], groups: int, level: float) -> dict[int, float]:
    """Return the smallest difference of each that would be shown with a probability of `POWER`.

    With few seeds, equal spreads look different, so the median is used for all but extreme ones:
    those wider than the widest of as many equals in 95 % of races. Estimates are more often too
    small than too large, so each is divided by the median of its distribution (Wilson and Hilferty
    1931). The result is never smaller than the measured difference, which is not shown.
    """
    errors = {n: pair.error / (1 - 2 / (9 * pair.freedom)) ** 1.5 for n, pair in tied.items()}

    def wider(n: int) -> bool:
        others = [error for m, error in errors.items() if m != n]
        if not others or errors[n] <= median(others):
            return False
        ratio = (errors[n] / median(others)) ** 2 if median(others) else math.inf
        freedom = tied[n].freedom
        return len(errors) * ratio_tail(ratio, freedom, len(others) * freedom) < LEVEL

    wide = {n for n in errors if wider(n)}
    middle = median([error for n, error in errors.items() if n not in wide] or [0.0])
    sizes = {}
    for n, pair in tied.items():
        error = errors[n] if n in wide else middle
        shown = error * detectable(groups, pair.freedom, level, POWER)
        sizes[n] = max(shown, abs(pair.mean))
    return sizes


def _paired_scores(own: Scores, top: Scores, step: float) -> Pairs:
    """Return the differences over common seeds; without any, the difference of the means."""
    common = sorted(own.keys() & top.keys())
    if not common:
        return Pairs(fmean(own.values()) - fmean(top.values()), 0.0, -1)
    return pairs([own[s] for s in common], [top[s] for s in common], step)
