"""What an item of a plan for a class has and does: as it begins, while it lasts, on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple, Protocol, TypeVar

from pydantic import ConfigDict, Field

from components.core.registry import Concept
from components.lessons.lesson import Line

MOST_MINUTES = 90
"""Minutes of an item."""
ShortText = Annotated[str, Field(max_length=2000)]
R_co = TypeVar("R_co", covariant=True)


class ClassReadiness(NamedTuple):
    """How many of a class, or of a race's runs, are done with the present item of the plan."""

    done: int = 0
    total: int = 0
    what: str = ""
    """What they have done, as in `17 of 24 have passed`; empty where nothing is awaited."""

    @property
    def waits(self) -> bool:
        """Whether somebody or something is not done."""
        return self.done < self.total

    @property
    def text(self) -> str:
        """The state in words; empty where nothing is awaited."""
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
        """Show the answers to a question to all, if it was the latest."""

    def race(self, entries: Sequence[str], data: str, seeds: int) -> R_co:
        """Have the server start the item's race: without entries, of what learners brought."""


class ClassWork(Protocol):
    """What a class and the server have done of the present item."""

    def answered(self) -> ClassReadiness:
        """How many have answered what the item asks."""

    def passed(self, lesson: str, step: int) -> ClassReadiness:
        """How many have passed a lesson, or one step of it."""

    def raced(self, seeds: int) -> ClassReadiness:
        """How many runs of the item's race have ended."""


class Screen(Protocol):
    """What an item is drawn on, below its title and its text."""

    def question(self, question: str) -> None:
        """A question of the plan, with its choices."""

    def caption(self, text: str) -> None:
        """A line of small text."""

    def runs(self) -> None:
        """The class's runs, where the screen is large."""

    def race(self) -> None:
        """The race of the item."""

    def answers(self, question: str) -> None:
        """The answers to a question: right after a race beside it; without one, the race alone."""


class PlanItem(Concept):
    """An item of a plan: what it does is up to its kind."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    asks: ClassVar[bool] = False
    """Whether it asks its `question`."""
    races: ClassVar[bool] = False
    """Whether it begins a race."""
    shows: ClassVar[bool] = False
    """Whether it shows the answers to its `question`, or without one a race."""

    kind: str
    title: Line  # type: ignore[misc]  # A concept's title is that of its class.
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    text: ShortText = ""
    """What the projector shows: Markdown."""
    notes: ShortText = ""
    """What the teacher alone reads."""

    @property
    def about(self) -> str:
        """The id of the question that it asks or shows answers to; empty without one."""
        return ""

    def begin(self, stage: Stage[R_co]) -> R_co:
        """The room once the item has begun."""
        return stage.nothing()

    def readiness(self, _: ClassWork) -> ClassReadiness:
        """How far the class is with it."""
        return ClassReadiness()

    def draw(self, screen: Screen) -> None:
        """Draw what all see below its text."""
