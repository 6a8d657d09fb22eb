"""State of one learner in a class room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.experiments.training.events import UNFINISHED
from components.teaching.people.activity import Activity
from components.teaching.people.lesson_store import AWAY_SECONDS, STUCK_TRIES, LessonProgress
from components.teaching.rooms.content import RoomMember

StateName = Literal[
    "training", "finished", "waiting for others", "away", "stuck", "working", "listening"
]


@dataclass(frozen=True)
class LearnerState:
    """State of one learner in the teacher's grid."""

    member: RoomMember
    activity: Activity
    progress: LessonProgress
    idle: float
    """Seconds since their last action."""
    asked: bool = True
    """`True` while they have something to do; `False` while the class talks."""
    has_done: bool = False
    """`True` if they have done what the plan's present item asks for."""
    has_lesson: bool = True
    """`True` while the class works on the lesson that was sent last."""

    @property
    def state(self) -> StateName:
        """State in a word: *stuck* is an alarm, for somebody at work who failed again and again."""
        run = self.activity.run
        if run is not None and run.status == "running":
            return "training"
        if not self.asked:
            return "listening"
        if self.has_lesson and self.progress.done:
            return "finished"
        if self.has_done:
            return "waiting for others"
        if self.idle >= AWAY_SECONDS and not (run is not None and run.status in UNFINISHED):
            return "away"
        if self.has_lesson and self.progress.failed_in_row >= STUCK_TRIES:
            return "stuck"
        return "working"
