"""The distributions used by tests over seeds: Student's t, F, the studentized range, power."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_TINY = 1e-300
_PRECISION = 1e-16
_MOST_TERMS = 1000
_STEP = 0.02
"""Distance of the points at which integrals over normal values are summed."""
_NORMAL = np.arange(-1100, 401) * _STEP
_NORMAL_CDF = np.array([math.erfc(-z / math.sqrt(2)) / 2 for z in _NORMAL])
"""Normal distribution function at these points, from -22 to 8."""
_CENTERS = np.arange(-400, 401, 5)
_RANGES = np.arange(701)
"""Normal values from -8 to 8 and ranges from 0 to 14, both in steps; larger ones do not occur."""
_DENSITY = np.exp(-((_CENTERS * _STEP) ** 2) / 2) / math.sqrt(2 * math.pi) * 5 * _STEP
"""Probabilities of normal values around `_CENTERS`."""
_LEADS = np.arange(-400, 601) * _STEP
"""Differences of normal values, from -8 to 12."""
_SPREADS = np.arange(601) / 100
"""Estimates of a standard deviation of 1, to 6."""


def tail(t: float, freedom: int) -> float:
    """Return the two-sided tail of Student's t: the probability of |T| >= |t|."""
    return ratio_tail(t * t, 1, freedom)


def ratio_tail(ratio: float, freedom: int, other: int) -> float:
    """Return the upper tail of F: the probability that the ratio of two estimates of the same
    variance is at least `ratio`, with their degrees of freedom.
    """
    if math.isinf(ratio):
        return 0.0
    over, rest = freedom * ratio, float(other)
    return _beta(other / 2, freedom / 2, rest / (rest + over), over / (rest + over))


@lru_cache(maxsize=256)
def student(freedom: int) -> float:
    """Return the t with a two-sided tail of 5 %, 2.776 for 4 degrees of freedom."""
    return _solve(lambda t: tail(t, freedom) - 0.05)


def range_tail(q: float, groups: int, freedom: int) -> float:
    """Return the upper tail of Tukey's studentized range.

    The probability that the largest distance between the means of `groups` equal ones exceeds q
    times the standard error of a mean, estimated with `freedom` degrees of freedom. Copenhaver and
    Holland 1988, by the trapezoid and Simpson's rule; 2 groups are Student's t.
    """
    if groups == 2:
        return tail(q / math.sqrt(2), freedom)
    if q <= 0 or math.isinf(q):
        return 1.0 if q <= 0 else 0.0
    step = min(_STEP, _SPREADS[-1] * q / _RANGES[-1])
    ranges = _RANGES * step
    exceeded = np.interp(ranges, _RANGES * _STEP, _range_tails(groups))
    density = _spread_density(ranges / q, freedom) / q
    return min(1.0, _simpson(density * exceeded, step))


@lru_cache(maxsize=256)
def detectable(groups: int, freedom: int, level: float, power: float) -> float:
    """Return the difference that a test at `level` detects with the probability `power`.

    One mean lies that far below all others of `groups`, which are equal; it is detected if the best
    of them is beyond the limit of `range_tail`. The unit is the standard error of a difference of
    two. For 2 groups it is that of the noncentral t.
    """
    limit = _solve(lambda q: range_tail(q, groups, freedom) - level)
    density, leads = _spread_density(_SPREADS, freedom), _leads(groups)

    def missed(difference: float) -> float:
        short = np.interp(limit * _SPREADS - math.sqrt(2) * difference, _LEADS, leads)
        return power - _simpson(density * (1 - short), 0.01)

    return _solve(missed)


@lru_cache(maxsize=64)
def _leads(groups: int) -> Values:
    """Return for each of `_LEADS` the probability of no larger lead.

    It is the lead of the best of `groups` - 1 normal values over another one.
    """
    below = np.interp(_LEADS[:, None] + _CENTERS * _STEP, _NORMAL, _NORMAL_CDF) ** (groups - 1)
    return np.asarray(below @ _DENSITY)


@lru_cache(maxsize=64)
def _range_tails(groups: int) -> Values:
    """Return for each range the probability that the range of `groups` normal values is larger."""
    below = _NORMAL_CDF[_CENTERS + 1100]
    within = below - _NORMAL_CDF[_CENTERS - _RANGES[:, None] + 1100]
    return np.asarray(groups * ((below ** (groups - 1) - within ** (groups - 1)) @ _DENSITY))


def _spread_density(spreads: Values, freedom: int) -> Values:
    """Return the density of the estimates of a standard deviation of 1."""
    half = freedom / 2
    factor = math.log(2) + half * math.log(half) - math.lgamma(half)
    return np.asarray(spreads ** (freedom - 1) * np.exp(factor - half * spreads**2))


def _simpson(values: Values, step: float) -> float:
    ends, odd, even = values[0] + values[-1], values[1::2].sum(), values[2:-1:2].sum()
    return float(step / 3 * (ends + 4 * odd + 2 * even))


def _solve(falling: Callable[[float], float]) -> float:
    """Return the positive root of a decreasing function."""
    low, high = 0.0, 1.0
    while falling(high) > 0:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """Return the regularized incomplete beta function; `rest` is 1 - x without loss of digits."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    factor = math.exp(front + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return factor * _fraction(a, b, x) / a
    return 1 - factor * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of beta by Lentz's method.

    DLMF 8.17.22; Press and others 2007, 6.4.
    """
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _nonzero(1 + term * d)
            c = _nonzero(1 + term / c)
            value *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return value


def _nonzero(value: float) -> float:
    """Return the value, or a tiny one for zero."""
    return value if abs(value) > _TINY else _TINY
