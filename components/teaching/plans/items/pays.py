"""A race that tells if fusion pays, on the small model of two vectors."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from components.base.errors import LessonError
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import ALONE, APART, parse_entry
from components.experiments.races.fitted import fit_entry
from components.experiments.races.statistics import SEEDS
from components.teaching.plans.items.base import (
    ClassReadiness,
    ClassWork,
    PlanItem,
    R_co,
    Screen,
    Stage,
)
from sample_data.loading.synthetic import parse_data, plan_of

MOST_SEEDS = 10


class PaysItem(PlanItem):
    """A race that tells if fusion pays, on the small model of two vectors."""

    races: ClassVar[bool] = True
    data: str
    """Relation, as the command line writes it."""
    merge: str = "concatenate"
    """Strategy to compare with each input alone."""
    seeds: int = Field(SEEDS, ge=3, le=MOST_SEEDS)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        parse_data(self.data).check(plan_of(two_vectors().architecture))
        parse_entry(self.merge)
        return self

    def check(self) -> None:
        """Raise `LessonError` if the strategy does not fit the model."""
        entry, model = parse_entry(self.merge), two_vectors().architecture
        if not entry.is_strategy or fit_entry(model, entry).architecture is None:
            raise LessonError(
                "This race needs a merge that can join two vectors.",
                self.merge,
                "Choose another one, such as `concatenate`.",
            )

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the race is requested."""
        inputs = two_vectors().architecture.data_inputs
        alone = [f"{ALONE}:input={branch.name}" for branch in inputs]
        return stage.race((self.merge, *alone, APART), self.data, self.seeds)

    def readiness(self, work: ClassWork) -> ClassReadiness:
        """Return how many runs of the item's race have ended."""
        return work.raced(self.seeds)

    def draw(self, screen: Screen) -> None:
        """Draw the race."""
        screen.race()
