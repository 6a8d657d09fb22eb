"""Base of a plan's items: fields, start, readiness, and the board below the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from components.experiments.queue.store import Store
from components.models.language.registry import Concept
from components.teaching.lessons.checks import Question
from components.teaching.lessons.lesson import Line
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent, RoomMember
from components.teaching.rooms.learner_state import LearnerState

MOST_MINUTES = 90
"""Maximum minutes of an item."""
ShortText = Annotated[str, Field(max_length=2000)]
Submitted = Mapping[str, tuple[str, ...]]
"""Strategies that learners have submitted, each with their nicknames."""


class ClassReadiness(NamedTuple):
    """Number of learners, or of a race's runs, that are done with the plan's current item."""

    done: int = 0
    total: int = 0
    what: str = ""
    """Verb phrase for those who are done, as in `17 of 24 have passed`; empty without a count."""

    @property
    def waits(self) -> bool:
        """`True` if somebody or something is not done."""
        return self.done < self.total

    @property
    def text(self) -> str:
        """State in words; empty if nothing is counted."""
        if not self.what:
            return ""
        return (
            f"{self.done} of {self.total} {self.what}" if self.total else f"{self.done} {self.what}"
        )


class PlanItem(Concept):
    """An item of a plan; its kind defines its effect."""

    shows: ClassVar[Literal["text", "question", "runs", "race", "answers"]] = "text"
    """Content that it begins, and that is drawn below its text; `text` for nothing else.

    These are its `question`, runs of the class, its race, and the answers to its `question` or,
    without one, a race.
    """

    works: ClassVar[bool] = False
    """`True` if learners work by themselves in it, so that one of them may be stuck."""

    kind: str
    title: Line  # type: ignore[misc]  # A concept's title is that of its class.
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    text: ShortText = ""
    """Text that the projector shows, in Markdown."""
    notes: ShortText = ""
    """Notes for the teacher alone."""

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return "Listen to your teacher."

    @property
    def asks(self) -> bool:
        """`True` if it asks each learner for something."""
        return self.works or self.shows == "question"

    @property
    def about(self) -> str:
        """Id of the question that it asks or shows answers to; empty without one."""
        return ""

    def check(self) -> None:
        """Check what needs a built model, with Keras; raise `LessonError` for a mistake."""

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content of the room, which is at this item, once the item has begun.

        `question` is the one that it is about.
        """
        return content

    def has_done(self, content: RoomContent, member: RoomMember, progress: LessonProgress) -> bool:
        """Return `True` if a learner has done what it asks for while the room is at it."""
        return False

    def readiness(
        self, content: RoomContent, learners: Sequence[LearnerState], store: Store
    ) -> ClassReadiness:
        """Return the progress of the class on it while the room is at this item."""
        return ClassReadiness()
