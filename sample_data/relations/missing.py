"""Relation whose inputs are present in training, and sometimes absent when the model is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.relations.additive import Additive
from sample_data.relations.base import Relation
from sample_data.relations.redundant import Redundant
from sample_data.relations.unique import Unique
from sample_data.relations.xor import Xor

_TRAINED: dict[str, type[Relation]] = {
    "redundant": Redundant,
    "unique": Unique,
    "additive": Additive,
    "xor": Xor,
}


class Missing(Relation):
    """Relation whose inputs are each absent with probability p when the model is used.

    An absent input is an array of zeros, as modality dropout shows it. All inputs may be absent at
    once. Ceilings are means over all patterns of absence.
    """

    title = "Missing inputs"
    plain = (
        "The label is that of another relation, but inputs may be absent when the model is used."
    )
    formula = r"y = f(u_1, \dots, u_M),\quad x_m = 0 \;\text{ with probability } p \text{ at test}"
    teaches = "Modality dropout: a model that never missed an input depends on it."
    source = "ModDrop: Neverova 2015"
    rank = 110

    of: Literal["redundant", "unique", "additive", "xor"] = Field(
        "redundant", description="The relation of the training data."
    )
    p: float = number(
        0.3, 0, 1, "Probability that an input is absent, for each input independently."
    )
    absent_in_training: bool = Field(
        False, description="Inputs are absent in the training samples too."
    )

    @property
    def trained(self) -> Relation:
        """Relation of the training data, with the same noise."""
        return _TRAINED[self.of](noise=self.noise, label_noise=self.label_noise)

    @property
    def missing(self) -> float:
        return self.p

    def check(self, layout: CauseLayout) -> None:
        self.trained.check(layout)

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        truth = self.trained.draw(layout, samples, rng)
        return replace(truth, absent=rng.random((samples, layout.inputs)) < self.p)

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        return self.trained.noisy(layout, index, cause, rng)

    def labels(self, truth: LatentSample, head: int) -> Ints:
        return self.trained.labels(truth, head)

    def cuts(self, layout: CauseLayout, head: int) -> Floats:
        return self.trained.cuts(layout, head)

    def scale(self, layout: CauseLayout, head: int) -> float:
        return self.trained.scale(layout, head)

    def posterior(self, observed: Observation, head: int) -> Array:
        return self.trained.posterior(observed, head)

    def additive(self, observed: Observation, head: int) -> Array | None:
        return self.trained.additive(observed, head)

    def side_information(self, view: Floats) -> Ints:
        return self.trained.side_information(view)

    def simulated_samples(self, layout: CauseLayout, head: int) -> int:
        return self.trained.simulated_samples(layout, head)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the result of the trained relation, with those inputs present."""
        return self.trained.exact(layout, head, seen)
