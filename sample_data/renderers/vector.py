"""Causes as features."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import Values
from sample_data.renderers.base import Renderer, directions, full_shape, put_along

_SHOWN = 64


class VectorRenderer(Renderer):
    """A random rotation of the cause and of nuisance dimensions; one feature is the cause itself.

    Nuisances are N(0, 1) up to 16 features. In wider vectors they are quieter, so that all of them
    together stay as loud as in 16, and 2,000 samples suffice at any width.
    """

    title: ClassVar[str] = "Direction in a vector"
    cue: ClassVar[str] = "how far the features lie along one direction"

    kind: Literal["vector"] = "vector"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        (features,) = full_shape(given)
        units = directions(given, world, features, causes.shape[1])
        x = rng.standard_normal((len(causes), features), dtype=np.float32)
        x *= np.float32(min(1.0, 4 / math.sqrt(features)))
        for place, unit in enumerate(units):
            put_along(x, unit, causes[:, place])
        return x

    def show(self, given: Input, sample: Array) -> Values:
        return Values(sample[:_SHOWN].tolist(), len(sample))
