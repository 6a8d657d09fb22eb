"""A question that the class answers."""

from __future__ import annotations

from typing import ClassVar

from components.teaching.lessons.checks import Id
from components.teaching.plans.items.base import (
    ClassReadiness,
    ClassWork,
    PlanItem,
    R_co,
    Screen,
    Stage,
)


class AskItem(PlanItem):
    """A question that the class answers; one that is asked twice gives before and after."""

    asks: ClassVar[bool] = True
    question: Id

    @property
    def about(self) -> str:
        """Id of the question."""
        return self.question

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the question is asked."""
        return stage.ask(self.question)

    def readiness(self, work: ClassWork) -> ClassReadiness:
        """Return the number of learners who have answered."""
        return work.answered()

    def draw(self, screen: Screen) -> None:
        """Draw the question."""
        screen.question(self.question)
