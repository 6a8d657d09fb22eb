"""Relation in which one input queries the memory in another."""

from __future__ import annotations

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations._picked import PickRelation, Roles, codes, decoded
from sample_data.relations.base import normals, wants_two_inputs, with_noise


class Recall(PickRelation):
    """A sequence of T (key, value) pairs, and Q keys in another input; y = [sum of values > 0].

    The memory is the first sequence that shows two numbers a step; the queries are in the first
    other input, one per step if it has steps, else side by side. Keys are numbers 1..T in random
    order, each shown by its own number; values are N(0, 1). T and Q are as set, or fewer if the
    inputs show fewer. Further inputs are noise. K classes: quantile bins of the sum.
    """

    title = "Recall"
    plain = (
        "One input lists keys and values, another asks for some keys. The label is 1 if "
        "their values add up to more than 0."
    )
    formula = (
        r"u_1 = (k_t, v_t)_{t \le T},\quad u_2 = (q_i)_{i \le Q},\quad "
        r"y = \left[\sum_i \sum_t [k_t = q_i]\, v_t > 0\right]"
    )
    teaches = "Lookup by content: Cross-attention is ahead of Add and Concatenate."
    source = "Associative recall: Graves 2014, Neural Turing machines"
    rank = 100

    pairs: int = number(
        8,
        2,
        12,
        "Number of key-value pairs T; fewer if the memory has fewer steps. Noise is "
        "added to the values only, never to keys or queries.",
        unit="pairs",
    )
    queries: int = number(
        2, 1, 4, "Number of queries Q, each for another key; fewer if an input shows fewer."
    )

    def roles(self, layout: CauseLayout) -> Roles:
        wants_two_inputs("Recall", layout)
        memory = next(
            (i for i, c in enumerate(layout.capacities) if c.steps >= 2 and c.step_numbers >= 2),
            None,
        )
        if memory is None:
            raise DataError(
                "Recall needs a sequence whose every step shows a key and a value.",
                ", ".join(
                    f"{capacity.name} ({capacity.title.lower()})" for capacity in layout.capacities
                ),
                "Add a time series or embeddings with two features or more, give a spectrogram "
                "more bands, or choose another relation.",
            )
        asking = 1 if memory == 0 else 0
        count = min(self.pairs, layout.capacities[memory].steps)
        capacity = layout.capacities[asking]
        if capacity.levels and not capacity.steps:
            count = min(count, capacity.levels)
        if count < 2:
            raise DataError(
                "Recall needs at least two keys.",
                f"{capacity.name}, which shows {count}",
                f"Give `{capacity.name}` more values, or choose another relation.",
            )
        picks = min(self.queries, count, max(capacity.steps, capacity.numbers))
        return Roles((memory, asking), (memory,), count, picks)

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        roles = self.roles(layout)
        memory, asking = roles.pickers
        order = rng.random((2, samples, roles.count), dtype=np.float32).argsort(axis=2)
        keys, picked = order[0], order[1][:, : roles.picks]
        (values,) = normals(rng, 1, samples, roles.count)
        known = codes(roles.count)
        asked = known[np.take_along_axis(keys, picked, axis=1)]
        causes = normals(rng, layout.inputs, samples)
        causes[memory] = np.stack((known[keys], values), axis=2)
        causes[asking] = (
            asked[:, :, None] if layout.capacities[asking].steps >= roles.picks else asked
        )
        score = np.take_along_axis(values, picked, axis=1).sum(axis=1)
        return LatentSample(layout, tuple(causes), score)

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        memory, asking = self.roles(layout).pickers
        if index == memory:
            return np.stack((cause[:, :, 0], with_noise(cause[:, :, 1], self.noise, rng)), axis=2)
        return cause if index == asking else with_noise(cause, self.noise, rng)

    def pick(self, observed: Observation) -> Array:
        roles = self.roles(observed.plan)
        memory, asked = (observed.views[index] for index in roles.pickers)
        assert memory is not None
        assert asked is not None
        keys = decoded(memory[:, :, 0], roles.count)
        wanted = decoded(asked.reshape(len(asked), -1), roles.count)
        return np.take_along_axis(keys.argsort(axis=1), wanted, axis=1)

    def value(self, view: Floats) -> Floats:
        return view[:, :, 1]
