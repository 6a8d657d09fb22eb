"""The best sum of functions of one input each, fitted to what is known of the label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sample_data.core.arrays import Array, Ints
from sample_data.core.probability import softmax

_KNOTS = 17
_ROUNDS = 25
_RIDGE = 1e-6


def design(summaries: Sequence[Array], groups: Sequence[Ints], seen: Array | None) -> Array:
    """Features (N, F) whose weighted sums are the sums of functions of one input each.

    A function is piecewise linear between quantiles of the input's summary (N,), with a curve of
    its own in each of its groups (N,); an input that is not seen, by `seen` (N, inputs), gives 0.
    """
    columns = [np.ones((len(summaries[0]), 1))]
    for index, (summary, group) in enumerate(zip(summaries, groups, strict=True)):
        tents = _tents(summary)
        if seen is not None:
            tents = np.concatenate((tents, np.ones((len(tents), 1))), axis=1) * seen[:, [index]]
        columns += [tents * (group == one)[:, None] for one in np.unique(group)]
    return np.concatenate(columns, axis=1)


def likeliest(features: Array, chances: Array) -> Array:
    """Weights (F, classes) of the log-odds with the least cross-entropy to chances (N, classes).

    Steps by a bound of the curvature (Böhning 1992), with momentum.
    """
    solve = np.linalg.inv(_gram(features))
    weights = np.zeros((features.shape[1], chances.shape[1]))
    ahead, pace = weights, 1.0
    for _ in range(_ROUNDS):
        step = 2 * solve @ (features.T @ (chances - softmax(features @ ahead)))
        moved = ahead + step
        faster = (1 + (1 + 4 * pace**2) ** 0.5) / 2
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    return weights


def nearest(features: Array, values: Array) -> Array:
    """Weights (F,) with the least squared error to values (N,)."""
    weights: Array = np.linalg.solve(_gram(features), features.T @ values)
    return weights


def _gram(features: Array) -> Array:
    gram: Array = features.T @ features
    gram += _RIDGE * len(features) * np.eye(len(gram))
    return gram


def _tents(summary: Array) -> Array:
    """Weights (N, knots) of the two knots next to each value; they add up to 1."""
    knots = np.unique(np.quantile(summary, np.linspace(0, 1, _KNOTS)))
    if len(knots) == 1:
        return np.ones((len(summary), 1))
    after = np.clip(np.searchsorted(knots, summary), 1, len(knots) - 1)
    share = np.clip((summary - knots[after - 1]) / (knots[after] - knots[after - 1]), 0, 1)
    tents = np.zeros((len(summary), len(knots)))
    rows = np.arange(len(summary))
    tents[rows, after] = share
    tents[rows, after - 1] = 1 - share
    return tents
