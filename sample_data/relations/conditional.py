"""Relation in which one input selects the number of the others that counts."""

from __future__ import annotations

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations._picked import PickRelation, Roles, codes, decoded
from sample_data.relations.base import normals, wants_two_inputs, with_noise


class Conditional(PickRelation):
    """The first input shows the context c in 1..C; y = [u_c > 0] for the u ~ N(0, I_C) of the next.

    The context is one-hot if the first input can show C numbers, else one number with C values. C
    is `contexts`, or fewer if the inputs show fewer. More than two inputs: each but the first
    has its own u, and the score is the sum of their u_c. K classes: quantile bins of the score.
    """

    title = "Conditional"
    plain = (
        "The first input says which number counts. The label is 1 if that number of the "
        "others adds up to more than 0."
    )
    formula = r"u_1 = c \in \{1, \dots, C\},\quad y = \left[\sum_{m > 1} u_{m,c} > 0\right]"
    teaches = (
        "One input sets how the other is read: Dot product and Multiply are ahead of FiLM and "
        "Cross gate, all of them of Concatenate."
    )
    source = "Feature-wise linear modulation: Perez 2018"
    rank = 60

    contexts: int = number(
        8,
        2,
        16,
        "Number of contexts C and of numbers in u; fewer if an input shows fewer. "
        "Noise is added to u only, never to the context.",
    )

    def roles(self, layout: CauseLayout) -> Roles:
        wants_two_inputs("A conditional relation", layout)
        first, *others = layout.capacities
        count = min(self.contexts, *(capacity.numbers for capacity in others))
        if first.numbers < count and first.levels:
            count = min(count, first.levels)
        if count < 2:
            narrow = min(layout.capacities[1:], key=lambda capacity: capacity.numbers)
            raise DataError(
                "A conditional relation needs a context in the first input, and a number for each "
                "context in every other.",
                f"{narrow.name}, which shows {narrow.numbers}",
                f"Put `{narrow.name}` first, make it a vector, or choose another relation.",
            )
        return Roles((0,), tuple(range(1, layout.inputs)), count)

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        roles = self.roles(layout)
        context = rng.integers(0, roles.count, samples)
        values = normals(rng, layout.inputs - 1, samples, roles.count)
        score = sum(values)[np.arange(samples), context]  # type: ignore[index]
        if layout.capacities[0].numbers < roles.count:
            shown = codes(roles.count)[context][:, None]
        else:
            shown = np.eye(roles.count, dtype=np.float32)[context]
        return LatentSample(layout, (shown, *values), score)

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        return with_noise(cause, self.noise, rng) if index else cause

    def pick(self, observed: Observation) -> Array:
        shown, count = observed.views[0], self.roles(observed.plan).count
        assert shown is not None
        if shown.shape[1] == 1:
            return decoded(shown, count)
        picked: Array = shown.argmax(axis=1)[:, None]
        return picked

    def value(self, view: Floats) -> Floats:
        return view
