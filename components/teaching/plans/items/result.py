"""The answers to the latest question, beside the race; or the race alone."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.teaching.lessons.checks import Id
from components.teaching.plans.items.base import PlanItem, R_co, Screen, Stage


class ResultItem(PlanItem):
    """The answers to the latest question, beside the race; or the race alone."""

    shows: ClassVar[bool] = True
    question: Id | Literal[""] = ""

    @property
    def about(self) -> str:
        """Id of the question."""
        return self.question

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the answers are shown."""
        return stage.show_answers(self.question)

    def draw(self, screen: Screen) -> None:
        """Draw the answers."""
        screen.answers(self.question)
