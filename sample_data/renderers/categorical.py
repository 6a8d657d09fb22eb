"""Causes as ids."""

from __future__ import annotations

from statistics import NormalDist
from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import Label
from sample_data.renderers.base import Renderer, only_cause

_MOST_BINS = 64


class CategoricalRenderer(Renderer):
    """The cause in bins of equal share under N(0, 1), each bin an id drawn for the seed.

    Zero is always an edge of bins, so the id tells the sign. At most 64 ids are in use: of more,
    2,000 samples would show each too rarely. A single category tells nothing.
    """

    title: ClassVar[str] = "Ids of bins"
    cue: ClassVar[str] = "which id it is: each stands for a run of causes"

    kind: Literal["categorical"] = "categorical"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        bins = min(given.cardinality, _MOST_BINS)
        ids = world.choice(given.cardinality, bins, replace=False).astype(np.int32)
        places = np.searchsorted(_edges(bins), only_cause(given, causes), side="right")
        return ids[places][:, None]

    def show(self, given: Input, sample: Array) -> Label:
        return Label(f"id {int(sample[0])}")


def _edges(bins: int) -> Floats:
    """Edges between bins: half of them below zero, and the odd one above."""
    below = bins // 2
    above = bins - below
    shares = [0.5 * place / below for place in range(1, below)]
    shares += [0.5] * (below > 0)
    shares += [0.5 + 0.5 * place / above for place in range(1, above)]
    normal = NormalDist()
    return np.array([normal.inv_cdf(share) for share in shares], dtype=np.float32)
