"""Class rooms as one visitor may use them: the only way from a page to the stored rooms.

A teacher sees all learners, and changes what the room shows. A learner sees what the teacher shows,
and themselves. Each call looks again whether the visitor still is what they were.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from components.core.errors import RunError
from components.core.text import one_line
from components.export.link import token_in
from components.lessons.hand_in import parse_hand_in
from components.rooms.codes import no_room, tidy_code
from components.rooms.content import (
    ClassRace,
    LedView,
    Room,
    RoomMember,
    RoomNote,
    SentLink,
    ShownWork,
)
from components.rooms.store import Membership, room_store
from components.rooms.teacher import RoomTeacher
from components.runs.store import Store

WRONG_SECONDS = 3.0
"""How long the answer to a wrong code takes once its sender has tried too many."""


class RateLimit:
    """Counts events by key, and forgets those older than `seconds`. Safe under threads."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = threading.Lock()
        self._events: dict[str, deque[float]] = {}

    def take(self, key: str = "") -> bool:
        """Count one more event of the key, unless it is full. Returns whether it was counted."""
        with self._lock:
            self._forget()
            events = self._events.setdefault(key, deque())
            if len(events) >= self._most:
                return False
            events.append(self._clock())
            return True

    def _forget(self) -> None:
        now = self._clock()
        for key, events in list(self._events.items()):
            while events and now - events[0] > self._seconds:
                events.popleft()
            if not events:
                del self._events[key]


class RoomLimits:
    """How often a sender opens rooms and tries wrong codes, how many join a room at a time, and how
    much a learner sends to one.

    All people behind one network address are one sender: so many wrong codes are two by each of 60
    learners.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.opened = RateLimit(5, 1.0, clock)
        self.joins = RateLimit(10, 1.0, clock)
        self.wrong = RateLimit(120, 60.0, clock)
        self.messages = RateLimit(20, 10.0, clock)
        self.pause = pause


LIMITS = RoomLimits()
"""The one of this server."""


@dataclass(frozen=True)
class OwnBet:
    """The latest bet as a learner sees it."""

    number: int
    question: str
    choices: tuple[str, ...]
    open: bool
    unit: str
    choice: str
    counts: dict[str, int] | None
    """How many chose what; `None` unless the teacher shows it."""


@dataclass(frozen=True)
class LearnerView:
    """All that a learner sees of a room."""

    code: str
    nickname: str
    entry: str
    shown: ShownWork | None
    sent: SentLink | None
    bet: OwnBet | None
    race: ClassRace | None
    led: LedView | None
    note: RoomNote | None
    """The latest note, until the learner has opened or closed it."""


class Rooms:
    """The rooms of a server for one visitor. `sender` is their network address."""

    def __init__(
        self, store: Store, visitor: str, limits: RoomLimits = LIMITS, sender: str = ""
    ) -> None:
        self._store, self._rooms = store, room_store(store.database)
        self._visitor, self._sender, self._limits = visitor, sender, limits

    def mine(self) -> tuple[Membership, ...]:
        """The rooms that this visitor is in, the latest first."""
        return self._rooms.memberships(self._visitor)

    def open(self) -> tuple[str, str]:
        """Open a room that this visitor teaches. Returns its code and the teacher's secret."""
        if not self._limits.opened.take(self._sender):
            raise RunError(
                "Many rooms are being opened at the moment.", "", "Try again in a moment."
            )
        return self._rooms.open(self._visitor, self._sender)

    def join(self, code: str, nickname: str) -> str:
        """Join a room as a learner, and return its code. Raises `RunError`.

        The code of an open room always joins it. Only wrong ones are counted, for their sender
        alone, who waits for the answers to more of them: so nobody finds a room by trying.
        """
        tidy = tidy_code(code)
        if not tidy or self._rooms.find(tidy) is None:
            if not self._limits.wrong.take(self._sender):
                self._limits.pause(WRONG_SECONDS)
            raise no_room(one_line(code)[:20] or "no code")
        if not self._limits.joins.take(tidy):
            raise RunError(
                "More than ten people joined a room in this second.",
                "",
                "Try again in a moment.",
            )
        self._rooms.join(tidy, self._visitor, nickname)
        return tidy

    def teach(self, secret: str) -> str:
        """Become a teacher of the room with this secret. Returns its code."""
        code = self._rooms.teach(secret, self._visitor)
        if code is None:
            raise RunError(
                "This teacher's link is of a room that has ended.",
                "",
                "Rooms end after a day: open a new one.",
            )
        return code

    def teacher(self, code: str) -> RoomTeacher:
        """The room for its teacher."""
        return RoomTeacher(self._store, code, self._visitor)

    def learner(self, code: str) -> RoomLearner:
        """The room for a learner."""
        return RoomLearner(self._store, code, self._visitor, self._limits)


class RoomLearner:
    """What a learner may do. What changes something raises `RunError` for anybody else."""

    def __init__(self, store: Store, code: str, visitor: str, limits: RoomLimits) -> None:
        self._rooms, self._limits = room_store(store.database), limits
        self._code, self._visitor = code, visitor

    def view(self) -> LearnerView | None:
        """What the learner sees; `None` if the room is closed, or they have left it."""
        room = self._rooms.find(self._code)
        member = room.members.get(self._visitor) if room else None
        if room is None or member is None or not member.number:
            return None
        content = room.content
        return LearnerView(
            room.code,
            member.nickname,
            member.entry,
            content.shown.model_copy(update={"number": 0}) if content.shown else None,
            content.sent,
            _own_bet(room, member),
            content.race,
            content.led,
            content.note if content.note and content.note.number > member.done else None,
        )

    def bet(self, number: int, choice: str) -> None:
        """Choose in the latest bet, while it is open."""
        self._take()
        self._rooms.choose(self._code, self._visitor, number, choice)

    def bring(self, entry: str) -> None:
        """Bring a strategy for the class race."""
        self._take()
        self._rooms.bring(self._code, self._visitor, entry)

    def hand_in(self, text: str) -> None:
        """Send the work in a token to the teacher. Raises as `parse_hand_in`, too."""
        self._take()
        hand_in = parse_hand_in(text)
        self._rooms.hand_in(self._code, self._visitor, hand_in.lesson, token_in(text))

    def close_note(self, number: int) -> None:
        """Be done with the note of this number and those before it."""
        self._take()
        self._rooms.close_note(self._code, self._visitor, number)

    def leave(self) -> None:
        """Leave the room. Nothing of the learner stays in it."""
        if self.view() is not None:
            self._rooms.remove(self._code, self._visitor)

    def _take(self) -> None:
        """Count a message to the room. Raises `RunError` for too many."""
        if not self._limits.messages.take(self._visitor):
            raise RunError(
                "You have sent much to the room in a few seconds.", "", "Try again in a moment."
            )


def _own_bet(room: Room, member: RoomMember) -> OwnBet | None:
    bet = room.content.bet
    if bet is None:
        return None
    choice = member.choices.get(bet.number, "")
    counts = room.counts(bet) if bet.shown else None
    return OwnBet(bet.number, bet.question, bet.choices, bet.open, bet.unit, choice, counts)
