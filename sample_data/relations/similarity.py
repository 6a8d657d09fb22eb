"""Relation in which inputs show the same thing, or unrelated ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import prior
from sample_data.relations._levels import LevelRelation, drawn_levels, posterior_levels
from sample_data.relations.base import normals, wants_two_inputs


class Similarity(LevelRelation):
    """Causes in R^d, related by rho or independent; y = [related].

    Related: u_m = √rho z + √(1 - rho) e_m, so that any two inputs are as u_2 = rho u_1 +
    √(1 - rho²) e. K classes: correlation rho k / (K - 1) for class k. More than two inputs are
    all related. d is `dimensions`, or smaller if an input shows less.
    """

    title = "Similarity"
    plain = "The label is 1 if the inputs show nearly the same thing, and 0 if they are unrelated."
    formula = (
        r"u_2 = \rho u_1 + \sqrt{1 - \rho^2}\,\varepsilon \;\text{ if } y = 1,"
        r"\;\text{ else independent}"
    )
    teaches = (
        "Comparison: Multiply and Absolute difference show what is alike, Add and Concatenate stay "
        "at chance."
    )
    source = "Siamese networks: Bromley 1993"
    rank = 80

    rho: float = number(0.8, 0.05, 0.99, "Correlation of related causes.")
    dimensions: int = number(
        8,
        1,
        64,
        "Number of dimensions of each cause; fewer if an input can't show as many. "
        "More make the label more certain.",
    )

    def check(self, layout: CauseLayout) -> None:
        wants_two_inputs("Similarity", layout)

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        self.check(layout)
        score = drawn_levels(rng, layout, samples)
        common, *own = normals(rng, layout.inputs + 1, samples, self._numbers(layout))
        related = np.float32(self.rho) * (score[:, None] + 1) / 2
        common *= np.sqrt(related)
        apart: Floats = np.sqrt(1 - related)
        causes = [(common + apart * one).astype(np.float32, copy=False) for one in own]
        return LatentSample(layout, tuple(causes), score)

    def posterior(self, observed: Observation, head: int) -> Array:
        """Apply Bayes' rule to the squares of the causes' sum and of their remainders."""
        plan, count = observed.plan, len(observed.seen)
        classes = plan.classes[head]
        if count < 2:
            return prior(observed.samples, classes)
        levels = posterior_levels(plan, classes)
        views = np.stack([view for view in observed.views if view is not None]).astype(np.float64)
        joint = np.square(views.sum(axis=0)).sum(axis=1)[:, None] / count
        rest = np.square(views).sum(axis=(0, 2))[:, None] - joint
        related = self.rho * (levels + 1) / 2
        apart = 1 - related + self.noise**2
        along = apart + count * related
        volume = self._numbers(plan) * (np.log(along) + (count - 1) * np.log(apart))
        return self.level_posterior(
            plan, -(volume + joint / along + rest / apart) / 2, levels, head
        )

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return chance for one input; two or more need a simulation."""
        classes = layout.classes[head]
        if len(seen) < 2:
            return 1 / classes if classes else 0.0
        return None

    def _numbers(self, layout: CauseLayout) -> int:
        return min(self.dimensions, *(capacity.numbers for capacity in layout.capacities))
