"""What every relation shares: its dials, and how a score becomes labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import Field

from components.core.errors import DataError
from components.core.fields import hints
from components.core.registry import Concept
from sample_data.arrays import Array, Floats, Ints

_TYPICAL_SAMPLES = 65536


@dataclass(frozen=True)
class Slot:
    """What one input can show of its hidden cause.

    `numbers` are the most numbers of a cause that holds for the whole sample; `steps` the most
    steps over which a cause can change (0: it cannot), and `step_numbers` the numbers each step can
    show; `levels` the distinct values a number can take (0: any).
    """

    name: str = ""
    title: str = ""
    numbers: int = 64
    steps: int = 0
    step_numbers: int = 0
    levels: int = 0


@dataclass(frozen=True)
class Plan:
    """What causes are drawn for: a slot for each input, and the classes of each head.

    A binary head has 2 classes, a head of real values 0.
    """

    slots: tuple[Slot, ...]
    classes: tuple[int, ...]

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return len(self.slots)

    @classmethod
    def roomy(cls, inputs: int, classes: Sequence[int] = (2,)) -> Plan:
        """A plan of inputs `in_1` … that can show whatever a relation asks for."""
        names = (f"in_{place}" for place in range(1, inputs + 1))
        slots = tuple(Slot(name, "Roomy", steps=64, step_numbers=8) for name in names)
        return cls(slots, tuple(classes))


@dataclass(frozen=True)
class Truth:
    """Hidden causes of each input and the latent score (N,); a label 1 of 2 is score > 0.

    A cause is (N, numbers), or (N, steps, numbers) where it changes over the steps of a sequence. A
    continuous score is symmetric about zero, so that two classes are balanced. `absent` (N, inputs)
    is true where an input is missing, `None` where none ever is.
    """

    plan: Plan
    causes: tuple[Floats, ...]
    score: Floats
    absent: Array | None = None


@dataclass(frozen=True)
class Sight:
    """What is seen of a sample: noisy causes by input, `None` for an input that is not seen."""

    plan: Plan
    views: tuple[Floats | None, ...]

    @property
    def samples(self) -> int:
        """The number of rows."""
        return next((len(view) for view in self.views if view is not None), 1)

    @property
    def seen(self) -> tuple[int, ...]:
        """Places of the inputs that are seen."""
        return tuple(place for place, view in enumerate(self.views) if view is not None)

    def only(self, places: Sequence[int]) -> Sight:
        """The same sample with all inputs hidden but those."""
        views = (view if place in places else None for place, view in enumerate(self.views))
        return Sight(self.plan, tuple(views))


class Relation(Concept):
    """How labels depend on the hidden causes of the inputs."""

    formula: ClassVar[str]
    """LaTeX, with u_m for the cause of input m and y for the label."""
    teaches: ClassVar[str]
    source: ClassVar[str]
    """Where the relation, or what it shows, comes from."""
    rank: ClassVar[int] = 50
    independent: ClassVar[bool] = False
    """Whether the inputs are independent of one another while the label is not known."""

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

    @property
    def missing(self) -> float:
        """Probability that an input is absent when the model is used."""
        return 0.0

    def check(self, plan: Plan) -> None:
        """Raises `DataError` where the plan's inputs cannot show the relation's causes."""

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        """Clean causes and their score. Raises `DataError` as `check` does."""
        raise NotImplementedError

    def noisy(self, plan: Plan, place: int, cause: Floats, rng: np.random.Generator) -> Floats:
        """The cause of the input at that place with the noise that its drawing gets."""
        return with_noise(cause, self.noise, rng)

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
        return np.searchsorted(self.cuts(truth.plan, head), score).astype(np.int32)

    def cuts(self, plan: Plan, head: int) -> Floats:
        """Scores (classes - 1,) between the classes of the head at that place."""
        count = plan.classes[head]
        if count == 2:
            return np.zeros(1, dtype=np.float32)
        typical = _typical_scores(self, plan, head)
        return typical[-(np.arange(1, count) * -len(typical) // count) - 1]

    def values(self, truth: Truth, head: int) -> Floats:
        """The score with mean 0 and variance 1 over all samples the relation can draw, (N,)."""
        values: Floats = self.score(truth, head) / np.float32(self.scale(truth.plan, head))
        return values

    def scale(self, plan: Plan, head: int) -> float:
        """Standard deviation of the score over all samples the relation can draw."""
        return float(np.std(_typical_scores(self, plan, head)))

    def belief(self, sight: Sight, head: int) -> Array:
        """What is best believed of the label at what is seen.

        Probabilities (N, classes), or the mean (N,) of the value for a head of real values.
        """
        raise NotImplementedError

    def additive(self, sight: Sight, head: int) -> Array | None:
        """What the best additive model believes, a `belief` by size; `None` where not known.

        An additive model is a sum of functions of one input each: of log-odds for classes.
        """
        return None

    def aside(self, view: Floats) -> Ints:
        """A group (N,) by what an input shows besides its own part of the label; one by default.

        An additive model may read that part in another way in each group.
        """
        return np.zeros(len(view), dtype=np.int32)

    def simulated(self, plan: Plan, head: int) -> int:
        """Samples a simulation takes, for a standard error of about 0.001 in little time."""
        return max(5000, 200_000 // max(2, plan.classes[head]))

    def exact(self, plan: Plan, head: int, seen: Sequence[int]) -> float | None:
        """Best accuracy, or r2 for real values, from those inputs; `None` without closed form."""
        return None


def normals(rng: np.random.Generator, inputs: int, samples: int, numbers: int = 1) -> list[Floats]:
    """N(0, 1) causes (N, numbers) of each input, so that one input more leaves the others alone."""
    return [rng.standard_normal((samples, numbers), dtype=np.float32) for _ in range(inputs)]


def with_noise(cause: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """The cause plus N(0, noise²)."""
    if not noise:
        return cause
    return cause + np.float32(noise) * rng.standard_normal(cause.shape, dtype=np.float32)


def wants_inputs(title: str, plan: Plan, least: int) -> None:
    """Raises `DataError` for fewer inputs than a relation joins."""
    if plan.inputs < least:
        raise DataError(
            f"{title} joins at least {least} inputs.",
            f"{plan.inputs} input" + "s" * (plan.inputs != 1),
            "Add an input, or choose another relation.",
        )


def wants_numbers(title: str, plan: Plan, least: int, fix: str) -> None:
    """Raises `DataError` for the first input that shows fewer numbers than a relation needs."""
    for slot in plan.slots:
        if slot.numbers < least:
            raise DataError(
                f"{title} shows {least} numbers in each input.",
                f"{slot.name}, which shows {slot.numbers}",
                fix,
            )


@lru_cache(maxsize=32)
def _typical_scores(relation: Relation, plan: Plan, head: int) -> Floats:
    """A large fixed sample of scores in order, mirrored so that its median is exactly zero."""
    truth = relation.draw(plan, _TYPICAL_SAMPLES, np.random.default_rng(0))
    score = relation.score(truth, head)
    return np.sort(np.concatenate((score, -score)))
