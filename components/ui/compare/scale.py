"""Values as one reads them, and the scale that colours and bars of one data share."""

from __future__ import annotations

from dataclasses import dataclass

from components.race.evaluation import DatasetResult
from components.race.measures import Measure

ROOM = 0.03
"""What is left free at both ends, as a share of the span."""
LEAST = 0.02
"""The narrowest span."""


@dataclass(frozen=True)
class ValueScale:
    """From the lowest to the highest value that is drawn."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Where a value lies, 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def of_table(table: DatasetResult) -> ValueScale:
    """A scale with room for all intervals, runs and ceilings; values far below chance are cut."""
    marks = [mark.value for mark in table.marks]
    found = [
        value
        for row in table.rows
        for value in (*row.scores.values(), row.low, row.high)
        if value is not None
    ]
    values = [*marks, *found] or [0.0, 1.0]
    low, high = min(values), max(values)
    if marks:
        low = max(low, min(marks) - (max(marks) - min(marks) or 1.0))
        high = min(high, max(1.0, *marks))
    room = max(ROOM * (high - low), LEAST / 2)
    return ValueScale(low - room, high + room)


def said(value: float | None, measure: Measure, unit: bool = True) -> str:
    """`97.3 %`, or `0.913`; a dash for nothing."""
    if value is None:
        return "–"
    if not measure.share:
        return f"{value:.3f}"
    return f"{100 * value:.1f} %" if unit else f"{100 * value:.1f}"


def short(value: float, measure: Measure) -> str:
    """A value in few letters: `97`, or `.91`."""
    if measure.share:
        return f"{100 * value:.0f}"
    return f"{value:.2f}".replace("0.", ".", 1)
