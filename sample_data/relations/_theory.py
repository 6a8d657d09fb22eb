"""Accuracies in closed form that several relations share."""

from __future__ import annotations

import math
from statistics import NormalDist

from sample_data.core.latent import Plan
from sample_data.relations._levels import level_count

_below = NormalDist().cdf


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
