"""Probabilities of classes: from likelihoods, from normal scores, and without knowledge."""

from __future__ import annotations

import math

import numpy as np

from sample_data.core.arrays import Array

_REACH, _STEPS = 8.0, 8001
_GRID = np.linspace(-_REACH, _REACH, _STEPS)
_TABLE = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in _GRID])


def phi(x: Array) -> Array:
    """Return the normal distribution function, by a table: accurate to 1e-7."""
    below: Array = np.interp(x, _GRID, _TABLE)
    return below


def softmax(likelihood: Array) -> Array:
    """Turn log likelihoods or log-odds (N, options) into probabilities (N, options)."""
    chances: Array = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return chances


def normal_classes(cuts: Array, mean: Array, deviation: Array | float) -> Array:
    """Return the probabilities (N, cuts + 1) that a normal score lies between those cuts.

    A score exactly at a cut counts as below it.
    """
    away = cuts[None, :] - mean[:, None]
    wide = np.broadcast_to(np.asarray(deviation, dtype=np.float64), mean.shape)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(wide > 0, phi(away / wide), away >= 0)
    return differences(below)


def differences(below: Array) -> Array:
    """Return probabilities (N, classes) from those (N, classes - 1) of lying below each cut."""
    ends = np.zeros((len(below), 1)), np.ones((len(below), 1))
    return np.diff(np.concatenate((ends[0], below, ends[1]), axis=1), axis=1)


def one_hot(labels: Array, classes: int) -> Array:
    """Return the posterior (N, classes) if the labels (N,) are known."""
    sure: Array = np.eye(classes)[labels]
    return sure


def prior(samples: int, classes: int) -> Array:
    """Return the posterior without any input: equal chances of all classes, or the mean 0."""
    return np.full((samples, classes), 1 / classes) if classes else np.zeros(samples)
