"""Relations whose score is a sum of products of independent normal causes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from sample_data.arrays import Array
from sample_data.relations._belief import certain, differences, even
from sample_data.relations.base import Plan, Relation, Sight

_IMAGINED = 256
_BLOCK = 2_000_000


class ProductOfNormals(Relation):
    """The score is the sum over a cause's numbers of the product over inputs; all are N(0, 1)."""

    independent: ClassVar[bool] = True

    def belief(self, sight: Sight, head: int) -> Array:
        """Exact for the mean; classes from 256 causes imagined for each sample, as likely as seen.

        Unseen causes make the score symmetric, so two classes are even then.
        """
        plan, classes = sight.plan, sight.plan.classes[head]
        full = len(sight.seen) == plan.inputs
        if not classes and full:
            product = np.prod(
                [self._mean(view) for view in sight.views if view is not None], axis=0
            )
            mean: Array = product.sum(axis=1) / self.scale(plan, head)
            return mean
        if not sight.seen or (classes in (0, 2) and not full):
            return even(sight.samples, classes)
        if full and not self.noise:
            score = np.prod([view for view in sight.views if view is not None], axis=0).sum(axis=1)
            return certain(np.searchsorted(self.cuts(plan, head), score), classes)
        return self._imagined(sight, head)

    def exact(self, plan: Plan, head: int, seen: Sequence[int]) -> float | None:
        classes = plan.classes[head]
        if len(seen) < plan.inputs:
            return None if classes > 2 and seen else (1 / classes if classes else 0.0)
        if not classes:
            return (1 + self.noise**2) ** -plan.inputs
        if not self.noise:
            return 1.0
        sign = 0.5 + math.atan(1 / self.noise) / math.pi
        return parity(sign, plan.inputs) if self._numbers(plan) == 1 and classes == 2 else None

    def _numbers(self, plan: Plan) -> int:
        """Numbers in the cause of each input."""
        return 1

    def _mean(self, view: Array) -> Array:
        return view / (1 + self.noise**2)

    def _imagined(self, sight: Sight, head: int) -> Array:
        rng, cuts = np.random.default_rng(0), self.cuts(sight.plan, head)
        rows = max(1, _BLOCK // (_IMAGINED * self._numbers(sight.plan)))
        parts = []
        for start in range(0, sight.samples, rows):
            score = self._scores(sight, slice(start, min(start + rows, sight.samples)), rng)
            score.sort(axis=1)
            below = [(score <= cut).mean(axis=1) for cut in cuts]
            parts.append(differences(np.stack(below, axis=1)))
        return np.concatenate(parts)

    def _scores(self, sight: Sight, rows: slice, rng: np.random.Generator) -> Array:
        """Scores (rows, imagined) of causes drawn from what is believed of them."""
        shape = (rows.stop - rows.start, _IMAGINED, self._numbers(sight.plan))
        left = np.float32(self.noise / math.sqrt(1 + self.noise**2))
        product = np.ones(shape, dtype=np.float32)
        for view in sight.views:
            imagined = rng.standard_normal(shape, dtype=np.float32)
            if view is not None:
                imagined *= left
                imagined += self._mean(view[rows])[:, None, :]
            product *= imagined
        total: Array = product.sum(axis=2)
        return total


def parity(right: float, inputs: int) -> float:
    """Chance that the parity of bits is right, each read rightly with a chance of its own."""
    return 0.5 + 0.5 * (2 * right - 1) ** inputs
