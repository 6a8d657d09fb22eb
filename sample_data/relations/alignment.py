"""Relation in which one sequence marks the step at which the others count."""

from __future__ import annotations

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations._picked import PickRelation, Roles
from sample_data.relations.base import normals, with_noise


class Alignment(PickRelation):
    """A marker in the first sequence stands at step t; y = [u_t > 0] for the second one's u.

    The marker is 1 at its step and 0 elsewhere, u ~ N(0, 1) at each of T steps. T is `steps`, or
    fewer if a sequence is shorter. More than two sequences: the score is the sum of their u_t.
    Inputs that are no sequence are noise. K classes: quantile bins of the score.
    """

    title = "Alignment"
    plain = (
        "The first input marks a moment. The label is 1 if the others add up to more than 0 there."
    )
    formula = r"u_{1,t} = [t = t^*],\quad y = \left[\sum_{m > 1} u_{m,t^*} > 0\right]"
    teaches = (
        "Synchronous streams: Concatenate over time, step by step, is ahead of Gated multimodal "
        "unit and Bilinear, which join means over time."
    )
    source = "made for this project, after the aligned and unaligned streams of Tsai 2019"
    rank = 90

    steps: int = number(
        8,
        2,
        32,
        "Number of steps T; fewer if a sequence is shorter. Noise is added to the "
        "values only, never to the marker.",
        unit="steps",
    )

    def roles(self, layout: CauseLayout) -> Roles:
        sequences = [
            index
            for index, capacity in enumerate(layout.capacities)
            if capacity.steps >= 2 and capacity.step_numbers >= 1
        ]
        if len(sequences) < 2:
            names = ", ".join(layout.capacities[index].name for index in sequences) or "none"
            raise DataError(
                "Alignment needs at least two sequences with a common number of steps.",
                f"sequences: {names}",
                "Add a time series, tokens or embeddings, or choose another relation.",
            )
        count = min(self.steps, *(layout.capacities[index].steps for index in sequences))
        return Roles((sequences[0],), tuple(sequences[1:]), count)

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        roles = self.roles(layout)
        step = rng.integers(0, roles.count, samples)
        score = np.zeros(samples, dtype=np.float32)
        causes = []
        for index in range(layout.inputs):
            if index in roles.pickers:
                causes.append(np.eye(roles.count, dtype=np.float32)[step][:, :, None])
            elif index in roles.values:
                (values,) = normals(rng, 1, samples, roles.count)
                score += values[np.arange(samples), step]
                causes.append(values[:, :, None])
            else:
                causes += normals(rng, 1, samples)
        return LatentSample(layout, tuple(causes), score)

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        if index in self.roles(layout).pickers:
            return cause
        return with_noise(cause, self.noise, rng)

    def pick(self, observed: Observation) -> Array:
        marker = observed.views[self.roles(observed.plan).pickers[0]]
        assert marker is not None
        picked: Array = marker.argmax(axis=1)
        return picked

    def value(self, view: Floats) -> Floats:
        return view[:, :, 0]
