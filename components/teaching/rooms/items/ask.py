"""A question that the class answers."""

from __future__ import annotations

from collections.abc import Sequence

from components.experiments.queue.store import Store
from components.teaching.lessons.checks import Id, Question
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent, RoomMember, Vote
from components.teaching.rooms.items.base import ClassReadiness, PlanItem, Submitted
from components.teaching.rooms.learner_state import LearnerState


class AskItem(PlanItem):
    """A question that the class answers; one that is asked twice gives before and after."""

    shows = "question"
    question: Id

    @property
    def about(self) -> str:
        """Id of the question."""
        return self.question

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return "Answer the question."

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content once the question is asked, or the latest one is open again."""
        at = content.plan.at if content.plan else None
        if content.vote is not None and content.vote.item == at:
            return content.with_vote(open=True)
        if question is None or any(vote.item == at for vote in content.bets):
            return content
        return content.asking(question, at)

    def has_done(self, content: RoomContent, member: RoomMember, progress: LessonProgress) -> bool:
        """Return `True` if the learner has answered."""
        vote = self._vote(content)
        return vote is not None and vote.number in member.choices

    def readiness(
        self, content: RoomContent, learners: Sequence[LearnerState], store: Store
    ) -> ClassReadiness:
        """Return the number of learners who have answered."""
        if self._vote(content) is None:
            return ClassReadiness()
        answered = sum(self.has_done(content, one.member, one.progress) for one in learners)
        return ClassReadiness(answered, len(learners), "have answered")

    def _vote(self, content: RoomContent) -> Vote | None:
        """Return the vote of this item, while the room is at it."""
        vote, plan = content.vote, content.plan
        return vote if vote and plan and vote.item == plan.at else None
