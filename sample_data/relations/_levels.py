"""Scores and causes that stand on a few even levels, and their classes."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import LatentSample, Plan
from sample_data.core.probability import softmax
from sample_data.relations.base import Relation

# float32 tells about 2 ** 24 levels in [-1, 1] apart; beyond this many, classes are even enough.
_MOST_LEVELS = 2**20
_MOST_BELIEVED = 512
_below = NormalDist().cdf


def level_count(plan: Plan) -> int:
    """The fewest levels that every head's classes divide evenly: 2 for binary heads alone."""
    return min(max(2, math.lcm(*(count for count in plan.classes if count))), _MOST_LEVELS)


def spread(plan: Plan) -> float:
    """Half the step between the classes of the finest head on [-1, 1]: 1 for binary heads alone."""
    return 1 / (max((2, *plan.classes)) - 1)


def level_deviation(plan: Plan) -> float:
    """Standard deviation of a level: 1 for binary heads alone."""
    count = level_count(plan)
    return math.sqrt((count + 1) / (3 * (count - 1)))


def drawn_levels(rng: np.random.Generator, plan: Plan, *shape: int) -> Floats:
    """Levels drawn evenly from all steps between -1 and 1."""
    count = level_count(plan)
    steps = rng.integers(0, count, shape)
    return (steps * (2 / (count - 1)) - 1).astype(np.float32)


def digits(levels: Floats, count: int, classes: int) -> Ints:
    """Which of `classes` even runs of the `count` levels each one lies in, from 0."""
    steps = np.rint((levels.astype(np.float64) + 1) / 2 * (count - 1)).astype(np.int64)
    return (steps * classes // count).astype(np.int32)


def posterior_levels(plan: Plan, classes: int) -> Array:
    """Levels that stand for all of them in a posterior, an even run for each class.

    All levels where they are few; else midpoints of even runs of them.
    """
    count = level_count(plan)
    if count <= _MOST_BELIEVED:
        return np.linspace(-1, 1, count)
    parts = max(classes, 1) * max(1, _MOST_BELIEVED // max(classes, 1))
    return (np.arange(parts) + 0.5) * 2 / parts - 1


def by_class(chances: Array, classes: int) -> Array:
    """Chances (N, levels) added up over the even run of levels of each class, (N, classes)."""
    summed: Array = chances.reshape(len(chances), classes, -1).sum(axis=2)
    return summed


class LevelRelation(Relation):
    """A relation whose score stands on even levels between -1 and 1.

    The levels are as many as it takes for every head's classes to be even runs of them.
    """

    def labels(self, truth: LatentSample, head: int) -> Ints:
        """Class numbers (N,): the run of levels the score lies in, lowest first."""
        count = level_count(truth.plan)
        return digits(self.score(truth, head), count, truth.plan.classes[head])

    def scale(self, plan: Plan, head: int) -> float:
        return level_deviation(plan)

    def simulated_samples(self, plan: Plan, head: int) -> int:
        """Fewer samples where many levels are weighed for each."""
        work = plan.inputs * len(posterior_levels(plan, plan.classes[head]))
        return min(super().simulated_samples(plan, head), max(4000, 1_000_000 // work))

    def level_posterior(self, plan: Plan, likelihood: Array, levels: Array, head: int) -> Array:
        """The posterior by log likelihoods (N, levels) of the score's levels."""
        classes, chances = plan.classes[head], softmax(likelihood)
        if classes:
            return by_class(chances, classes)
        mean: Array = chances @ levels / self.scale(plan, head)
        return mean


def even_levels(plan: Plan, head: int, gain: float, deviation: float) -> float | None:
    """Accuracy of the nearest of a head's classes to `gain` times its level plus normal noise.

    `None` for real values, and where classes are runs of several levels.
    """
    classes = plan.classes[head]
    if not classes:
        return None if gain else 0.0
    if not gain:
        return 1 / classes
    if level_count(plan) != classes:
        return None
    if not deviation:
        return 1.0
    edge = _below(gain / ((classes - 1) * deviation))
    return (2 * edge + (classes - 2) * (2 * edge - 1)) / classes


def normal_sum(plan: Plan, head: int, share: float) -> float | None:
    """Accuracy, or r2, where what is seen explains a share of the variance of a normal score.

    Accuracy for two classes: 1/2 + arcsin(√share) / π, Sheppard 1899. `None` for more classes, but
    for a share of 0 or 1.
    """
    classes = plan.classes[head]
    if not classes:
        return share
    if share in (0, 1):
        return 1.0 if share else 1 / classes
    return 0.5 + math.asin(math.sqrt(share)) / math.pi if classes == 2 else None
