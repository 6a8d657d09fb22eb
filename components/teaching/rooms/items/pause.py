"""Time in which the teacher talks, learners submit a merge, or nothing happens."""

from __future__ import annotations

from collections.abc import Sequence

from components.experiments.queue.store import Store
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent, RoomMember
from components.teaching.rooms.items.base import ClassReadiness, PlanItem
from components.teaching.rooms.learner_state import LearnerState


class PauseItem(PlanItem):
    """Time in which the teacher talks, learners submit a merge, or nothing happens."""

    submits: bool = False
    """`True` if learners submit a merge for a race in it."""

    @property
    def asks(self) -> bool:
        """`True` if learners submit something."""
        return self.submits

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        if self.submits:
            return "Choose a merge on the Build page. Then press Submit my merge in your panel."
        return super().now

    def has_done(self, content: RoomContent, member: RoomMember, progress: LessonProgress) -> bool:
        """Return `True` if the learner has submitted a merge."""
        return self.submits and bool(member.entry)

    def readiness(
        self, content: RoomContent, learners: Sequence[LearnerState], store: Store
    ) -> ClassReadiness:
        """Return the number of learners who have submitted, or at the first item have joined."""
        if self.submits:
            submitted = sum(self.has_done(content, one.member, one.progress) for one in learners)
            return ClassReadiness(submitted, len(learners), "have submitted")
        if content.plan is not None and content.plan.at == 0:
            return ClassReadiness(len(learners), what="have joined")
        return ClassReadiness()
