"""A race of merges on the small model of two vectors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import parse_entry
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


class RaceItem(PlanItem):
    """A race of merges on the small model of two vectors."""

    races: ClassVar[bool] = True
    entries: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    """Strategies; empty for those that the learners submitted."""
    data: str
    """Relation, as the command line writes it."""
    seeds: int = Field(3, ge=1, le=MOST_SEEDS)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        parse_data(self.data).check(plan_of(two_vectors().architecture))
        for entry in self.entries:
            parse_entry(entry)
        return self

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the race is requested."""
        return stage.race(self.entries, self.data, self.seeds)

    def readiness(self, work: ClassWork) -> ClassReadiness:
        """Return how many runs of the item's race have ended."""
        return work.raced(self.seeds)

    def draw(self, screen: Screen) -> None:
        """Draw the race."""
        screen.race()
