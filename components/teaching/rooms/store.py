"""Store of class rooms, whose rows are deleted a day after a room was opened."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, delete, func, not_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from components.base import clock
from components.base.database.base import Base
from components.base.database.database import Database, upkeep
from components.base.errors import RunError
from components.base.text import DAY_SECONDS
from components.base.versions import ROOM
from components.teaching.rooms.codes import free_nickname, hash_of, new_code, new_secret, no_room
from components.teaching.rooms.content import Room, RoomContent, RoomMember

MOST_ROOMS = 200
"""Number of rooms that may be open at a time."""
MOST_ROOMS_SENDER = 50
"""Number of open rooms of all who share a network address, such as a school."""
MOST_ROOMS_EACH = 3
"""Number of open rooms of one browser."""
MOST_LEARNERS = 150
"""Number of learners in a room."""
EMPTY_SECONDS = 1800.0
"""Seconds after which an empty room may be removed to make room for another."""
FRESH_SECONDS = 1.0
"""Seconds for which a server takes a room as unchanged."""


class RoomRow(Base):
    """Class room: its code, and the teacher's settings."""

    __tablename__ = "rooms"

    code: Mapped[str] = mapped_column(primary_key=True)
    """Code with which it was opened, which names it while it is open."""
    join_code: Mapped[str] = mapped_column(unique=True)
    """Code with which people join now."""
    created: Mapped[float] = mapped_column(index=True)
    secret_hash: Mapped[str] = mapped_column(index=True)
    """SHA-256 of the secret in the teacher's link."""
    version: Mapped[int] = mapped_column(default=1)
    """Version, which grows with every change of the room, its people and their votes."""
    content: Mapped[str]
    has_races: Mapped[bool] = mapped_column(default=False)
    sender: Mapped[str] = mapped_column(default="", index=True)
    """Network address of who opened it; empty for the server's own machine."""


class RoomMemberRow(Base):
    """Person in a room: a learner with a nickname, or a teacher without one."""

    __tablename__ = "room_members"

    room: Mapped[str] = mapped_column(
        ForeignKey(RoomRow.code, ondelete="CASCADE"), primary_key=True
    )
    owner: Mapped[str] = mapped_column(primary_key=True, index=True)
    number: Mapped[int]
    """Number of the learner in the room, from 1; 0 for a teacher."""
    nickname: Mapped[str] = mapped_column(default="")
    joined: Mapped[float]
    entry: Mapped[str] = mapped_column(default="")
    """Strategy that the learner submitted for the class race, as text."""
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Choices of the learner, by the number of the vote."""
    done: Mapped[int] = mapped_column(default=0)
    """Number of the last note that the learner has opened or closed."""
    handed_in: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Token of the latest work on each lesson that the learner has handed in."""


class Membership(NamedTuple):
    """Room that a browser is in."""

    code: str
    teaches: bool
    join_code: str


class RoomStore:
    """Store of rooms and their members.

    A room is read from memory, and its version from the database once a second at most, however
    many learners ask. Changes by another server are seen after that second. Methods that change a
    room raise `RunError` if it is not open, or the learner is not in it.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._known: dict[str, tuple[Room, float]] = {}
        """Rooms by code, each with the time of the last look at its version."""
        self._changes = 0
        """Number of changes that this process has made."""
        self._lock = threading.Lock()

    def open(self, owner: str, sender: str = "") -> tuple[str, str]:
        """Open a room that this owner teaches. Return its code and the teacher's secret.

        If all places are taken, the oldest room without a learner is removed, if it is 30 minutes
        old: of the whole server, or of the sender's rooms. Raises `RunError` if there is none. An
        empty sender is limited only by the server's places.
        """
        secret, now = new_secret(), clock.now()
        with self._database.write(alone=True) as session:
            _remove_old(session)
            _make_space(session, owner, sender)
            code = _free_code(session)
            session.add(
                RoomRow(
                    code=code,
                    join_code=code,
                    created=now,
                    secret_hash=hash_of(secret),
                    content=_written(RoomContent()),
                    sender=sender,
                )
            )
            session.flush()
            session.add(RoomMemberRow(room=code, owner=owner, number=0, joined=now))
        self._known.clear()  # Another room may have been removed.
        return code, secret

    def find(self, code: str) -> Room | None:
        """Return the room with a code; `None` if there is none, or it is a day old."""
        now, known = self._clock(), self._known.get(code)
        if known is not None and now - known[1] < FRESH_SECONDS:
            return known[0]
        changes = self._changes
        with self._database.read() as session:
            row = session.scalar(select(RoomRow).where(RoomRow.code == code, _is_open()))
            if row is None:
                self._known.pop(code, None)
                return None
            room = known[0] if known else None
            if room is None or room.version != row.version:
                room = _room(session, row)
        with self._lock:
            if changes == self._changes:  # Otherwise it may have been read before a change.
                self._known[code] = room, now
        return room

    def raced(self) -> tuple[tuple[str, RoomContent], ...]:
        """Return the codes of the open rooms with races, each with its content."""
        query = select(RoomRow.code, RoomRow.content).where(_is_open(), RoomRow.has_races)
        return tuple((code, _parsed(text)) for code, text in self._database.rows(query))

    def code_of(self, join_code: str) -> str | None:
        """Return the room that people join with `join_code`; `None` if there is none."""
        return self._database.first(
            select(RoomRow.code).where(RoomRow.join_code == join_code, _is_open())
        )

    def memberships(self, owner: str) -> tuple[Membership, ...]:
        """Return the rooms that a browser is in, the latest first."""
        query = select(RoomRow.code, RoomMemberRow.number == 0, RoomRow.join_code)
        query = query.join(RoomMemberRow, RoomMemberRow.room == RoomRow.code)
        query = query.where(RoomMemberRow.owner == owner, _is_open())
        with self._database.read() as session:
            rows = session.execute(query.order_by(RoomMemberRow.joined.desc()))
            return tuple(Membership(*row) for row in rows)

    def join(self, code: str, owner: str, nickname: str) -> bool:
        """Let a learner into a room, under a free nickname, if it admits new ones.

        Those already in the room stay unchanged. Return `True` if the learner is new.
        """
        with self._changing(code) as session:
            members = session.scalars(select(RoomMemberRow).where(RoomMemberRow.room == code)).all()
            if any(member.owner == owner for member in members):
                return False
            if not _content(session.get_one(RoomRow, code)).admits:
                raise RunError(
                    "This room takes no new learners now.",
                    "",
                    "Ask your teacher to let you in, and press Join again.",
                )
            free = free_nickname(nickname, (member.nickname for member in members))
            if sum(member.number > 0 for member in members) >= MOST_LEARNERS:
                raise RunError(
                    f"The room is full: it may have {MOST_LEARNERS} learners.",
                    "",
                    "Ask your teacher to remove some, or to open a second room.",
                )
            number = max((member.number for member in members), default=0) + 1
            session.add(
                RoomMemberRow(
                    room=code, owner=owner, number=number, nickname=free, joined=clock.now()
                )
            )
        return True

    def teach(self, secret: str, owner: str) -> str | None:
        """Make a browser a teacher of the room with this secret. Return the room's code."""
        query = select(RoomRow.code).where(RoomRow.secret_hash == hash_of(secret), _is_open())
        with self._database.read() as session:
            code = session.scalar(query)
        if code is not None:
            with self._changing(code) as session:
                # A learner who becomes a teacher frees their nickname.
                teacher = RoomMemberRow(room=code, owner=owner, number=0, nickname="")
                teacher.joined = clock.now()
                session.merge(teacher)
        return code

    def renew_secret(self, code: str) -> str:
        """Replace the secret of the teacher's link, and return the new one."""
        secret = new_secret()
        with self._changing(code) as session:
            query = update(RoomRow).where(RoomRow.code == code)
            session.execute(query.values(secret_hash=hash_of(secret)))
        return secret

    def renew_code(self, code: str) -> None:
        """Replace the code with which people join a room."""
        with self._changing(code) as session:
            query = update(RoomRow).where(RoomRow.code == code)
            session.execute(query.values(join_code=_free_code(session)))

    def change(self, code: str, change: Callable[[RoomContent], RoomContent]) -> None:
        """Change the teacher's settings."""
        with self._changing(code) as session:
            row = session.get_one(RoomRow, code)
            content = change(_content(row))
            row.content, row.has_races = _written(content), bool(content.races)

    @contextmanager
    def changing_learner(
        self, code: str, owner: str
    ) -> Iterator[tuple[RoomMemberRow, RoomContent]]:
        """Open the row of a learner for a change, with the present settings of the room."""
        with self._changing(code) as session:
            member = session.get(RoomMemberRow, (code, owner))
            if member is None or not member.number:
                raise no_room(code)
            yield member, _content(session.get_one(RoomRow, code))

    def remove(self, code: str, owners: Collection[str]) -> None:
        """Remove people from a room, with their votes."""
        with self._changing(code) as session:
            here = RoomMemberRow.room == code
            session.execute(delete(RoomMemberRow).where(here, RoomMemberRow.owner.in_(owners)))

    def close(self, code: str) -> None:
        """Delete a room with its content and members."""
        self._database.execute(delete(RoomRow).where(RoomRow.code == code))
        self._forget(code)

    @contextmanager
    def _changing(self, code: str) -> Iterator[Session]:
        """Open a session that changes an open room, and have everybody read it again."""
        query = update(RoomRow).where(RoomRow.code == code, _is_open())
        with self._database.write(alone=True) as session:
            session.execute(query.values(version=RoomRow.version + 1))
            if session.scalar(select(RoomRow.code).where(RoomRow.code == code, _is_open())) is None:
                raise no_room(code)
            yield session
        self._forget(code)

    def _forget(self, code: str) -> None:
        """Forget a changed room, so that it is read again."""
        with self._lock:
            self._changes += 1
            self._known.pop(code, None)


@lru_cache(maxsize=8)
def room_store(database: Database) -> RoomStore:
    """Return the rooms of a database in the memory of this process."""
    return RoomStore(database)


@upkeep
def _remove_ended(database: Database, _: float) -> None:
    with database.write() as session:
        _remove_old(session)


def _remove_old(session: Session) -> None:
    """Delete the rooms that were opened a day ago or earlier."""
    session.execute(delete(RoomRow).where(not_(_is_open())))


def _is_open() -> ColumnElement[bool]:
    return RoomRow.created > clock.now() - DAY_SECONDS


def _free_code(session: Session) -> str:
    """Return a code that no open room has or was opened with."""
    rows = session.execute(select(RoomRow.code, RoomRow.join_code))
    return new_code({code for row in rows for code in row})


def _content(row: RoomRow) -> RoomContent:
    return _parsed(row.content)


def _written(content: RoomContent) -> str:
    return json.dumps(ROOM.numbered(content.model_dump(mode="json")))


@lru_cache(maxsize=MOST_ROOMS)
def _parsed(content: str) -> RoomContent:
    return RoomContent.model_validate(ROOM.read(json.loads(content)))


def _make_space(session: Session, owner: str, sender: str) -> None:
    """Make space for a room. Raises `RunError` if there is none, or none for this owner."""
    own = select(func.count()).where(RoomMemberRow.owner == owner, RoomMemberRow.number == 0)
    own_count = session.scalar(own) or 0
    if own_count >= MOST_ROOMS_EACH:
        raise RunError(
            f"A teacher may have at most {MOST_ROOMS_EACH} open rooms.",
            str(own_count),
            "Close one of them.",
        )
    if sender and not _remove_empty(session, MOST_ROOMS_SENDER, RoomRow.sender == sender):
        raise RunError(
            f"At most {MOST_ROOMS_SENDER} rooms may be open from one network address.",
            "",
            "Close rooms that are not needed: they are deleted a day after they were opened.",
        )
    if not _remove_empty(session, MOST_ROOMS):
        raise RunError(
            f"A server may have at most {MOST_ROOMS} open rooms.",
            "",
            "Try again later: a room is deleted a day after it was opened.",
        )


def _remove_empty(session: Session, most: int, *which: ColumnElement[bool]) -> bool:
    """Delete an old empty room if there are `most` of these rooms.

    Return `True` if there is space.
    """
    count = session.scalar(select(func.count()).select_from(RoomRow).where(*which)) or 0
    if count < most:
        return True
    joined = select(RoomMemberRow.room).where(RoomMemberRow.number > 0)
    empty = (RoomRow.created < clock.now() - EMPTY_SECONDS) & RoomRow.code.not_in(joined)
    oldest = select(RoomRow.code).where(*which, empty).order_by(RoomRow.created).limit(1)
    code = session.scalar(oldest)
    session.execute(delete(RoomRow).where(RoomRow.code == code))
    return code is not None


def _room(session: Session, row: RoomRow) -> Room:
    members = {
        member.owner: RoomMember(
            member.owner,
            member.number,
            member.nickname,
            member.joined,
            member.entry,
            {int(vote): choice for vote, choice in member.choices.items()},
            member.done,
            member.handed_in,
        )
        for member in session.scalars(select(RoomMemberRow).where(RoomMemberRow.room == row.code))
    }
    return Room(row.code, row.join_code, row.created, row.version, _content(row), members)
