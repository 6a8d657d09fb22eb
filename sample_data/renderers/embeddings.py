"""Causes as the meaning of words."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import HeatMap
from sample_data.renderers.base import Renderer, directions, full_shape, only_cause, put_along

_SHOWN = 64


class EmbeddingsRenderer(Renderer):
    """Random word vectors; half of them lie along a direction of meaning, as far as the cause is.

    Word vectors are about 1 long; the other half of them has nothing along that direction.
    """

    title: ClassVar[str] = "Meaning of words"
    cue: ClassVar[str] = "half of the words lie along one direction of meaning"

    kind: Literal["embeddings"] = "embeddings"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        cause = only_cause(given, causes)
        length, features = full_shape(given)
        (meaning,) = directions(given, world, features, 1)
        telling = _chosen(rng, len(cause), length)
        x = rng.standard_normal((len(cause), length, features), dtype=np.float32)
        x *= np.float32(1 / math.sqrt(features))
        put_along(x, meaning, telling * cause[:, None])
        return x

    def show(self, given: Input, sample: Array) -> HeatMap:
        return HeatMap(_coarse(_coarse(sample).T).T)


def _chosen(rng: np.random.Generator, samples: int, length: int) -> Floats:
    """1 for half of the steps of each sample, at random places and at least one; else 0."""
    order = rng.random((samples, length), dtype=np.float32).argsort(axis=1)
    return (order < max(1, length // 2)).astype(np.float32)


def _coarse(values: Floats) -> Floats:
    """Means over even runs of rows, 64 at most."""
    starts = np.linspace(0, len(values), min(len(values), _SHOWN), endpoint=False).astype(int)
    counts = np.diff(np.append(starts, len(values))).astype(np.float32)
    sums = np.add.reduceat(values, starts, axis=0)
    return (sums / counts[:, None]).astype(np.float32)
