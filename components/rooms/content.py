"""What a teacher sets up in a class room, and the people in it, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict


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


class RoomBet(_RoomPart):
    """A question with choices."""

    number: int
    """Counts the bets of the room, from 1."""
    question: str
    choices: tuple[str, ...]
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


NoteKind = Literal["sent", "shown", "bet", "answers"]


class RoomNote(_RoomPart):
    """What learners are told: the latest of what the teacher did for all."""

    number: int
    """Counts the notes of the room, from 1."""
    kind: NoteKind


class RoomContent(_RoomPart):
    """What the teacher has set up."""

    lesson: SentLink | None = None
    """The lesson whose checks the grid shows: the latest that was sent."""
    shown: ShownWork | None = None
    sent: SentLink | None = None
    bets: tuple[RoomBet, ...] = ()
    race: ClassRace | None = None
    note: RoomNote | None = None

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
        """How many learners chose each choice of a bet."""
        chosen = Counter(member.choices.get(bet.number) for member in self.learners)
        return {choice: chosen[choice] for choice in bet.choices}
