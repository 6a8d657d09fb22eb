"""The scale that the colours and bars of one dataset share."""

from __future__ import annotations

from dataclasses import dataclass

from components.race.measures import Measure
from components.race.result import DatasetResult

ROOM = 0.03
"""The room at both ends, as a share of the span."""
LEAST = 0.02
"""The narrowest span."""


@dataclass(frozen=True)
class ValueScale:
    """From the lowest to the highest drawn value."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """The position of a value, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def of_table(table: DatasetResult) -> ValueScale:
    """A scale for all intervals, runs and ceilings; values far below chance are cut off."""
    marks = [mark.value for mark in table.marks]
    reached = [
        value
        for row in table.rows
        for value in (*row.scores.values(), row.low, row.high)
        if value is not None
    ]
    values = [*marks, *reached] or [0.0, 1.0]
    low, high = min(values), max(values)
    if marks:
        low = max(low, min(marks) - (max(marks) - min(marks) or 1.0))
        high = min(high, max(1.0, *marks))
    room = max(ROOM * (high - low), LEAST / 2)
    return ValueScale(low - room, high + room)


def short(value: float, measure: Measure) -> str:
    """A value in few characters: `97`, or `.91`."""
    if measure.share:
        return f"{100 * value:.0f}"
    return f"{value:.2f}".replace("0.", ".", 1)
