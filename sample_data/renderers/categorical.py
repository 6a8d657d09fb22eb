"""Renderer of causes as ids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encode import EncodedColumns, categorical, classes_of, only_column
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Label
from sample_data.core.latent import InputCapacity
from sample_data.renderers.base import RenderContext, Renderer, power_of_two

MOST_LEVELS = 64
_MOST_ONE_HOT = 10


class CategoricalRenderer(Renderer):
    """The cause in bins of equal share under N(0, 1), each bin an id.

    Zero is always an edge of bins, so the id gives the sign. At most 64 ids are used: with more,
    2,000 samples would show each too rarely. At difficulty 0 a higher id is a larger cause; a
    higher difficulty mixes up more ids. A single category carries no information.
    """

    title = "Ids of bins"
    needs = "one column of categories or whole numbers"
    column_kinds = frozenset({"number", "category", "text"})
    proposed_for = frozenset({"category"})

    def capacity(self, branch: Input) -> InputCapacity:
        levels = min(branch.cardinality, MOST_LEVELS)
        return InputCapacity(branch.name, branch.title, numbers=1, levels=levels)

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        return ("id",)

    def _whole(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        bins = min(branch.cardinality, MOST_LEVELS)
        ids = _mixed(context.world, branch.cardinality, bins, context.difficulty)
        places = np.searchsorted(_edges(bins), causes[:, 0], side="right")
        return ids[places][:, None]

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Label:
        number, known = int(sample[0]), names or ()
        text = known[number] if number < len(known) else f"id {number}"
        return Label(text, number, branch.cardinality)

    def accepts(self, column: Column) -> bool:
        known = super().accepts(column) and column.distinct > 0
        return known and (column.kind != "number" or column.whole)

    def wanted_columns(self, branch: Input) -> int:
        return 1

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        return {"categories": classes_of(columns[0]) + int(columns[0].missing > 0)}

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        categories = sizes["categories"]
        if categories <= _MOST_ONE_HOT:
            return {"kind": "one_hot", "depth": 1}
        units = power_of_two(math.sqrt(categories), 4, 32)
        return {"kind": "embedding", "depth": 1, "units": units}

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return categorical(branch, only_column(branch.name, columns), trained)


def _mixed(world: np.random.Generator, ids: int, bins: int, difficulty: float) -> Array:
    """Return the id of each bin: spread evenly over all of them, in an order that gets lost."""
    spread = (np.arange(bins) * ids // bins).astype(np.int32)
    moved = np.arange(bins) + world.random(bins) * (4 * difficulty * bins)
    return spread[np.argsort(moved, kind="stable")]


def _edges(bins: int) -> Floats:
    """Return the edges between bins: half of them below zero, and the odd one above."""
    below = bins // 2
    above = bins - below
    shares = [0.5 * index / below for index in range(1, below)]
    shares += [0.5] * (below > 0)
    shares += [0.5 + 0.5 * index / above for index in range(1, above)]
    normal = NormalDist()
    return np.array([normal.inv_cdf(share) for share in shares], dtype=np.float32)
