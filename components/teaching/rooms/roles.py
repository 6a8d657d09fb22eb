"""Rooms as one visitor may use them: the only way from a page to the stored rooms.

A teacher sees all learners, and changes what the room shows. A learner sees what the teacher shows,
and themselves. Each call checks the visitor's role again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from math import isfinite

from components.base.errors import RunError
from components.base.text import one_line
from components.experiments.queue.store import Store
from components.sharing.links.link import token_in
from components.teaching.lessons.hand_in import parse_hand_in
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.codes import no_room, tidy_code
from components.teaching.rooms.content import (
    MOST_LESSONS,
    ClassRace,
    LedView,
    RoomContent,
    RoomMember,
    RoomNote,
    SentLink,
    ShownWork,
    Vote,
)
from components.teaching.rooms.position import present_item, right_answer
from components.teaching.rooms.store import Membership, RoomMemberRow, room_store
from components.teaching.rooms.teacher import RoomTeacher

JOINS_A_SECOND = 30
"""Number of people who can join a room in a second."""
WRONG_CODES_A_MINUTE = 120
"""Number of wrong codes of a sender in a minute without a delay: two for each of 60 learners."""
MESSAGES, MESSAGES_SECONDS = 20, 10.0
"""Number of messages that a visitor can send to a room, and the seconds in which they count."""
WRONG_SECONDS = 3.0
"""Delay in seconds of the answer to a wrong code once its sender has tried too many."""


class RateLimit:
    """Counter of events by key, which forgets those older than `seconds`. Safe under threads."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = threading.Lock()
        self._events: dict[str, deque[float]] = {}

    def take(self, key: str) -> bool:
        """Count one more event of the key, unless it is full. Return `True` if it was counted."""
        with self._lock:
            if self._is_full(key):
                return False
            self._events.setdefault(key, deque()).append(self._clock())
            return True

    def is_full(self, key: str) -> bool:
        """Return `True` if no more events of the key are counted now."""
        with self._lock:
            return self._is_full(key)

    def _is_full(self, key: str) -> bool:
        self._forget()
        return len(self._events.get(key, ())) >= self._most

    def _forget(self) -> None:
        now = self._clock()
        for key, events in list(self._events.items()):
            while events and now - events[0] > self._seconds:
                events.popleft()
            if not events:
                del self._events[key]


class RoomLimits:
    """Limits on wrong codes of a sender, on joins of a room, and on messages of a visitor.

    All people behind one network address are one sender.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.joins = RateLimit(JOINS_A_SECOND, 1.0, clock)
        self.wrong = RateLimit(WRONG_CODES_A_MINUTE, 60.0, clock)
        self.messages = RateLimit(MESSAGES, MESSAGES_SECONDS, clock)
        self.pause = pause

    def require_message(self, visitor: str) -> None:
        """Count a message of a visitor to a room. Raises `RunError` for too many."""
        if not self.messages.take(visitor):
            raise RunError(
                "You have sent too many messages to the room in a few seconds.",
                "",
                "Try again in a moment.",
            )


LIMITS = RoomLimits()
"""Limits of this server."""


@dataclass(frozen=True)
class NowView:
    """Present item of a plan, as a learner reads of it."""

    title: str
    text: str
    """Sentence on what to do now."""
    races: bool
    """`True` while the class race is the present item."""


@dataclass(frozen=True)
class LearnerView:
    """View of a room for a learner."""

    code: str
    nickname: str
    entry: str
    shown: ShownWork | None
    sent: SentLink | None
    vote: Vote | None
    """Latest vote."""
    choice: str
    """Choice of the learner in it."""
    counts: dict[str, int] | None
    """Number of learners for each choice in it; `None` unless the teacher shows it."""
    right: str
    """Right answer to it, once the class may read it; empty before."""
    race: ClassRace | None
    led: LedView | None
    note: RoomNote | None
    """Latest note, until the learner has opened or closed it."""
    now: NowView | None = None
    """Present item of the plan."""


class Rooms:
    """Rooms of a server for one visitor. `sender` is their network address."""

    def __init__(
        self, store: Store, visitor: str, limits: RoomLimits = LIMITS, sender: str = ""
    ) -> None:
        self._store, self._rooms = store, room_store(store.database)
        self._visitor, self._sender, self._limits = visitor, sender, limits

    def mine(self) -> tuple[Membership, ...]:
        """Return the rooms that this visitor is in, the latest first."""
        return self._rooms.memberships(self._visitor)

    def open(self) -> tuple[str, str]:
        """Open a room that this visitor teaches. Return its code and the teacher's secret."""
        return self._rooms.open(self._visitor, self._sender)

    def is_open(self, code: str) -> bool:
        """Return `True` if a room that the visitor was in is still open."""
        return self._rooms.find(code) is not None

    def join_code(self, code: str) -> str:
        """Return the code with which people join a room now."""
        room = self._rooms.find(code)
        return room.join_code if room else code

    def open_code(self, code: str) -> str:
        """Return the room that a typed code joins. Raises `RunError`.

        Only wrong codes are counted, per sender; after too many, the sender waits for each answer.
        So nobody finds a room by trying.
        """
        tidy = tidy_code(code)
        opened = self._rooms.code_of(tidy) if tidy else None
        if opened is None:
            if not self._limits.wrong.take(self._sender):
                self._limits.pause(WRONG_SECONDS)
            raise no_room(one_line(code)[:20].upper())
        return opened

    def join(self, code: str, nickname: str) -> str:
        """Join a room as a learner, and return its code. Raises as `open_code`, and `RunError`.

        Only those who get in count towards the joins of this second; presses of one visitor are
        limited as their messages.
        """
        opened = self.open_code(code)
        self._limits.require_message(self._visitor)
        if self._limits.joins.is_full(opened):
            raise RunError(
                "More than thirty people joined a room in this second.",
                "",
                "Try again in a moment.",
            )
        if self._rooms.join(opened, self._visitor, nickname):
            self._limits.joins.take(opened)
        return opened

    def teach(self, secret: str) -> str:
        """Become a teacher of the room with this secret. Return its code."""
        code = self._rooms.teach(secret, self._visitor)
        if code is None:
            raise RunError(
                "This teacher's link is of a room that has ended.",
                "",
                "Rooms end after a day: open a new one.",
            )
        return code

    def teacher(self, code: str) -> RoomTeacher:
        """Return the room as its teacher may use it."""
        return RoomTeacher(self._store, code, self._visitor)

    def learner(self, code: str) -> RoomLearner:
        """Return the room as a learner may use it."""
        return RoomLearner(self._store, code, self._visitor, self._limits)


class RoomLearner:
    """Actions of a learner. Those that change something raise `RunError` for anybody else."""

    def __init__(self, store: Store, code: str, visitor: str, limits: RoomLimits) -> None:
        self._rooms, self._limits = room_store(store.database), limits
        self._code, self._visitor = code, visitor

    def view(self) -> LearnerView | None:
        """Return the learner's view; `None` if the room is closed, or they have left it."""
        room = self._rooms.find(self._code)
        member = room.members.get(self._visitor) if room else None
        if room is None or member is None or not member.number:
            return None
        content, vote = room.content, room.content.vote
        return LearnerView(
            room.join_code,
            member.nickname,
            member.entry,
            content.shown,
            content.sent,
            vote,
            member.choices.get(vote.number, "") if vote else "",
            room.counts(vote) if vote and vote.shown else None,
            right_answer(content),
            content.race,
            content.led,
            content.note if content.note and content.note.number > member.done else None,
            _now(content, member),
        )

    def vote(self, number: int, choice: str) -> None:
        """Choose in the latest vote, once, while it is open."""
        with self._changing() as (member, content):
            latest = content.vote
            if latest is None or latest.number != number or not latest.open:
                raise RunError("This vote is closed.", "", "Wait for the next one.")
            if str(number) in member.choices:
                raise RunError("You have voted already.", "", "A locked vote can't be changed.")
            kept = {str(vote.number) for vote in content.bets}
            choices = {vote: chosen for vote, chosen in member.choices.items() if vote in kept}
            member.choices = {**choices, str(number): _answer(latest, choice)}

    def bring(self, entry: str) -> None:
        """Submit a strategy for the class race."""
        with self._changing() as (member, _):
            member.entry = entry

    def handed_in(self, lesson: str) -> bool:
        """Return `True` if the room has work of this learner on a lesson, given by its name."""
        room = self._rooms.find(self._code)
        member = room.members.get(self._visitor) if room else None
        return member is not None and lesson in member.handed_in

    def hand_in(self, text: str) -> None:
        """Send the work in a token to the teacher. Raises as `parse_hand_in`, and `RunError`."""
        changing = self._changing()
        lesson, token = parse_hand_in(text).lesson, token_in(text)
        with changing as (member, _):
            work = {**member.handed_in, lesson: token}
            if len(work) > MOST_LESSONS:
                raise RunError(
                    f"You may hand in work on {MOST_LESSONS} lessons in a room.",
                    "",
                    "Copy the token, and give it to your teacher in another way.",
                )
            member.handed_in = work

    def close_note(self, number: int) -> None:
        """Close the note of this number and those before it."""
        with self._changing() as (member, _):
            member.done = max(member.done, number)

    def leave(self) -> None:
        """Leave the room. Nothing of the learner stays in it."""
        if self.view() is not None:
            self._rooms.remove(self._code, [self._visitor])

    def _changing(self) -> AbstractContextManager[tuple[RoomMemberRow, RoomContent]]:
        """Open the learner's row for a change. Raises `RunError` for too many changes."""
        self._limits.require_message(self._visitor)
        return self._rooms.changing_learner(self._code, self._visitor)


def _now(content: RoomContent, member: RoomMember) -> NowView | None:
    """Return what a learner does now. Whether they have passed a lesson, its panel says."""
    item = present_item(content)
    if item is None:
        return None
    done = item.has_done(content, member, LessonProgress(lesson=""))
    text = "You are done. Wait for the others." if done else item.now
    return NowView(item.title, text, item.shows == "race")


def _answer(vote: Vote, text: str) -> str:
    """Return an answer as it is stored. Raises `RunError` if it does not answer the question."""
    if choices := vote.question.choices:
        if text not in choices:
            raise RunError(f"{text} is not one of the choices.", text, "Choose one of them.")
        return text
    with suppress(ValueError):
        if isfinite(value := float(text)):
            return f"{value:.10g}"
    raise RunError(f"{text} is not a number.", text, "Type a number.")
