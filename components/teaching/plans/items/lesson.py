"""A lesson that is sent to the class."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from components.base.errors import LessonError
from components.teaching.lessons import library
from components.teaching.plans.items.base import (
    ClassReadiness,
    ClassWork,
    PlanItem,
    R_co,
    Screen,
    Stage,
)


class LessonItem(PlanItem):
    """A lesson that is sent to the class."""

    lesson: str
    """Name, link or token of the lesson."""
    step: int = Field(0, ge=0)
    """Step that it opens at, from 1; 0 for each learner's current step."""

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        steps = len(library.find(self.lesson).steps)
        if self.step > steps:
            raise LessonError(
                f"The lesson `{self.lesson}` has {steps} steps.", self.step, "Name one of them."
            )
        return self

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the lesson is sent."""
        return stage.send_lesson(self.lesson, self.step)

    def readiness(self, work: ClassWork) -> ClassReadiness:
        """Return the number of learners who have passed the lesson, or its step."""
        return work.passed(self.lesson, self.step)

    def draw(self, screen: Screen) -> None:
        """Draw where the lesson opens, and the class's runs."""
        screen.caption("Press Open in the message at the bottom of your page.")
        screen.runs()
