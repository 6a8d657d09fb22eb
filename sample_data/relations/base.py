"""What every relation shares: its dials, and how a score becomes labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import Field

from components.fields import hints
from components.registry import Concept
from sample_data.arrays import Floats, Ints

_TYPICAL_SAMPLES = 65536


@dataclass(frozen=True)
class Plan:
    """What causes are drawn for: the number of inputs, and the classes of each head.

    A binary head has 2 classes, a head of real values 0.
    """

    inputs: int
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Truth:
    """Hidden causes (N, inputs, dimensions) and the latent score (N,); a label 1 of 2 is score > 0.

    A continuous score is symmetric about zero, so that two classes are balanced.
    """

    plan: Plan
    causes: Floats
    score: Floats


class Relation(Concept):
    """How labels depend on the hidden causes of the inputs."""

    formula: ClassVar[str]
    """LaTeX, with u_m for the cause of input m and y for the label."""
    teaches: ClassVar[str]
    source: ClassVar[str]
    """Where the relation, or what it shows, comes from."""
    rank: ClassVar[int] = 50
    dimensions: ClassVar[int] = 1
    """Numbers in the cause of each input."""

    noise: float = Field(
        0.0,
        ge=0,
        le=5,
        description="Standard deviation of noise added to each hidden cause before it is drawn "
        "into its input; labels are made from the clean causes.",
        json_schema_extra=hints(step=0.1),
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Share of the labels that are replaced at random.",
        json_schema_extra=hints(step=0.05),
    )

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        """Clean causes and their score."""
        raise NotImplementedError

    def score(self, truth: Truth, head: int) -> Floats:
        """The latent score of the head at that place, (N,); the same for all heads by default."""
        return truth.score

    def labels(self, truth: Truth, head: int) -> Ints:
        """Class numbers (N,) for the head at that place.

        Two classes: [score > 0]. More: bins of the score that hold equal shares of all samples the
        relation can draw, so that the cuts depend neither on the seed nor on the sample count.
        """
        count, score = truth.plan.classes[head], self.score(truth, head)
        if count == 2:
            return (score > 0).astype(np.int32)
        typical = _typical_scores(self, truth.plan, head)
        below = np.searchsorted(typical, score)
        return np.minimum(below * count // len(typical), count - 1).astype(np.int32)

    def values(self, truth: Truth, head: int) -> Floats:
        """The score with mean 0 and variance 1 over all samples the relation can draw, (N,)."""
        typical = _typical_scores(self, truth.plan, head)
        values: Floats = self.score(truth, head) / np.float32(np.std(typical))
        return values


def normals(rng: np.random.Generator, inputs: int, samples: int) -> Floats:
    """N(0, 1) causes (N, inputs, 1), input by input, so that one more leaves the others alone."""
    return rng.standard_normal((inputs, samples, 1), dtype=np.float32).swapaxes(0, 1)


@lru_cache(maxsize=32)
def _typical_scores(relation: Relation, plan: Plan, head: int) -> Floats:
    """A large fixed sample of scores in order, mirrored so that its median is exactly zero."""
    truth = relation.draw(plan, _TYPICAL_SAMPLES, np.random.default_rng(0))
    score = relation.score(truth, head)
    return np.sort(np.concatenate((score, -score)))
