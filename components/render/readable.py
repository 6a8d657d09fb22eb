"""The search for the first of several looks of a picture whose letters can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Look = TypeVar("Look")


def excess(size: tuple[float, float], room: tuple[float, float], scale: float) -> float:
    """Return how many times a picture exceeds its room, at pixels or points for one of its own."""
    return max(side * scale / most for side, most in zip(size, room, strict=True))


def first_readable(looks: Iterable[Look], over: Callable[[Look], float]) -> tuple[Look, float]:
    """Return the first look that is within its room at readable letters, else the nearest to it.

    `over` says how many times a look exceeds the room; the result has that of its look.
    """
    tried = list[tuple[Look, float]]()
    for look in looks:
        tried.append((look, over(look)))
        if tried[-1][1] <= 1:
            return tried[-1]
    return min(tried, key=lambda pair: pair[1])
