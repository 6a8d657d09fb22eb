"""A race of merges on the small model of two vectors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from components.base.errors import LessonError
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import ALONE, APART, parse_entry
from components.experiments.races.fitted import fit_entry
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
    """Strategies; empty for those that the learners submitted.

    With `alone:input=left`, `alone:input=right` and `apart` behind a strategy, the race tells if
    fusion pays.
    """
    data: str
    """Relation, as the command line writes it."""
    seeds: int = Field(3, ge=1, le=MOST_SEEDS)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        parse_data(self.data).check(plan_of(two_vectors().architecture))
        for entry in self.entries:
            parse_entry(entry)
        return self

    def check(self) -> None:
        """Raise `LessonError` if the race tells if fusion pays, and its strategy does not fit."""
        entries = [parse_entry(entry) for entry in self.entries]
        if not any(entry.kind in (ALONE, APART) for entry in entries):
            return
        first, model = entries[0], two_vectors().architecture
        if not first.is_strategy or fit_entry(model, first).architecture is None:
            raise LessonError(
                "This race needs a merge first that can join two vectors.",
                first.text,
                "Choose another one, such as `concatenate`.",
            )

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the race is requested."""
        return stage.race(self.entries, self.data, self.seeds)

    def readiness(self, work: ClassWork) -> ClassReadiness:
        """Return how many runs of the item's race have ended."""
        return work.raced(self.seeds)

    def draw(self, screen: Screen) -> None:
        """Draw the race."""
        screen.race()
