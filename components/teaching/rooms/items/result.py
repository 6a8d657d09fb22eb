"""The answers to the latest question, beside the race; or the race alone."""

from __future__ import annotations

from typing import Literal

from components.teaching.lessons.checks import Id, Question
from components.teaching.rooms.content import RoomContent
from components.teaching.rooms.items.base import PlanItem, Submitted


class ResultItem(PlanItem):
    """The answers to the latest question, beside the race; or the race alone."""

    shows = "answers"
    question: Id | Literal[""] = ""

    @property
    def about(self) -> str:
        """Id of the question."""
        return self.question

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return "Compare your answer with the class." if self.question else "Look at the result."

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content once the class sees the answers, if they are the latest ones."""
        shows = content.shows_answers(self.question)
        return content.with_vote(shown=True) if shows else content
