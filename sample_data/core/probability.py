"""Small steps from what is seen to what is believed."""

from __future__ import annotations

import math

import numpy as np

from sample_data.core.arrays import Array

_REACH, _STEPS = 8.0, 8001
_GRID = np.linspace(-_REACH, _REACH, _STEPS)
_TABLE = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in _GRID])


def phi(x: Array) -> Array:
    """The normal distribution function, by a table: right to 1e-7."""
    below: Array = np.interp(x, _GRID, _TABLE)
    return below


def softmax(likelihood: Array) -> Array:
    """Log likelihoods (N, options), all options as likely before, as probabilities (N, options)."""
    chances: Array = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return chances


def normal_classes(cuts: Array, mean: Array, deviation: Array | float) -> Array:
    """Probabilities (N, cuts + 1) that a normal score lies between those cuts.

    A score right at a cut lies below it, as where the deviation is 0.
    """
    away = cuts[None, :] - mean[:, None]
    wide = np.broadcast_to(np.asarray(deviation, dtype=np.float64), mean.shape)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(wide > 0, phi(away / wide), away >= 0)
    return differences(below)


def differences(below: Array) -> Array:
    """Probabilities (N, classes) from those of lying below each cut, (N, classes - 1)."""
    ends = np.zeros((len(below), 1)), np.ones((len(below), 1))
    return np.diff(np.concatenate((ends[0], below, ends[1]), axis=1), axis=1)


def one_hot(labels: Array, classes: int) -> Array:
    """The posterior (N, classes) of someone who knows the labels (N,)."""
    sure: Array = np.eye(classes)[labels]
    return sure


def prior(samples: int, classes: int) -> Array:
    """The posterior of someone who sees nothing: every class as likely, the value at its mean 0."""
    return np.full((samples, classes), 1 / classes) if classes else np.zeros(samples)
