"""Store of drafts and saved models. Every function works only on those of `owner`."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from components.base import clock
from components.base.database.base import Base, Deletable
from components.base.database.database import DELETED_TOO, Database, for_good, upkeep
from components.base.errors import RunError
from components.base.limits import DRAFTS_BYTES
from components.base.text import DAY_SECONDS, byte_size, free_name
from components.experiments.queue.run import LONGEST_NAME, tidy_name

DRAFTS = 50
"""Number of drafts kept per person; the oldest are removed."""
DRAFT_DAYS = 180
"""Days that a draft is kept after its last change."""
SAVED_MODELS = 200
"""Largest number of saved models per person."""
OWN_BYTES = 5_000_000
"""Bytes of one person's drafts, of their saved models, and of what they deleted in the last day."""


class DraftRow(Deletable, Base):
    """Draft of one browser tab or, if it has a `name`, a model that a person saved."""

    __tablename__ = "drafts"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(default="")
    """Session that may write the draft."""
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    """Title in a list of drafts."""
    changed: Mapped[float] = mapped_column(index=True, default=clock.now)
    content: Mapped[bytes]
    sender: Mapped[str] = mapped_column(default="", index=True)
    """Network address of the last writer; empty for the server's own machine."""


@dataclass(frozen=True)
class DraftInfo:
    """Entry in a list of drafts or of saved models, which have a `name`."""

    id: str
    name: str
    title: str
    """Title in a list of drafts."""
    changed: datetime


@dataclass(frozen=True)
class StoredDraft(DraftInfo):
    """Draft or saved model with its content."""

    holder: str
    content: bytes


@dataclass(frozen=True)
class DraftChange:
    """New state of a draft. Only its `holder` may write it; all others write to `id_if_taken`."""

    owner: str
    id: str
    holder: str
    title: str
    content: bytes
    id_if_taken: str
    sender: str = ""
    """Network address of the owner."""


def new_id() -> str:
    return uuid.uuid4().hex[:12]


class DraftStore:
    """Store of drafts and saved models, with limits per person, per network address and in total.

    A `sender` is a network address; an empty one has no limit.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, owner: str, draft_id: str) -> StoredDraft | None:
        """Return a draft or a saved model, or `None` if this owner has none of this id."""
        return self._first(_owned_by(owner).where(DraftRow.id == draft_id))

    def latest(self, owner: str) -> StoredDraft | None:
        """Return the draft that this owner changed last."""
        return self._first(
            _owned_by(owner).where(DraftRow.name == "").order_by(DraftRow.changed.desc())
        )

    def list(self, owner: str, saved: bool) -> tuple[DraftInfo, ...]:
        """Return the owner's saved models or drafts, the latest first."""
        columns = (DraftRow.id, DraftRow.name, DraftRow.title, DraftRow.changed)
        query = select(*columns).where(DraftRow.owner == owner, _saved(saved))
        rows = self._database.rows(query.order_by(DraftRow.changed.desc()))
        return tuple(DraftInfo(i, n, t, _time_of(changed)) for i, n, t, changed in rows)

    def hold(self, owner: str, draft_id: str, holder: str) -> None:
        """Let only this session write a draft."""
        query = update(DraftRow).where(DraftRow.owner == owner, DraftRow.id == draft_id)
        self._database.execute(query.values(holder=holder))

    def write(self, changes: Iterable[DraftChange]) -> tuple[str, ...]:
        """Store the states of drafts in one transaction, and return their ids.

        Old drafts of the owner and of their address are removed to make room. A draft that another
        session holds, or that was deleted, stays unchanged: the new state gets another id.
        """
        with self._database.write() as session:
            listed = tuple(changes)
            ids = tuple(_write(session, change) for change in listed)
            for sender in {change.sender for change in listed}:
                _keep_share(session, sender)
            return ids

    def save(
        self, owner: str, name: str, title: str, content: bytes, sender: str = ""
    ) -> str | None:
        """Save a model under a name. Return the id of the model of that name that it replaces.

        The replaced one is deleted, which can be undone. Raises `RunError` for an empty name, and
        where the owner, their address or all people have too many models or too large ones.
        """
        tidy = tidy_name(name, "saved model")
        with self._database.write() as session:
            same = select(DraftRow.id).where(DraftRow.owner == owner, DraftRow.name == tidy)
            replaced = session.scalar(same)
            if replaced:
                _mark_deleted(session, owner, replaced, clock.now())
            _require_room(session, owner, sender, len(content))
            row = DraftRow(owner=owner, id=new_id(), name=tidy, title=title, content=content)
            row.sender = sender
            session.add(row)
            session.flush()
            _remove_deleted_beyond(session, owner)
            _keep_share(session, sender)
        return replaced

    def duplicate(self, owner: str, model_id: str, sender: str = "") -> None:
        """Save a copy of a saved model under a free name. Raises what `save` raises."""
        model = self.find(owner, model_id)
        if model is not None:
            name = self._free_name(owner, model.name)
            self.save(owner, name, model.title, model.content, sender)

    def rename(self, owner: str, model_id: str, name: str) -> None:
        """Rename a saved model, with a number if another one has the name. Raises `RunError`."""
        query = update(DraftRow).where(DraftRow.owner == owner, DraftRow.id == model_id)
        values = {"name": self._free_name(owner, tidy_name(name, "saved model"), model_id)}
        self._database.execute(query.where(DraftRow.name != "").values(values))

    def delete(self, owner: str, draft_id: str) -> None:
        """Delete a draft or a saved model, which `restore` undoes."""
        with self._database.write() as session:
            _mark_deleted(session, owner, draft_id, clock.now())

    def restore(self, owner: str, draft_id: str) -> None:
        """Undo `delete`. A saved model gets another name if its own was taken since."""
        with self._database.write() as session:
            _mark_deleted(session, owner, draft_id, None)
        restored = self.find(owner, draft_id)
        if restored is not None and restored.name:
            self.rename(owner, draft_id, restored.name)

    def _first(self, query: Select[DraftRow]) -> StoredDraft | None:
        row = self._database.first(query)
        if row is None:
            return None
        when = _time_of(row.changed)
        return StoredDraft(row.id, row.name, row.title, when, row.holder, row.content)

    def _free_name(self, owner: str, name: str, besides: str = "") -> str:
        taken = {model.name for model in self.list(owner, saved=True) if model.id != besides}
        return free_name(name, taken, " ", LONGEST_NAME - 5)


def _owned_by(owner: str) -> Select[DraftRow]:
    return select(DraftRow).where(DraftRow.owner == owner)


def _saved(saved: bool) -> ColumnElement[bool]:
    return DraftRow.name != "" if saved else DraftRow.name == ""


def _time_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _mark_deleted(session: Session, owner: str, draft_id: str, deleted: float | None) -> None:
    query = update(DraftRow).where(DraftRow.owner == owner, DraftRow.id == draft_id)
    session.execute(query.values(deleted=deleted).execution_options(**DELETED_TOO))


def _write(session: Session, change: DraftChange) -> str:
    query = select(DraftRow).where(DraftRow.owner == change.owner, DraftRow.id == change.id)
    row = session.scalar(query, execution_options=DELETED_TOO)
    if row is None:
        row = DraftRow(owner=change.owner, id=change.id, holder=change.holder)
        session.add(row)
    elif row.deleted is not None or row.name or row.holder != change.holder:
        return _write(session, replace(change, id=change.id_if_taken, id_if_taken=new_id()))
    row.title, row.content, row.sender = change.title, change.content, change.sender
    row.changed = clock.now()
    session.flush()
    own = DraftRow.owner == change.owner, DraftRow.deleted.is_(None)
    _remove_oldest(session, and_(*own), DRAFTS, OWN_BYTES, change.id)
    _remove_deleted_beyond(session, change.owner)
    return change.id


def _remove_deleted_beyond(session: Session, owner: str) -> None:
    """Remove for good what a person has deleted beyond the limits of their drafts."""
    deleted = and_(DraftRow.owner == owner, DraftRow.deleted.is_not(None))
    _remove_oldest(session, deleted, DRAFTS, OWN_BYTES)


def _keep_share(session: Session, sender: str) -> None:
    """Remove the oldest drafts of a network address that has more than its share."""
    own = DraftRow.sender == sender
    query = select(func.sum(func.length(DraftRow.content))).where(own)
    if sender and (session.scalar(query, execution_options=DELETED_TOO) or 0) > _share():
        _remove_oldest(session, own, sys.maxsize, _share())


def _share() -> int:
    """Return the limit in bytes of drafts and saved models of one network address."""
    return max(1, DRAFTS_BYTES.value() * 3 // 4)


def _remove_oldest(
    session: Session, which: ColumnElement[bool], most: int, most_bytes: int, kept: str = ""
) -> None:
    """Remove the oldest of these drafts for good until the others are within the limits.

    Deleted ones go first. Saved models count in the bytes, and stay; so does the draft `kept`.
    """
    deleted = DraftRow.deleted.is_not(None)
    goes = or_(deleted, _saved(False))
    columns = (DraftRow.owner, DraftRow.id, goes, func.length(DraftRow.content))
    query = select(*columns).where(which).order_by(goes, deleted, DraftRow.changed.desc())
    count, size = 0, 0
    for owner, draft_id, may_go, length in session.execute(
        query, execution_options=DELETED_TOO
    ).all():
        count, size = count + bool(may_go), size + length
        if may_go and draft_id != kept and (count > most or size > most_bytes):
            one = DraftRow.owner == owner, DraftRow.id == draft_id
            session.execute(for_good(DraftRow).where(*one))
            count, size = count - 1, size - length


def _require_room(session: Session, owner: str, sender: str, length: int) -> None:
    """Raise `RunError` if a person can't save another model of `length` bytes."""
    own = DraftRow.owner == owner
    count = session.scalar(select(func.count()).where(own, _saved(True))) or 0
    if count >= SAVED_MODELS:
        raise RunError(
            f"You can save at most {SAVED_MODELS:,} models here.",
            f"{count:,} models",
            "Delete one that is not needed.",
        )
    bounds = [("Your models", own, OWN_BYTES, "")]
    if sender:
        shared = DraftRow.sender == sender
        bounds += [("Models from your network address", shared, _share(), "")]
    setting = f" ({DRAFTS_BYTES.variable})"
    bounds += [("The models of all people", true(), DRAFTS_BYTES.value(), setting)]
    for whose, which, most_bytes, variable in bounds:
        query = select(func.sum(func.length(DraftRow.content))).where(which, _saved(True))
        size = (session.scalar(query) or 0) + length
        if size > most_bytes:
            raise RunError(
                f"{whose} may take at most {byte_size(most_bytes)} here{variable}.",
                byte_size(size),
                "Delete one that is not needed, or download this one as a file.",
            )


@upkeep
def _remove_old(database: Database, before: float) -> None:
    """Remove drafts that nobody has changed for DRAFT_DAYS, and those beyond the limit."""
    with database.write() as session:
        session.execute(for_good(DraftRow).where(DraftRow.deleted <= before))
        old = DraftRow.changed < clock.now() - DRAFT_DAYS * DAY_SECONDS
        session.execute(for_good(DraftRow).where(DraftRow.name == "", old))
        _remove_oldest(session, true(), sys.maxsize, DRAFTS_BYTES.value())
