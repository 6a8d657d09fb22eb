"""Causes as ids."""

from __future__ import annotations

from statistics import NormalDist
from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Label
from sample_data.core.latent import InputCapacity
from sample_data.renderers.base import Renderer

MOST_LEVELS = 64


class CategoricalRenderer(Renderer):
    """The cause in bins of equal share under N(0, 1), each bin an id.

    Zero is always an edge of bins, so the id tells the sign. At most 64 ids are in use: of more,
    2,000 samples would show each too rarely. At difficulty 0 a higher id is a larger cause; the
    harder, the more are the ids mixed up. A single category tells nothing.
    """

    title: ClassVar[str] = "Ids of bins"
    cue: ClassVar[str] = "which id it is: each stands for a run of causes"

    kind: Literal["categorical"] = "categorical"

    def capacity(self, given: Input) -> InputCapacity:
        levels = min(given.cardinality, MOST_LEVELS)
        return InputCapacity(given.name, given.title, numbers=1, levels=levels)

    def captions(self, given: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        return ("id",)

    def _whole(
        self,
        given: Input,
        causes: Floats,
        world: np.random.Generator,
        rng: np.random.Generator,
        difficulty: float,
    ) -> Array:
        bins = min(given.cardinality, MOST_LEVELS)
        ids = _mixed(world, given.cardinality, bins, difficulty)
        places = np.searchsorted(_edges(bins), causes[:, 0], side="right")
        return ids[places][:, None]

    def show(self, given: Input, sample: Array) -> Label:
        return Label(f"id {int(sample[0])}", int(sample[0]), given.cardinality)


def _mixed(world: np.random.Generator, ids: int, bins: int, difficulty: float) -> Array:
    """The id of each bin: spread evenly over all of them, in an order that gets lost."""
    spread = (np.arange(bins) * ids // bins).astype(np.int32)
    moved = np.arange(bins) + world.random(bins) * (4 * difficulty * bins)
    return spread[np.argsort(moved, kind="stable")]


def _edges(bins: int) -> Floats:
    """Edges between bins: half of them below zero, and the odd one above."""
    below = bins // 2
    above = bins - below
    shares = [0.5 * place / below for place in range(1, below)]
    shares += [0.5] * (below > 0)
    shares += [0.5 + 0.5 * place / above for place in range(1, above)]
    normal = NormalDist()
    return np.array([normal.inv_cdf(share) for share in shares], dtype=np.float32)
