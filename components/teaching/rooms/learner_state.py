"""State of one learner in a class room."""

from __future__ import annotations

from dataclasses import dataclass

from components.teaching.people.activity import Activity
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomMember


@dataclass(frozen=True)
class LearnerState:
    """State of one learner in the teacher's grid."""

    member: RoomMember
    activity: Activity
    progress: LessonProgress
    idle: float
    """Seconds since their last action."""

    @property
    def stuck(self) -> bool:
        """`True` if they failed three checks in a row, or did nothing for five minutes."""
        return self.progress.is_stuck(self.idle)
