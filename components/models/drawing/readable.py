"""Search for the first look of a picture whose letters are readable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Look = TypeVar("Look")


def excess(size: tuple[float, float], space: tuple[float, float], scale: float) -> float:
    """Return the factor by which a picture exceeds its space, if `scale` times as large."""
    return max(side * scale / most for side, most in zip(size, space, strict=True))


def first_readable(looks: Iterable[Look], over: Callable[[Look], float]) -> tuple[Look, float]:
    """Return the first look that fits into its space with readable letters, otherwise the nearest.

    `over` returns the factor by which a look exceeds the space; the result includes that factor.
    """
    tried = list[tuple[Look, float]]()
    for look in looks:
        tried.append((look, over(look)))
        if tried[-1][1] <= 1:
            return tried[-1]
    return min(tried, key=lambda pair: pair[1])
