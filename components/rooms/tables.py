"""The tables of class rooms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from components.database.base import Base


class RoomRow(Base):
    """A class room: its code, and what the teacher has set up in it."""

    __tablename__ = "rooms"

    code: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[float] = mapped_column(index=True)
    secret_hash: Mapped[str] = mapped_column(index=True)
    """SHA-256 of the secret in the teacher's link."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change of the room, its people and their bets."""
    content: Mapped[str]
    sender: Mapped[str] = mapped_column(default="", index=True)
    """The network address of who opened it; empty for the server's own machine."""


class RoomMemberRow(Base):
    """A person in a room: a learner with a nickname, or a teacher without one."""

    __tablename__ = "room_members"

    room: Mapped[str] = mapped_column(
        ForeignKey(RoomRow.code, ondelete="CASCADE"), primary_key=True
    )
    owner: Mapped[str] = mapped_column(primary_key=True, index=True)
    number: Mapped[int]
    """The learner's number in the room, from 1; 0 for a teacher."""
    nickname: Mapped[str] = mapped_column(default="")
    joined: Mapped[float]
    entry: Mapped[str] = mapped_column(default="")
    """The strategy that the learner has brought for the class race, as text."""
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the learner chose, by the number of the bet."""
    done: Mapped[int] = mapped_column(default=0)
    """The number of the last note that the learner has opened or closed."""
