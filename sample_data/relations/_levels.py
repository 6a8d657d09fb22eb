"""Scores and causes on a few even levels, and their classes."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import CauseLayout, LatentSample
from sample_data.core.probability import softmax
from sample_data.relations.base import Relation

# float32 has about 2 ** 24 levels in [-1, 1]; with this many, classes are even enough.
_MOST_LEVELS = 2**20
_MOST_BELIEVED = 512
_below = NormalDist().cdf


def level_count(layout: CauseLayout) -> int:
    """Return the fewest levels that all heads' classes divide evenly: 2 for binary heads only."""
    return min(max(2, math.lcm(*(count for count in layout.classes if count))), _MOST_LEVELS)


def spread(layout: CauseLayout) -> float:
    """Return half the step between the finest head's classes on [-1, 1]: 1 if all are binary."""
    return 1 / (max((2, *layout.classes)) - 1)


def level_deviation(layout: CauseLayout) -> float:
    """Return the standard deviation of a level: 1 for binary heads only."""
    count = level_count(layout)
    return math.sqrt((count + 1) / (3 * (count - 1)))


def drawn_levels(rng: np.random.Generator, layout: CauseLayout, *shape: int) -> Floats:
    """Draw levels evenly from all steps between -1 and 1."""
    count = level_count(layout)
    steps = rng.integers(0, count, shape)
    return (steps * (2 / (count - 1)) - 1).astype(np.float32)


def digits(levels: Floats, count: int, classes: int) -> Ints:
    """Return which of `classes` even runs of the `count` levels each level lies in, from 0."""
    steps = np.rint((levels.astype(np.float64) + 1) / 2 * (count - 1)).astype(np.int64)
    return (steps * classes // count).astype(np.int32)


def posterior_levels(layout: CauseLayout, classes: int) -> Array:
    """Return the levels that stand for all of them in a posterior, an even run for each class.

    These are all levels if there are few, otherwise midpoints of even runs of them.
    """
    count = level_count(layout)
    if count <= _MOST_BELIEVED:
        return np.linspace(-1, 1, count)
    parts = max(classes, 1) * max(1, _MOST_BELIEVED // max(classes, 1))
    return (np.arange(parts) + 0.5) * 2 / parts - 1


def by_class(chances: Array, classes: int) -> Array:
    """Add up chances (N, levels) over the even run of levels of each class, (N, classes)."""
    summed: Array = chances.reshape(len(chances), classes, -1).sum(axis=2)
    return summed


class LevelRelation(Relation):
    """Relation whose score lies on even levels between -1 and 1.

    There are as many levels as it takes for every head's classes to be even runs of them.
    """

    def labels(self, truth: LatentSample, head: int) -> Ints:
        """Return class numbers (N,): the run of levels in which the score lies, lowest first."""
        count = level_count(truth.plan)
        return digits(self.score(truth, head), count, truth.plan.classes[head])

    def scale(self, layout: CauseLayout, head: int) -> float:
        return level_deviation(layout)

    def simulated_samples(self, layout: CauseLayout, head: int) -> int:
        """Return fewer samples if there are many levels to weigh for each."""
        work = layout.inputs * len(posterior_levels(layout, layout.classes[head]))
        return min(super().simulated_samples(layout, head), max(4000, 1_000_000 // work))

    def level_posterior(
        self, layout: CauseLayout, likelihood: Array, levels: Array, head: int
    ) -> Array:
        """Return the posterior by log likelihoods (N, levels) of the score's levels."""
        classes, chances = layout.classes[head], softmax(likelihood)
        if classes:
            return by_class(chances, classes)
        mean: Array = chances @ levels / self.scale(layout, head)
        return mean


def even_levels(layout: CauseLayout, head: int, gain: float, deviation: float) -> float | None:
    """Return the accuracy of the class nearest to `gain` times its level plus normal noise.

    `None` for real values, and if classes are runs of several levels.
    """
    classes = layout.classes[head]
    if not classes:
        return None if gain else 0.0
    if not gain:
        return 1 / classes
    if level_count(layout) != classes:
        return None
    if not deviation:
        return 1.0
    edge = _below(gain / ((classes - 1) * deviation))
    return (2 * edge + (classes - 2) * (2 * edge - 1)) / classes


def normal_sum(layout: CauseLayout, head: int, share: float) -> float | None:
    """Return accuracy, or r2, if observations explain a share of the variance of a normal score.

    Accuracy for two classes: 1/2 + arcsin(√share) / π, Sheppard 1899. `None` for more classes,
    except for a share of 0 or 1.
    """
    classes = layout.classes[head]
    if not classes:
        return share
    if share in (0, 1):
        return 1.0 if share else 1 / classes
    return 0.5 + math.asin(math.sqrt(share)) / math.pi if classes == 2 else None
