"""A lesson that is sent to the class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from components.base.errors import LessonError
from components.experiments.queue.store import Store
from components.teaching.lessons import library
from components.teaching.lessons.checks import Question
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent, RoomMember, SentLink
from components.teaching.rooms.items.base import ClassReadiness, PlanItem, Submitted
from components.teaching.rooms.learner_state import LearnerState


class LessonItem(PlanItem):
    """A lesson that is sent to the class."""

    shows = "runs"
    works = True
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

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return f"Open the lesson and do step {self.step}." if self.step else "Do the lesson."

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content once the lesson is sent."""
        return content.sending(SentLink.of_lesson(self.lesson, self.step))

    @property
    def _wanted(self) -> set[str]:
        """Checks of the lesson, or of its step."""
        steps = library.find(self.lesson).steps
        steps = steps[self.step - 1 : self.step] if self.step else steps
        return {check.id for step in steps for check in step.checks}

    def has_done(self, content: RoomContent, member: RoomMember, progress: LessonProgress) -> bool:
        """Return `True` if the learner has passed the lesson, or its step."""
        return bool(progress.title) and self._wanted <= {*progress.passed}

    def readiness(
        self, content: RoomContent, learners: Sequence[LearnerState], store: Store
    ) -> ClassReadiness:
        """Return the number of learners who have passed the lesson, or its step."""
        passed = sum(self.has_done(content, one.member, one.progress) for one in learners)
        done = "have passed" if self._wanted else "have opened it"
        return ClassReadiness(passed, len(learners), done)
