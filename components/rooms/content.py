"""What a teacher sets up in a class room, and the people in it, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from components.core.errors import RunError

MOST_BETS = 30
"""Bets of a room."""


class _RoomPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ShownWork(_RoomPart):
    """A learner's model or run that the teacher shows to the class, as it was at that moment."""

    kind: Literal["model", "run"]
    number: int
    """The learner's number. Learners are not told whose work it is."""
    token: str
    """A share link's token of the model, and of a run also its data and settings."""
    title: str
    figures: tuple[tuple[str, str], ...] = ()
    """Names and values of a run's results."""


class SentLink(_RoomPart):
    """A model or a lesson that the teacher has sent to all."""

    number: int
    """Counts what was sent, from 1."""
    kind: Literal["model", "lesson"]
    target: str
    """The token of a model; the name or the token of a lesson."""
    title: str
    lesson: str = ""
    """The name under which progress on the lesson is stored."""
    step: int = 0
    """The step that the lesson opens at, from 1; 0 for where each learner is."""


class RoomBet(_RoomPart):
    """A question with choices, or one for a number."""

    number: int
    """Counts the bets of the room, from 1."""
    question: str
    choices: tuple[str, ...]
    """Empty for a number."""
    unit: str = ""
    """The unit of the number."""
    item: int | None = None
    """The item of the plan that asked, from 0."""
    id: str = ""
    """The id of the question in the plan."""
    open: bool = True
    """Whether learners may choose."""
    shown: bool = False
    """Whether learners see how many chose what."""


class ClassRace(_RoomPart):
    """A race of the strategies that learners have brought."""

    sweep: str
    """Its id in the store."""
    nicknames: dict[str, tuple[str, ...]]
    """Who brought each entry."""
    item: int | None = None
    """The item of the plan that started it, from 0."""


class ClassBoard(_RoomPart):
    """What the projector shows of the class: its runs, wrong answers to a question, its race."""

    kind: Literal["runs", "answers", "race"]
    check: str = ""
    """The check of the lesson whose wrong answers are shown."""


NoteKind = Literal["sent", "shown", "bet", "answers"]


class LedView(_RoomPart):
    """What the teacher looks at, which learners follow."""

    page: str
    """The page's label."""
    token: str
    """A share link's token of the model, with data and settings unless they are an own file's."""
    layer: str = ""
    """The id of the selected layer."""


class RoomNote(_RoomPart):
    """What learners are told: the latest of what the teacher did for all."""

    number: int
    """Counts the notes of the room, from 1."""
    kind: NoteKind


class RoomPlan(_RoomPart):
    """Where a room is in its plan."""

    source: str
    """The plan's file."""
    at: int = -1
    """The present item, from 0; -1 before the first, and the number of items after the last."""
    began: float = 0.0
    """When the first item began, in seconds since the epoch."""
    since: float = 0.0
    """When the present item began."""


class RoomContent(_RoomPart):
    """What the teacher has set up."""

    lesson: SentLink | None = None
    """The lesson whose checks the grid shows: the latest that was sent."""
    shown: ShownWork | None = None
    sent: SentLink | None = None
    bets: tuple[RoomBet, ...] = ()
    race: ClassRace | None = None
    board: ClassBoard | None = None
    """Over the shown work on the projector."""
    led: LedView | None = None
    """While learners follow the teacher."""
    note: RoomNote | None = None
    plan: RoomPlan | None = None

    def showing(self, work: ShownWork | None) -> RoomContent:
        """The same with a work that the class sees, or none."""
        shown = self.model_copy(update={"shown": work, "board": None})
        return shown.noting("shown") if work else shown

    def sending(self, sent: SentLink) -> RoomContent:
        """The same after something is sent to all. Its number is set here."""
        number = self.sent.number + 1 if self.sent else 1
        numbered = sent.model_copy(update={"number": number})
        lesson = numbered if sent.kind == "lesson" else self.lesson
        return self.model_copy(update={"sent": numbered, "lesson": lesson}).noting("sent")

    def asking(self, bet: RoomBet) -> RoomContent:
        """The same with one more question, after the one before it is closed.

        Its number is set here. Raises `RunError` for one too many.
        """
        if len(self.bets) >= MOST_BETS:
            raise RunError(f"A room may have at most {MOST_BETS} votes.", "", "Open a new room.")
        numbered = bet.model_copy(update={"number": len(self.bets) + 1})
        bets = (*self.with_bet(open=False).bets, numbered)
        return self.model_copy(update={"bets": bets}).noting("bet")

    def planning(self, source: str) -> RoomContent:
        """The same with another plan, before its first item; none if its file is empty."""
        plan = RoomPlan(source=source) if source else None
        bets = tuple(bet.model_copy(update={"item": None, "id": ""}) for bet in self.bets)
        race = self.race and self.race.model_copy(update={"item": None})
        return self.model_copy(update={"plan": plan, "bets": bets, "race": race})

    def noting(self, kind: NoteKind) -> RoomContent:
        """The same with a new note, which takes the place of the one before it."""
        number = self.note.number + 1 if self.note else 1
        return self.model_copy(update={"note": RoomNote(number=number, kind=kind)})

    @property
    def bet(self) -> RoomBet | None:
        """The latest bet."""
        return self.bets[-1] if self.bets else None

    def with_bet(self, **changes: bool) -> RoomContent:
        """The same with other values of the latest bet."""
        if not self.bets:
            return self
        latest = self.bets[-1].model_copy(update=changes)
        return self.model_copy(update={"bets": (*self.bets[:-1], latest)})

    def changing_bet(self, **changes: bool) -> RoomContent:
        """The same with other values of the latest bet, which learners are told."""
        changed = self.with_bet(**changes)
        if changes.get("shown"):
            return changed.noting("answers")
        return changed.noting("bet") if changes.get("open") else changed


@dataclass(frozen=True)
class RoomMember:
    """A person in a room. The owner is their browser's secret name: it never reaches a page."""

    owner: str
    number: int
    """From 1; 0 for a teacher."""
    nickname: str
    joined: float
    entry: str
    """What they brought for the class race."""
    choices: Mapping[int, str]
    """What they chose, by the number of the bet."""
    done: int = 0
    """The number of the last note that they have opened or closed."""
    handed_in: frozenset[str] = frozenset()
    """The names of the lessons on which they have handed in work."""


@dataclass(frozen=True)
class HandedIn:
    """Work on a lesson that a learner has handed in."""

    nickname: str
    lesson: str
    token: str


@dataclass(frozen=True)
class Room:
    """A room with all who are in it."""

    code: str
    created: float
    version: int
    content: RoomContent
    members: Mapping[str, RoomMember]
    """By owner."""

    @property
    def learners(self) -> tuple[RoomMember, ...]:
        """The learners in the order in which they joined."""
        listed = (member for member in self.members.values() if member.number)
        return tuple(sorted(listed, key=lambda member: member.number))

    def counts(self, bet: RoomBet) -> dict[str, int]:
        """How many learners chose each choice of a bet; for a number, each that was typed."""
        chosen = Counter(member.choices.get(bet.number, "") for member in self.learners)
        typed = sorted((text for text in chosen if text), key=float) if not bet.choices else ()
        return {choice: chosen[choice] for choice in bet.choices or typed}
