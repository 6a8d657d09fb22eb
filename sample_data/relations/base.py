"""Base class of relations: two settings, and the step from a score to labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np

from components.base.errors import DataError
from components.models.language.fields import number
from components.models.language.registry import Concept
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.latent import CauseLayout, LatentSample, Observation

_TYPICAL_SAMPLES = 65536


class Relation(Concept):
    """Relation of labels to the hidden causes of the inputs."""

    plain: ClassVar[str]
    """Condition for a label of 1, in a sentence without formulas."""
    formula: ClassVar[str]
    """Formula in LaTeX, with u_m for the cause of input m and y for the label."""
    teaches: ClassVar[str]
    source: ClassVar[str]
    """Literature on the relation."""
    independent: ClassVar[bool] = False
    """`True` if the inputs are independent of one another while the label is unknown."""

    noise: float = number(
        0.0,
        0,
        5,
        "Standard deviation of the noise added to each hidden cause before it is drawn "
        "into its input. Labels come from the clean causes. 0 turns it off.",
        step=0.1,
    )
    label_noise: float = number(
        0.0, 0, 0.5, "Share of the labels that are replaced at random. 0 turns it off."
    )

    @property
    def missing(self) -> float:
        """Probability that an input is absent when the model is used."""
        return 0.0

    def check(self, layout: CauseLayout) -> None:
        """Raise `DataError` if the plan's inputs can't show the relation's causes."""

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        """Draw clean causes and their score. Raises `DataError` as `check` does."""
        raise NotImplementedError

    def noisy(
        self, layout: CauseLayout, index: int, cause: Floats, rng: np.random.Generator
    ) -> Floats:
        """Add to the cause of the input at an index the noise that its drawing gets."""
        return with_noise(cause, self.noise, rng)

    def score(self, truth: LatentSample, head: int) -> Floats:
        """Return the latent score (N,) of the head at an index; by default, all heads share it."""
        return truth.score

    def labels(self, truth: LatentSample, head: int) -> Ints:
        """Return class numbers (N,) for the head at an index.

        Two classes: [score > 0]. More: bins of the score that hold equal shares of all samples the
        relation can draw, so that the cuts depend neither on the seed nor on the sample count.
        """
        count, score = truth.plan.classes[head], self.score(truth, head)
        if count == 2:
            return (score > 0).astype(np.int32)
        return np.searchsorted(self.cuts(truth.plan, head), score).astype(np.int32)

    def cuts(self, layout: CauseLayout, head: int) -> Floats:
        """Return the scores (classes - 1,) between the classes of a head."""
        count = layout.classes[head]
        if count == 2:
            return np.zeros(1, dtype=np.float32)
        typical = _typical_scores(self, layout, head)
        return typical[-(np.arange(1, count) * -len(typical) // count) - 1]

    def values(self, truth: LatentSample, head: int) -> Floats:
        """Return the score with mean 0 and variance 1 over all possible samples, (N,)."""
        values: Floats = self.score(truth, head) / np.float32(self.scale(truth.plan, head))
        return values

    def scale(self, layout: CauseLayout, head: int) -> float:
        """Return the standard deviation of the score over all samples the relation can draw."""
        return float(np.std(_typical_scores(self, layout, head)))

    def posterior(self, observed: Observation, head: int) -> Array:
        """Return the posterior of the label given the observed inputs.

        Probabilities (N, classes), or the mean (N,) of the value for a head of real values.
        """
        raise NotImplementedError

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the best additive model's prediction, shaped as a posterior; `None` if unknown.

        An additive model is a sum of functions of one input each: of log-odds for classes.
        """
        return None

    def side_information(self, view: Floats) -> Ints:
        """Return a group (N,) by further information in an input's view; one group by default.

        An additive model may have another function of the input in each group.
        """
        return np.zeros(len(view), dtype=np.int32)

    def simulated_samples(self, layout: CauseLayout, head: int) -> int:
        """Return the number of samples of a simulation, for a standard error of about 0.001."""
        return max(5000, 200_000 // max(2, layout.classes[head]))

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return the best accuracy, or r2 of real values, from those inputs; `None` without a
        formula.
        """
        return None


def normals(rng: np.random.Generator, inputs: int, samples: int, numbers: int = 1) -> list[Floats]:
    """Draw N(0, 1) causes (N, numbers) per input; one more input leaves the others unchanged."""
    return [rng.standard_normal((samples, numbers), dtype=np.float32) for _ in range(inputs)]


def with_noise(cause: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Add N(0, noise²) to the cause."""
    if not noise:
        return cause
    return cause + np.float32(noise) * rng.standard_normal(cause.shape, dtype=np.float32)


def wants_two_inputs(title: str, layout: CauseLayout) -> None:
    """Raise `DataError` for a single input."""
    if layout.inputs < 2:
        raise DataError(
            f"{title} needs at least 2 inputs.",
            "1 input",
            "Add an input, or choose another relation.",
        )


def wants_numbers(title: str, layout: CauseLayout, least: int, fix: str) -> None:
    """Raise `DataError` for the first input that shows fewer numbers than a relation needs."""
    for capacity in layout.capacities:
        if capacity.numbers < least:
            raise DataError(
                f"{title} needs inputs that can show {least:,} numbers each.",
                f"{capacity.name}, which shows {capacity.numbers:,}",
                fix,
            )


@lru_cache(maxsize=32)
def _typical_scores(relation: Relation, layout: CauseLayout, head: int) -> Floats:
    """Return a large fixed sorted sample of scores, mirrored so that its median is exactly zero."""
    truth = relation.draw(layout, _TYPICAL_SAMPLES, np.random.default_rng(0))
    score = relation.score(truth, head)
    return np.sort(np.concatenate((score, -score)))
