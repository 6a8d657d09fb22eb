"""Relation in which every input shows the same signal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations._levels import (
    LevelRelation,
    drawn_levels,
    even_levels,
    posterior_levels,
    spread,
)
from sample_data.relations.base import normals


class Redundant(LevelRelation):
    """u_m = s + N(0, 1) for every input, s = ±1, y = [s > 0]; the score is s.

    K classes: s on K even levels from -1 to 1, with noise of half a step (1 for K = 2), so that
    neighbours are as hard to tell apart as the two classes. For heads of different K, the levels
    are their least common multiple and the noise is that of the largest K.
    """

    title = "Redundant"
    plain = (
        "All inputs show the same hidden sign, each with its own noise. The label is 1 if it "
        "is positive."
    )
    formula = r"u_m = s + \varepsilon_m,\quad s = \pm 1,\quad y = [s > 0]"
    teaches = (
        "Averaging the inputs removes noise: Average and Concatenate are ahead of Low-rank "
        "bilinear, which multiplies it."
    )
    source = "Redundant information: Williams and Beer 2010; Liang 2023"
    rank = 10

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        score = drawn_levels(rng, layout, samples)
        own = normals(rng, layout.inputs, samples)
        causes = tuple(np.float32(spread(layout)) * x + score[:, None] for x in own)
        return LatentSample(layout, causes, score)

    def posterior(self, observed: Observation, head: int) -> Array:
        levels = posterior_levels(observed.plan, observed.plan.classes[head])
        total = sum((view[:, 0] for view in observed.views if view is not None), np.zeros(1))
        centre = total[:, None] - len(observed.seen) / 2 * levels
        likelihood = levels * centre / self._variance(observed.plan)
        return self.level_posterior(observed.plan, likelihood, levels, head)

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the posterior of classes: log-odds of normal causes add up, means of values do
        not.
        """
        return self.posterior(observed, head) if observed.plan.classes[head] else None

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the accuracy of the level nearest to the mean of the inputs."""
        wide = math.sqrt(self._variance(layout) / max(1, len(seen)))
        return even_levels(layout, head, 1 if seen else 0, wide)

    def _variance(self, layout: CauseLayout) -> float:
        return spread(layout) ** 2 + self.noise**2
