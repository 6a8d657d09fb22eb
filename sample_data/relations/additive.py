"""Relation to which every input contributes a part."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import normal_classes
from sample_data.relations._levels import normal_sum
from sample_data.relations.base import Relation, normals


class Additive(Relation):
    """u_m ~ N(0, 1), y = [sum of u_m > 0]; the score is the sum. K classes: its quantile bins."""

    title = "Additive"
    plain = "The label is 1 if the hidden numbers of all inputs add up to more than 0."
    formula = r"u_m \sim N(0, 1),\quad y = \left[\sum_m u_m > 0\right]"
    teaches = "Late sum of logits is enough; no single input is."
    source = "Additive models: Hastie and Tibshirani 1986; Hessel and Lee 2020"
    rank = 30
    independent = True

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        causes = normals(rng, layout.inputs, samples)
        return LatentSample(layout, tuple(causes), np.concatenate(causes, axis=1).sum(axis=1))

    def scale(self, layout: CauseLayout, head: int) -> float:
        return math.sqrt(layout.inputs)

    def posterior(self, observed: Observation, head: int) -> Array:
        kept = 1 / (1 + self.noise**2)
        mean = kept * sum((view[:, 0] for view in observed.views if view is not None), np.zeros(1))
        if not observed.plan.classes[head]:
            return mean / self.scale(observed.plan, head)
        left = math.sqrt(max(0.0, observed.plan.inputs - len(observed.seen) * kept))
        return normal_classes(self.cuts(observed.plan, head), mean, left)

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the posterior: each class's score grows with the sum at a rate of its own."""
        return self.posterior(observed, head)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return accuracy, or r2, of the sum of the observed inputs."""
        return normal_sum(layout, head, len(seen) / (layout.inputs * (1 + self.noise**2)))
