"""Intervals of 95 % of a quality that was measured on some samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z = 1.959964
"""Standard errors on each side of a value, for 95 %."""


@dataclass(frozen=True)
class QualityInterval:
    """A measured value with the ends of its interval."""

    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return `True` if the interval contains a value."""
        return self.low <= value <= self.high


UNKNOWN = QualityInterval(math.nan, math.nan, math.nan)
"""QualityInterval of a quality that was not measured."""


def of_share(share: float, samples: int) -> QualityInterval:
    """Return the interval of a share of independent samples. Source: Wilson 1927."""
    if samples < 1:
        return QualityInterval(share, 0.0, 1.0)
    shrink = 1 + Z**2 / samples
    middle = (share + Z**2 / (2 * samples)) / shrink
    half = Z * math.sqrt(share * (1 - share) / samples + Z**2 / (4 * samples**2)) / shrink
    return QualityInterval(share, min(share, middle - half), max(share, middle + half))


def of_r2(r2: float, points: Sequence[tuple[float, float]], samples: int) -> QualityInterval | None:
    """Return the interval of R² on samples, of which `points` are true and predicted values.

    R² is 1 minus a ratio of two means, whose variance is that of the linearised ratio. `None`
    without two different true values. Source: Cochran 1977, section 6.3.
    """
    if len(points) < 2:
        return None
    truth, predicted = np.array(points, np.float64).T
    errors, spread = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    if not spread.mean():
        return None
    rest = errors - errors.mean() / spread.mean() * spread
    half = Z * float(rest.std(ddof=1) / spread.mean()) / math.sqrt(samples)
    return QualityInterval(r2, r2 - half, min(1.0, r2 + half))
