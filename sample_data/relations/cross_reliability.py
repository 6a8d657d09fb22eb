"""Relation in which each input shows how reliable another one is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations._levels import (
    LevelRelation,
    drawn_levels,
    even_levels,
    posterior_levels,
    spread,
)
from sample_data.relations.base import normals, wants_numbers, wants_two_inputs, with_noise


class CrossReliability(LevelRelation):
    """a_m = s + sigma_m N(0, 1), s = ±1, y = [s > 0]; each sigma_m is small or large, evenly.

    Each input shows two numbers: its own a_m, and 1 or -1 if the *previous* input's sigma is small
    or large (the first input shows that of the last). K classes: s on K even levels from -1 to 1,
    with sigma in half steps, as for redundant inputs.
    """

    title = "Cross reliability"
    plain = (
        "All inputs show one hidden sign, and each says how reliable another one is. The "
        "label is 1 if the sign is positive."
    )
    formula = (
        r"a_m = s + \sigma_m \varepsilon_m,\quad u_m = (a_m, \operatorname{flag} \sigma_{m-1}),"
        r"\quad y = [s > 0]"
    )
    teaches = (
        "One branch shows how reliable another is: a gate must see both. The best sum reaches "
        "87.5 %, the Bayes optimum is 89.1 %."
    )
    source = "Gated multimodal units: Arevalo 2017; cue combination: Ernst 2002"
    rank = 70

    small: float = number(
        0.5, 0.1, 5, "The small sigma. Noise is added to a_m only, never to flags.", step=0.1
    )
    large: float = number(5.0, 0.1, 10, "The large sigma.", step=0.5)

    def check(self, layout: CauseLayout) -> None:
        wants_two_inputs("Cross reliability", layout)
        wants_numbers(
            "Cross reliability",
            layout,
            2,
            "Make the input wider, make it a vector, or choose another relation.",
        )
        if self.small > self.large:
            raise DataError(
                "`small` can't be larger than `large`.",
                f"small={self.small:g}, large={self.large:g}",
                "Swap the two.",
            )

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        self.check(layout)
        score = drawn_levels(rng, layout, samples)
        trusted = rng.integers(0, 2, (layout.inputs, samples)).astype(bool)
        sigma = np.where(trusted, self.small, self.large).astype(np.float32) * spread(layout)
        flags = np.where(trusted, np.float32(1), np.float32(-1))
        causes = tuple(
            np.stack((score + sigma[index] * own[:, 0], flags[index - 1]), axis=1)
            for index, own in enumerate(normals(rng, layout.inputs, samples))
        )
        return LatentSample(layout, tuple(cause.astype(np.float32) for cause in causes), score)

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        return np.concatenate((with_noise(cause[:, :1], self.noise, rng), cause[:, 1:]), axis=1)

    def posterior(self, observed: Observation, head: int) -> Array:
        """Apply Bayes' rule; both sigmas are equally likely if their flag is hidden."""
        plan = observed.plan
        levels = posterior_levels(plan, plan.classes[head])
        likelihood = np.zeros((observed.samples, len(levels)))
        for index in observed.seen:
            view = observed.views[index]
            assert view is not None
            away = np.square(view[:, :1] - levels)
            near, far = (_log_normal(away, wide) for wide in self._variances(plan))
            teller = observed.views[(index + 1) % plan.inputs]
            if teller is None:
                likelihood += np.logaddexp(near, far)
            else:
                likelihood += np.where(teller[:, 1:2] > 0, near, far)
        return self.level_posterior(plan, likelihood, levels, head)

    def side_information(self, view: Floats) -> Ints:
        """Return which flag each view shows."""
        return (view[:, 1] > 0).astype(np.int32)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the mean over all flags for all inputs, or that of the sign of one input."""
        if not seen:
            return even_levels(layout, head, 0, 1)
        if len(seen) == layout.inputs:
            patterns = product(self._variances(layout), repeat=layout.inputs)
        elif len(seen) == 1 and layout.classes[head] == 2:
            patterns = product(self._variances(layout), repeat=1)
        else:
            return None
        accuracies = [
            even_levels(layout, head, 1, sum(1 / wide for wide in pattern) ** -0.5)
            for pattern in patterns
        ]
        known = [accuracy for accuracy in accuracies if accuracy is not None]
        return sum(known) / len(known) if len(known) == len(accuracies) else None

    def _variances(self, layout: CauseLayout) -> tuple[float, float]:
        small, large = ((sigma * spread(layout)) ** 2 for sigma in (self.small, self.large))
        return small + self.noise**2, large + self.noise**2


def _log_normal(squares: Array, variance: float) -> Array:
    log: Array = -squares / (2 * variance) - 0.5 * math.log(variance)
    return log
