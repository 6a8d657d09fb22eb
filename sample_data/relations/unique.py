"""Relation in which only one input is informative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import prior
from sample_data.relations._levels import (
    LevelRelation,
    drawn_levels,
    even_levels,
    posterior_levels,
    spread,
)
from sample_data.relations.base import normals

_GAIN = 2


class Unique(LevelRelation):
    """u_1 = 2s + N(0, 1), s = ±1, y = [s > 0]; the other inputs are N(0, 1); the score is s.

    K classes: s on K even levels from -1 to 1, with noise of half a step in s (1 for K = 2), so
    that neighbours are as hard to tell apart as the two classes. For heads of different K, the
    levels are their least common multiple and the noise is that of the largest K.
    """

    title = "Unique"
    plain = "Only the first input counts. The label is 1 if its hidden sign is positive."
    formula = r"u_1 = 2s + \varepsilon_1,\quad s = \pm 1,\quad y = [s > 0]"
    teaches = "Ignoring a branch: only the first input is informative, the others are noise."
    source = "Unique information: Williams and Beer 2010; Liang 2023"
    rank = 20
    independent = True

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        score = drawn_levels(rng, layout, samples)
        first, *others = normals(rng, layout.inputs, samples)
        informative = _GAIN * score[:, None] + np.float32(spread(layout)) * first
        return LatentSample(layout, (informative, *others), score)

    def posterior(self, observed: Observation, head: int) -> Array:
        classes, first = observed.plan.classes[head], observed.views[0]
        if first is None:
            return prior(observed.samples, classes)
        levels = posterior_levels(observed.plan, classes)
        away = first[:, :1] - _GAIN * levels
        return self.level_posterior(
            observed.plan, -np.square(away) / (2 * self._variance(observed.plan)), levels, head
        )

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the posterior, which is exact as only one input is informative."""
        return self.posterior(observed, head)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the accuracy of the level nearest to the first input."""
        return even_levels(layout, head, _GAIN if 0 in seen else 0, self._variance(layout) ** 0.5)

    def _variance(self, layout: CauseLayout) -> float:
        return spread(layout) ** 2 + self.noise**2
