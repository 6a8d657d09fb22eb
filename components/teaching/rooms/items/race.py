"""A race of merges on the small model of two vectors."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from components.base.errors import LessonError
from components.experiments.queue.store import Store
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import parse_entry
from components.experiments.races.fitted import fit_entry
from components.experiments.races.kinds.pays import PaysRace
from components.experiments.training.events import ENDS
from components.teaching.lessons.checks import Question
from components.teaching.rooms.content import ClassRace, RoomContent
from components.teaching.rooms.items.base import ClassReadiness, PlanItem, Submitted
from components.teaching.rooms.learner_state import LearnerState
from sample_data.loading.synthetic import parse_data, plan_of

MOST_SEEDS = 10


class RaceItem(PlanItem):
    """A race of merges on the small model of two vectors."""

    shows = "race"
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
        if not any(entry.kind in PaysRace.marks for entry in entries):
            return
        first, model = entries[0], two_vectors().architecture
        if not first.is_strategy or fit_entry(model, first).architecture is None:
            raise LessonError(
                "The first entry of this race has to be a merge that can join two vectors.",
                first.text,
                "Choose another one, such as `concatenate`.",
            )

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return "Watch the race."

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content once the server is to start the race, or with the one that began."""
        if begun := content.item_race:
            return content.racing(begun)
        chosen: dict[str, tuple[str, ...]] = dict.fromkeys(self.entries, ())
        race = ClassRace(
            sweep=uuid.uuid4().hex[:12],
            nicknames=chosen or dict(submitted),
            item=content.plan.at if content.plan else None,
            due=True,
            data=self.data,
            seeds=self.seeds,
        )
        return content.racing(race)

    def readiness(
        self, content: RoomContent, learners: Sequence[LearnerState], store: Store
    ) -> ClassReadiness:
        """Return how many runs of the race have ended."""
        race = content.item_race
        sweep = store.sweeps.find(race.sweep) if race else None
        digests = sweep.digests if sweep else ()
        ended = sum(run.status in ENDS for run in store.latest(digests).values())
        total = len(digests) or self.seeds * len(race.nicknames if race else ())
        return ClassReadiness(ended, max(1, total), "runs have ended")
