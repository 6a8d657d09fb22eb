"""Scores and causes that stand on a few even levels, and their classes."""

from __future__ import annotations

import math

import numpy as np

from sample_data.arrays import Floats, Ints
from sample_data.relations.base import Plan, Relation, Truth

# float32 tells about 2 ** 24 levels in [-1, 1] apart; beyond this many, classes are even enough.
_MOST_LEVELS = 2**20


def level_count(plan: Plan) -> int:
    """The fewest levels that every head's classes divide evenly: 2 for binary heads alone."""
    return min(max(2, math.lcm(*(count for count in plan.classes if count))), _MOST_LEVELS)


def spread(plan: Plan) -> float:
    """Half the step between the classes of the finest head on [-1, 1]: 1 for binary heads alone."""
    return 1 / (max((2, *plan.classes)) - 1)


def drawn_levels(rng: np.random.Generator, shape: tuple[int, ...], count: int) -> Floats:
    """Levels drawn evenly from `count` steps between -1 and 1."""
    steps = rng.integers(0, count, shape)
    return (steps * (2 / (count - 1)) - 1).astype(np.float32)


def digits(levels: Floats, count: int, classes: int) -> Ints:
    """Which of `classes` even runs of the `count` levels each one lies in, from 0."""
    steps = np.rint((levels.astype(np.float64) + 1) / 2 * (count - 1)).astype(np.int64)
    return (steps * classes // count).astype(np.int32)


class Levelled(Relation):
    """A relation whose score stands on even levels between -1 and 1.

    The levels are as many as it takes for every head's classes to be even runs of them.
    """

    def labels(self, truth: Truth, head: int) -> Ints:
        """Class numbers (N,): the run of levels the score lies in, lowest first."""
        count = level_count(truth.plan)
        return digits(self.score(truth, head), count, truth.plan.classes[head])
