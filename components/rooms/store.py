"""Stores class rooms: rows that are deleted a day after a room was opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, delete, func, not_, select, update
from sqlalchemy.orm import Session

from components.core.errors import RunError
from components.database.database import Database
from components.database.upkeep import upkeep
from components.rooms.codes import (
    free_nickname,
    hash_of,
    new_code,
    new_secret,
    no_room,
    tidy_nickname,
)
from components.rooms.content import Room, RoomContent, RoomMember
from components.rooms.tables import RoomBetRow, RoomMemberRow, RoomRow

MOST_ROOMS = 200
"""Rooms that are open at a time."""
MOST_ROOMS_SENDER = 50
"""Rooms that are open at a time of all who share a network address: a school's, for instance."""
MOST_ROOMS_EACH = 3
"""Rooms that one browser opens at a time."""
MOST_LEARNERS = 150
"""Learners in a room."""
DAY_SECONDS = 86_400.0
"""How long a room stays open."""
EMPTY_SECONDS = 1800.0
"""How long an empty room keeps its place where all places are taken."""
FRESH_SECONDS = 1.0
"""How long a server believes that a room has not changed."""


@dataclass(frozen=True)
class Membership:
    """A room that a browser is in."""

    code: str
    teaches: bool


@dataclass
class _KnownRoom:
    room: Room
    checked: float


class RoomStore:
    """Stores rooms and who is in them.

    A room is read from memory, and its version from the database once a second at most, however
    many learners ask. What another server changes is seen after that second.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._known: dict[str, _KnownRoom] = {}

    def open(self, owner: str, sender: str = "") -> tuple[str, str]:
        """Open a room that this owner teaches. Returns its code and the teacher's secret.

        Where all places are taken, the oldest room without a learner gives way, if it is 30 minutes
        old: of the whole server, or of the sender's rooms. Raises `RunError` if there is none. An
        empty sender has all places of the server.
        """
        secret = new_secret()
        with self._database.write(alone=True) as session:
            _remove_old(session)
            gone = _make_space(session, owner, sender)
            code = new_code(set(session.scalars(select(RoomRow.code))))
            now, content = time.time(), RoomContent().model_dump_json()
            room = RoomRow(code=code, created=now, secret_hash=hash_of(secret), content=content)
            room.sender = sender
            session.add(room)
            session.flush()
            session.add(_row(code, owner, 0, "", now))
        for empty in gone:
            self._forget(empty)
        return code, secret

    def find(self, code: str) -> Room | None:
        """The room with a code; `None` if there is none, or it is a day old."""
        now, known = self._clock(), self._known.get(code)
        if known is not None and now - known.checked < FRESH_SECONDS:
            return known.room
        with self._database.read() as session:
            version = session.scalar(select(RoomRow.version).where(RoomRow.code == code, _young()))
            if version is None:
                self._forget(code)
                return None
            room = known.room if known else None
            if room is None or room.version != version:
                room = _room(session, code)
        if room is None:
            self._forget(code)
            return None
        with self._lock:
            self._known[code] = _KnownRoom(room, now)
        return room

    def memberships(self, owner: str) -> tuple[Membership, ...]:
        """The rooms that a browser is in, the latest first."""
        query = select(RoomMemberRow.room, RoomMemberRow.number).join(
            RoomRow, RoomRow.code == RoomMemberRow.room
        )
        query = query.where(RoomMemberRow.owner == owner, _young())
        with self._database.read() as session:
            rows = session.execute(query.order_by(RoomMemberRow.joined.desc()))
            return tuple(Membership(room, number == 0) for room, number in rows)

    def join(self, code: str, owner: str, nickname: str) -> None:
        """Let a learner into a room, under a free nickname. Raises `RunError`.

        Who is in the room already stays as they are.
        """
        tidy = tidy_nickname(nickname)
        with self._database.write(alone=True) as session:
            members = session.scalars(select(RoomMemberRow).where(RoomMemberRow.room == code)).all()
            if any(member.owner == owner for member in members):
                return
            if sum(member.number > 0 for member in members) >= MOST_LEARNERS:
                raise RunError(
                    f"A room may have at most {MOST_LEARNERS} learners.",
                    "one more",
                    "Ask your teacher to open a second room.",
                )
            free = free_nickname(tidy, (member.nickname for member in members))
            number = max((member.number for member in members), default=0) + 1
            if not _touch(session, code):
                raise no_room(code)
            session.add(_row(code, owner, number, free, time.time()))
        self._forget(code)

    def teach(self, secret: str, owner: str) -> str | None:
        """Make a browser a teacher of the room with this secret. Returns the room's code."""
        query = select(RoomRow.code).where(RoomRow.secret_hash == hash_of(secret), _young())
        with self._database.write() as session:
            code = session.scalar(query)
            if code is None:
                return None
            session.merge(_row(code, owner, 0, "", time.time()))
            _touch(session, code)
        self._forget(code)
        return code

    def renew_secret(self, code: str) -> str:
        """A new secret for the teacher's link; the one before it ends."""
        secret = new_secret()
        query = update(RoomRow).where(RoomRow.code == code)
        self._database.execute(query.values(secret_hash=hash_of(secret)))
        return secret

    def change(self, code: str, change: Callable[[RoomContent], RoomContent]) -> None:
        """Change what the teacher has set up. Raises `RunError` if the room is gone."""
        with self._database.write(alone=True) as session:
            content = change(_content(session, code)).model_dump_json()
            session.execute(update(RoomRow).where(RoomRow.code == code).values(content=content))
            _touch(session, code)
        self._forget(code)

    def choose(self, code: str, owner: str, bet: int, choice: str) -> None:
        """Store the choice of a learner in the latest bet. Raises `RunError` if it is closed."""
        with self._database.write(alone=True) as session:
            latest = _content(session, code).bet
            if latest is None or latest.number != bet or not latest.open:
                raise RunError(
                    "A bet must be open to be placed.", "a closed bet", "Wait for the next one."
                )
            if choice not in latest.choices:
                raise RunError("A bet needs one of its choices.", choice, "Choose one of them.")
            session.merge(RoomBetRow(room=code, bet=bet, owner=owner, choice=choice))
            _touch(session, code)
        self._forget(code)

    def bring(self, code: str, owner: str, entry: str) -> None:
        """Store what a learner brings for the class race; empty for nothing."""
        query = update(RoomMemberRow).where(
            RoomMemberRow.room == code, RoomMemberRow.owner == owner
        )
        with self._database.write() as session:
            _touch(session, code)
            session.execute(query.values(entry=entry))
        self._forget(code)

    def close_note(self, code: str, owner: str, number: int) -> None:
        """Store that a learner is done with the note of this number."""
        query = update(RoomMemberRow).where(
            RoomMemberRow.room == code, RoomMemberRow.owner == owner, RoomMemberRow.done < number
        )
        with self._database.write() as session:
            _touch(session, code)
            session.execute(query.values(done=number))
        self._forget(code)

    def remove(self, code: str, owner: str) -> None:
        """Remove a person from a room, with their bets."""
        with self._database.write() as session:
            for table in (RoomBetRow, RoomMemberRow):
                session.execute(delete(table).where(table.room == code, table.owner == owner))
            _touch(session, code)
        self._forget(code)

    def close(self, code: str) -> None:
        """Delete a room with all that is in it."""
        with self._database.write() as session:
            _delete(session, [code])
        self._forget(code)

    def _forget(self, code: str) -> None:
        with self._lock:
            self._known.pop(code, None)


@lru_cache(maxsize=8)
def room_store(database: Database) -> RoomStore:
    """The rooms of a database as this process remembers them."""
    return RoomStore(database)


@upkeep
def _remove_ended(database: Database, _: float) -> None:
    with database.write() as session:
        _remove_old(session)


def _remove_old(session: Session) -> None:
    """Delete the rooms that are a day old."""
    _delete(session, list(session.scalars(select(RoomRow.code).where(not_(_young())))))


def _young() -> ColumnElement[bool]:
    return RoomRow.created > time.time() - DAY_SECONDS


def _row(code: str, owner: str, number: int, nickname: str, joined: float) -> RoomMemberRow:
    return RoomMemberRow(room=code, owner=owner, number=number, nickname=nickname, joined=joined)


def _touch(session: Session, code: str) -> bool:
    """Let everybody read the room again. Returns whether it is open."""
    query = update(RoomRow).where(RoomRow.code == code, _young())
    done = session.execute(query.values(version=RoomRow.version + 1))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _content(session: Session, code: str) -> RoomContent:
    text = session.scalar(select(RoomRow.content).where(RoomRow.code == code, _young()))
    if text is None:
        raise no_room(code)
    return RoomContent.model_validate_json(text)


def _delete(session: Session, codes: list[str]) -> None:
    for table in (RoomBetRow, RoomMemberRow):
        session.execute(delete(table).where(table.room.in_(codes)))
    session.execute(delete(RoomRow).where(RoomRow.code.in_(codes)))


def _make_space(session: Session, owner: str, sender: str) -> list[str]:
    """Make space for a room, and return the codes of those that gave way.

    Raises `RunError` where there is none, or not for this owner.
    """
    own = select(func.count()).where(RoomMemberRow.owner == owner, RoomMemberRow.number == 0)
    own_count = session.scalar(own) or 0
    if own_count >= MOST_ROOMS_EACH:
        raise RunError(
            f"A teacher may have at most {MOST_ROOMS_EACH} open rooms.",
            f"{own_count} rooms",
            "Close one of them.",
        )
    gone = _give_way(session, MOST_ROOMS_SENDER, RoomRow.sender == sender) if sender else []
    if gone is None:
        raise RunError(
            f"At most {MOST_ROOMS_SENDER} rooms may be open from one network address.",
            "one more",
            "Close rooms that are not needed: they are deleted a day after they were opened.",
        )
    more = _give_way(session, MOST_ROOMS)
    if more is None:
        raise RunError(
            f"A server may have at most {MOST_ROOMS} open rooms.",
            "one more",
            "Try again later: a room is deleted a day after it was opened.",
        )
    return gone + more


def _give_way(session: Session, most: int, *which: ColumnElement[bool]) -> list[str] | None:
    """Delete an old empty room if there are `most` of these rooms; `None` if there is none."""
    count = session.scalar(select(func.count()).select_from(RoomRow).where(*which)) or 0
    if count < most:
        return []
    joined = select(RoomMemberRow.room).where(RoomMemberRow.number > 0)
    empty = (RoomRow.created < time.time() - EMPTY_SECONDS) & RoomRow.code.not_in(joined)
    query = select(RoomRow.code).where(*which, empty).order_by(RoomRow.created).limit(1)
    codes = list(session.scalars(query))
    _delete(session, codes)
    return codes or None


def _room(session: Session, code: str) -> Room | None:
    row = session.scalar(select(RoomRow).where(RoomRow.code == code))
    if row is None:
        return None
    choices: dict[str, dict[int, str]] = {}
    for bet in session.scalars(select(RoomBetRow).where(RoomBetRow.room == code)):
        choices.setdefault(bet.owner, {})[bet.bet] = bet.choice
    members = {
        member.owner: RoomMember(
            member.owner,
            member.number,
            member.nickname,
            member.joined,
            member.entry,
            choices.get(member.owner, {}),
            member.done,
        )
        for member in session.scalars(select(RoomMemberRow).where(RoomMemberRow.room == code))
    }
    content = RoomContent.model_validate_json(row.content)
    return Room(row.code, row.created, row.version, content, members)
