"""Relation with redundant, unique and synergistic signal, in any shares."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import normal_classes
from sample_data.relations._levels import normal_sum
from sample_data.relations.base import Relation, normals

_ONE_INPUT = 2


def _share(default: float, description: str) -> float:
    field: float = number(default, 0, 1, description, step=0.1)
    return field


class Mix(Relation):
    """y = [score > 0], where the score adds up signals by their shares of its variance.

    Redundant: z ~ N(0, 1), shown by every input. Unique: w_m ~ N(0, 1), shown by one. Synergistic:
    the product of bits q_m = ±1, each shown by one input. Shares are taken relative to their sum;
    an input shows a number for each signal it has a share in. K classes: quantile bins of the
    score.
    """

    title = "Mix"
    plain = (
        "The label adds up what all inputs show, what only one shows, and what only all "
        "together show."
    )
    formula = (
        r"y = \left[\sqrt{r}\, z + \textstyle\sum_m \sqrt{a_m}\, w_m + "
        r"\sqrt{s} \textstyle\prod_m q_m > 0\right]"
    )
    teaches = "Multiply is ahead of Concatenate by what only all inputs together show."
    source = "Partial information decomposition: Liang 2023, synthetic data"
    rank = 130

    redundant: float = _share(0.4, "Share of the signal that every input shows. 0 turns it off.")
    unique_1: float = _share(
        0.2, "Share of the signal that only the first input shows. 0 turns it off."
    )
    unique_2: float = _share(
        0.0, "Share of the signal that only the second input shows. 0 turns it off."
    )
    unique_others: float = _share(
        0.0, "Share of the signal that only each further input shows. 0 turns it off."
    )
    synergistic: float = _share(
        0.4, "Share of the signal that only all inputs together show. 0 turns it off."
    )

    def shares(self, layout: CauseLayout) -> tuple[float, tuple[float, ...], float]:
        """Return shares of variance: redundant, unique by input, synergistic; their sum is 1.

        Raises `DataError` if all of them are zero.
        """
        own = (self.unique_1, self.unique_2, *[self.unique_others] * layout.inputs)[: layout.inputs]
        total = self.redundant + sum(own) + self.synergistic
        if not total:
            raise DataError("A mix needs at least one share above 0.", "", "Set one of its shares.")
        unique = tuple(share / total for share in own)
        return self.redundant / total, unique, self.synergistic / total

    def check(self, layout: CauseLayout) -> None:
        redundant, unique, synergistic = self.shares(layout)
        if synergistic == 1 and max((0, *layout.classes)) > _ONE_INPUT:
            raise DataError(
                "A mix of synergy only can't have more than two classes.",
                f"a head of {max(layout.classes)} classes",
                "Give another share as well, or choose `xor`.",
            )
        for capacity, own in zip(layout.capacities, unique, strict=True):
            wanted = (redundant > 0) + (own > 0) + (synergistic > 0)
            if capacity.numbers < wanted:
                raise DataError(
                    "An input of a mix needs a number for each signal that it has a share in.",
                    f"{wanted} signals in {capacity.name}, which shows {capacity.numbers}",
                    "Set a share to 0, make the input a vector, or choose another relation.",
                )

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        self.check(layout)
        redundant, unique, synergistic = self.shares(layout)
        common = rng.standard_normal((samples, 1), dtype=np.float32)
        own = normals(rng, layout.inputs, samples)
        bits = rng.integers(0, 2, (layout.inputs, samples, 1)).astype(np.float32) * 2 - 1
        score = math.sqrt(redundant) * common + math.sqrt(synergistic) * bits.prod(axis=0)
        causes = []
        for one, share, bit in zip(own, unique, bits, strict=True):
            score += np.float32(math.sqrt(share)) * one
            parts = [common] * (redundant > 0) + [one] * (share > 0) + [bit] * (synergistic > 0)
            causes.append(np.concatenate(parts or [one], axis=1))
        return LatentSample(layout, tuple(causes), score[:, 0].astype(np.float32))

    def scale(self, layout: CauseLayout, head: int) -> float:
        return 1.0

    def posterior(self, observed: Observation, head: int) -> Array:
        """Return that of a normal score, moved by the known part of the product of bits."""
        return self._moved(observed, head, (1 + self._product(observed)) / 2)

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the posterior without the bits, exact if the rest is a weighted sum."""
        return self._moved(observed, head, np.full(observed.samples, 0.5))

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the result of a weighted sum without synergy, of all clean inputs, or of none."""
        classes, (_, _, synergistic) = layout.classes[head], self.shares(layout)
        share = 1 - self._remaining_deviation(layout, seen) ** 2 - synergistic
        whole = len(seen) == layout.inputs and not self.noise
        if whole:
            return 1.0
        if not classes:
            return share if len(seen) < layout.inputs or not synergistic else None
        if not synergistic:
            return normal_sum(layout, head, share)
        return None

    def _moved(self, observed: Observation, head: int, up: Array) -> Array:
        """Return the posterior of a normal score, moved up with chance `up` (N,), else down."""
        plan = observed.plan
        mean, step = self._additive_mean(observed), math.sqrt(self.shares(plan)[2])
        if not plan.classes[head]:
            return mean + step * (2 * up - 1)
        cuts, left = self.cuts(plan, head), self._remaining_deviation(plan, observed.seen)
        high, low = (normal_classes(cuts, mean + sign * step, left) for sign in (1, -1))
        chances: Array = up[:, None] * high + (1 - up[:, None]) * low
        return chances

    def _additive_mean(self, observed: Observation) -> Array:
        """Return the mean (N,) of the score without synergy."""
        redundant, unique, _ = self.shares(observed.plan)
        mean, seen = np.zeros(observed.samples), observed.seen
        for index in seen:
            view, at = observed.views[index], 0
            assert view is not None
            if redundant:
                mean += math.sqrt(redundant) * view[:, 0] / (len(seen) + self.noise**2)
                at = 1
            if unique[index]:
                mean += math.sqrt(unique[index]) * view[:, at] / (1 + self.noise**2)
        return mean

    def _product(self, observed: Observation) -> Array:
        """Return the mean (N,) of the product of all bits: 0 if one of them is not observed."""
        if len(observed.seen) < observed.plan.inputs or not self.shares(observed.plan)[2]:
            return np.zeros(observed.samples)
        bits = np.stack([view[:, -1] for view in observed.views if view is not None])
        known = np.tanh(bits / self.noise**2) if self.noise else np.sign(bits)
        product: Array = known.prod(axis=0)
        return product

    def _remaining_deviation(self, layout: CauseLayout, seen: Sequence[int]) -> float:
        """Return the remaining standard deviation of the score without synergy."""
        redundant, unique, synergistic = self.shares(layout)
        known = sum(unique[index] for index in seen) / (1 + self.noise**2)
        known += redundant * len(seen) / (len(seen) + self.noise**2) if seen else 0
        left = 1 - synergistic - known
        return math.sqrt(left) if left > 1e-12 else 0.0
