"""Relation in which no input is informative without the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from sample_data.core.arrays import Array, Ints
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import one_hot, phi, prior, softmax
from sample_data.relations._levels import (
    by_class,
    digits,
    drawn_levels,
    level_count,
    level_deviation,
    posterior_levels,
)
from sample_data.relations._products import ProductOfNormals, parity
from sample_data.relations.base import normals


class Xor(ProductOfNormals):
    """Bits: u_m = ±1, y is their parity. Signs: u_m ~ N(0, 1), y = [product of u_m > 0].

    The score is the product of the causes; for bits its sign is set so that a score above zero is
    an odd number of ones, hence for one input y is its bit.

    K classes, bits: u_m on K even levels from -1 to 1, read as the digits 0 to K - 1; y is their
    sum modulo K, so all inputs but one still tell nothing. For heads of different K the levels are
    the least common multiple, and a digit is an even run of them. K classes, signs: quantile bins
    of the product.
    """

    title = "Xor"
    plain = (
        "No input alone tells the label. With two bits it is 1 if they differ; with two signs, if "
        "they agree."
    )
    formula = (
        r"y = b_1 \oplus \dots \oplus b_M \quad\text{or}\quad {y = \left[\prod_m u_m > 0\right]}"
    )
    teaches = (
        "Branches must interact: trained additive models stay at chance, and so does Concatenate "
        "with a linear head."
    )
    source = "Minsky and Papert 1969, Perceptrons"
    rank = 40

    form: Literal["bits", "signs"] = Field(
        "bits",
        description="`bits`: each cause is -1 or 1. `signs`: each is a number; its sign counts.",
    )

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        if self.form == "signs":
            causes = normals(rng, layout.inputs, samples)
            return LatentSample(layout, tuple(causes), np.concatenate(causes, axis=1).prod(axis=1))
        levels = tuple(drawn_levels(rng, layout, layout.inputs, samples, 1))
        return LatentSample(layout, levels, -(-np.concatenate(levels, axis=1)).prod(axis=1))

    def labels(self, truth: LatentSample, head: int) -> Ints:
        """Return class numbers (N,): the digits' sum modulo the classes, or quantile bins for
        signs.
        """
        if self.form == "signs":
            return super().labels(truth, head)
        classes = truth.plan.classes[head]
        read = digits(np.concatenate(truth.causes, axis=1), level_count(truth.plan), classes)
        labels: Ints = (read.sum(axis=1) % classes).astype(np.int32)
        return labels

    def scale(self, layout: CauseLayout, head: int) -> float:
        one = 1.0 if self.form == "signs" else level_deviation(layout)
        return float(one**layout.inputs)

    def posterior(self, observed: Observation, head: int) -> Array:
        if self.form == "signs":
            return super().posterior(observed, head)
        plan, classes = observed.plan, observed.plan.classes[head]
        if len(observed.seen) < plan.inputs:
            return prior(observed.samples, classes)
        levels = posterior_levels(plan, classes)
        chances = [self._levels(view, levels) for view in observed.views if view is not None]
        if not classes:
            means = np.stack([-(chance @ levels) for chance in chances])
            mean: Array = -means.prod(axis=0) / self.scale(plan, head)
            return mean
        return _sum_modulo([by_class(chance, classes) for chance in chances])

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the accuracy of the parity of all signs; chance if an input is missing."""
        if self.form == "signs":
            return super().exact(layout, head, seen)
        classes = layout.classes[head]
        if len(seen) < layout.inputs:
            return 1 / classes if classes else 0.0
        if not self.noise:
            return 1.0
        if classes != 2 or level_count(layout) != 2:
            return None
        return parity(float(phi(np.array(1 / self.noise))), layout.inputs)

    def _levels(self, view: Array, levels: Array) -> Array:
        away = np.abs(view[:, :1] - levels)
        if not self.noise:
            return one_hot(away.argmin(axis=1), len(levels))
        return softmax(-np.square(away) / (2 * self.noise**2))


def _sum_modulo(chances: list[Array]) -> Array:
    """Return probabilities (N, K) of the sum modulo K of digits with those probabilities (N, K)."""
    waves = np.prod([np.fft.fft(chance, axis=1) for chance in chances], axis=0)
    summed: Array = np.clip(np.fft.ifft(waves, axis=1).real, 0, 1)
    return summed
