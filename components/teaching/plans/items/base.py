"""Base of a plan's items: fields, start, readiness and drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple, Protocol, TypeVar

from pydantic import Field

from components.models.language.registry import Concept
from components.teaching.lessons.lesson import Line

MOST_MINUTES = 90
"""Maximum minutes of an item."""
ShortText = Annotated[str, Field(max_length=2000)]
R_co = TypeVar("R_co", covariant=True)


class ClassReadiness(NamedTuple):
    """Number of learners, or of a race's runs, that are done with the plan's current item."""

    done: int = 0
    total: int = 0
    what: str = ""
    """Verb phrase for those who are done, as in `17 of 24 have passed`; empty if none is needed."""

    @property
    def waits(self) -> bool:
        """`True` if somebody or something is not done."""
        return self.done < self.total

    @property
    def text(self) -> str:
        """State in words; empty if nothing is awaited."""
        return f"{self.done} of {self.total} {self.what}" if self.total else ""


class Stage(Protocol[R_co]):
    """A room in which an item begins; each method returns the room after it."""

    def nothing(self) -> R_co:
        """Change nothing."""

    def show_model(self, token: str, title: str) -> R_co:
        """Show a model to the class."""

    def send_lesson(self, lesson: str, step: int) -> R_co:
        """Send a lesson to all."""

    def ask(self, question: str) -> R_co:
        """Ask a question of the plan, or open it again."""

    def show_answers(self, question: str) -> R_co:
        """Show the answers to a question to the class, if it was the latest question."""

    def race(self, entries: Sequence[str], data: str, seeds: int) -> R_co:
        """Have the server start the item's race; without entries, that of submitted strategies."""


class ClassWork(Protocol):
    """Work of a class and of the server on the present item."""

    def answered(self) -> ClassReadiness:
        """Return the number of learners who have answered the item's question."""

    def passed(self, lesson: str, step: int) -> ClassReadiness:
        """Return the number of learners who have passed a lesson, or one step of it."""

    def raced(self, seeds: int) -> ClassReadiness:
        """Return the number of ended runs of the item's race."""


class Screen(Protocol):
    """Surface that an item is drawn on, below its title and its text."""

    def question(self, question: str) -> None:
        """Draw a question of the plan, with its choices."""

    def caption(self, text: str) -> None:
        """Draw a line of small text."""

    def runs(self) -> None:
        """Draw the class's runs, if the screen is large."""

    def race(self) -> None:
        """Draw the race of the item."""

    def answers(self, question: str) -> None:
        """Draw the answers to a question, beside its race if any; without a question, the race."""


class PlanItem(Concept):
    """An item of a plan; its kind defines its effect."""

    asks: ClassVar[bool] = False
    """`True` if it asks its `question`."""
    races: ClassVar[bool] = False
    """`True` if it begins a race."""
    shows: ClassVar[bool] = False
    """`True` if it shows the answers to its `question`; without a question, a race."""

    kind: str
    title: Line  # type: ignore[misc]  # A concept's title is that of its class.
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    text: ShortText = ""
    """Text that the projector shows, in Markdown."""
    notes: ShortText = ""
    """Notes for the teacher alone."""

    @property
    def about(self) -> str:
        """Id of the question that it asks or shows answers to; empty without one."""
        return ""

    def check(self) -> None:
        """Check what needs a built model, with Keras; raise `LessonError` for a mistake."""

    def begin(self, stage: Stage[R_co]) -> R_co:
        """Return the room once the item has begun."""
        return stage.nothing()

    def readiness(self, _: ClassWork) -> ClassReadiness:
        """Return the progress of the class on it."""
        return ClassReadiness()

    def draw(self, screen: Screen) -> None:
        """Draw its content below the text of the item."""
