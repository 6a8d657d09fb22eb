"""What the charts of an inspection share: an axis of qualities, numbers and names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

STEP = 0.2
"""From one number of the axis to the next, if it is not long."""
LONG = 2.0
"""A longer axis has the numbers that ECharts chooses."""
BEST = 1.0
"""No accuracy and no R² is above it: the axis ends here, and texts of bars stand above it."""
ROUNDED = 0.005
"""Smaller values read as 0.00."""
MOST_LETTERS = 14
"""Letters of an input's name on an axis."""


def quality_axis(values: Iterable[float]) -> dict[str, Any]:
    """Ends and steps of an axis of qualities, with 0 in it and room for the texts of the bars."""
    values = [0.0, *values]
    low, high = min(values), max(values)
    room = 0.06 * (high - low)
    bottom = round(STEP * math.floor((low - room) / STEP), 1) if low < -ROUNDED else 0.0
    top = round(STEP * math.ceil((high + room) / STEP), 1)
    top = min(top, BEST) if high <= BEST + ROUNDED else top
    steps = {"interval": STEP} if top - bottom <= LONG else {}
    return {"type": "value", "min": bottom, "max": top, **steps}


def two_digits(value: float, sign: str = "") -> str:
    """A number with two digits, never -0.00; `sign` is `+` for one that always has a sign."""
    return f"{round(value, 2) + 0.0:{sign}.2f}"


def class_name(label: int, names: Sequence[str]) -> str:
    """The name of a class, or its number if the data has no names."""
    return names[label] if label < len(names) else str(label)


def short_name(name: str) -> str:
    """An input's name, cut where it is long."""
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
