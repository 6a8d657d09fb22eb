"""What the charts of an inspection share: the ends of an axis of qualities, and short names."""

from __future__ import annotations

import math
from collections.abc import Iterable

STEP = 0.2
"""From one number of the axis to the next, if it is not long."""
MOST_LETTERS = 14
"""Letters of an input's name on an axis."""


def axis_ends(values: Iterable[float]) -> tuple[float, float]:
    """Ends of an axis in steps of `STEP`, with 0 in it and room for the texts of the bars."""
    values = [0.0, *values]
    low, high = min(values), max(values)
    room = 0.06 * (high - low)
    bottom = math.floor((low - room * (low < 0)) / STEP)
    return round(STEP * bottom, 1), round(STEP * math.ceil((high + room) / STEP), 1)


def short_name(name: str) -> str:
    """An input's name, cut where it is long."""
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
