"""Means with their intervals, and paired tests over seeds, corrected for many comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import fmean, stdev

LEVEL = 0.05
"""The significance level: how often a race without any difference shows one."""
ALIKE = 1e-9
"""A spread below this share of the values' size is rounding."""
_TINY = 1e-300
_ENOUGH = 1e-16
_MOST_TERMS = 1000


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval by Student's t; without one for a single value."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Verdict:
    """How a strategy compares with the best one, over the seeds that both have.

    `p` is of the paired test, adjusted after Holm 1979. It and `tied` are `None` with fewer than
    two seeds, where there is no verdict. A `tied` one may have a small `p`: see `verdicts`.
    """

    difference: float
    """Mean of its values minus those of the best."""
    p: float | None
    tied: bool | None


def interval(values: Sequence[float]) -> Interval:
    """The mean of at least one value, and its interval by Student's t."""
    center = fmean(values)
    if len(values) < 2:
        return Interval(center, None, None)
    half = student(len(values) - 1) * spread(values) / math.sqrt(len(values))
    return Interval(center, center - half, center + half)


def spread(values: Sequence[float]) -> float:
    """The standard deviation of a sample; 0 if the values differ only by rounding."""
    size = max(map(abs, values))
    deviation = stdev(values) if len(values) > 1 else 0.0
    return 0.0 if deviation <= ALIKE * size else deviation


def paired(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The two-sided p of a paired t-test that the means are equal; `None` for fewer than two pairs.

    Where every pair differs by the same amount t has no bound: p is 1 for pairs of equals, and 0
    for all others.
    """
    differences = [a - b for a, b in zip(one, other, strict=True)]
    if len(differences) < 2:
        return None
    size = max(map(abs, (*one, *other)), default=0.0)
    center, wide = fmean(differences), stdev(differences)
    if wide <= ALIKE * size:
        return 1.0 if abs(center) <= ALIKE * size else 0.0
    return tail(center / wide * math.sqrt(len(differences)), len(differences) - 1)


def holm(values: Sequence[float]) -> list[float]:
    """p values adjusted for their number (Holm 1979), in the order they came in."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = highest
    return adjusted


Scores = Mapping[int, float]
"""Scores by seed."""


def best(scores: Sequence[Scores]) -> int | None:
    """The index of the highest mean, the first of equals; `None` without any value."""
    means = {index: fmean(values.values()) for index, values in enumerate(scores) if values}
    return max(means, key=means.__getitem__, default=None)


def verdicts(scores: Sequence[Scores]) -> list[Verdict | None]:
    """Each strategy against the best, which is tied with itself; `None` without a value.

    Tied is one that is not shown to be below the best after Holm's correction, and one whose mean
    is at least that of one that is not: so a strategy is never below a worse one only because its
    seeds scatter less, and a race without any difference seldom shows one (docs/measured.md).
    """
    top = best(scores)
    if top is None:
        return [None] * len(scores)
    raw = {index: _against(values, scores[top]) for index, values in enumerate(scores) if values}
    tested = {index: p for index, (_, p) in raw.items() if index != top and p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    judged: list[Verdict | None] = [None] * len(scores)
    for index, (difference, _) in raw.items():
        p = adjusted.get(index)
        judged[index] = Verdict(difference, p, None if p is None else p > LEVEL)
    judged[top] = Verdict(0.0, None, True if len(scores[top]) > 1 else None)
    return _between(judged, [fmean(values.values()) if values else 0.0 for values in scores])


def _between(judged: list[Verdict | None], means: Sequence[float]) -> list[Verdict | None]:
    """The same, with all tied whose mean is at least that of the worst tied one."""
    tied = [mean for mean, one in zip(means, judged, strict=True) if one and one.tied]
    if not tied:
        return judged
    return [
        replace(one, tied=True) if one and one.tied is False and mean >= min(tied) else one
        for mean, one in zip(means, judged, strict=True)
    ]


def _against(own: Scores, top: Scores) -> tuple[float, float | None]:
    """The difference of the means, and the p of the paired test."""
    common = sorted(own.keys() & top.keys())
    one, other = [own[s] for s in common], [top[s] for s in common]
    difference = fmean(one) - fmean(other) if common else fmean(own.values()) - fmean(top.values())
    return difference, paired(one, other)


def tail(t: float, freedom: int) -> float:
    """The two-sided tail of Student's t: the probability of |T| >= |t|."""
    if math.isinf(t):
        return 0.0
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t), t * t / (freedom + t * t))


@lru_cache(maxsize=256)
def student(freedom: int) -> float:
    """The t whose two-sided tail is `LEVEL`, 2.776 for 4 degrees of freedom."""
    low, high = 0.0, 1.0
    while tail(high, freedom) > LEVEL:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if tail(middle, freedom) > LEVEL else (low, middle)
    return (low + high) / 2


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularized incomplete beta function; `rest` is 1 - x, without the loss of digits."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    factor = math.exp(front + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return factor * _fraction(a, b, x) / a
    return 1 - factor * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction by Lentz's method: DLMF 8.17.22, Press and others 2007, 6.4."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= d * c
        if abs(d * c - 1) < _ENOUGH:
            break
    return value


def _away(value: float) -> float:
    """The value, kept from being zero."""
    return value if abs(value) > _TINY else _TINY
