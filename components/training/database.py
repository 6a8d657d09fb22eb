"""The database that runs are kept in: reading and writing it, under threads and processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from components.core.paths import DATA
from components.training.tables import bring_up_to_date

BUSY_SECONDS = 30
"""How long a writer waits for another."""


class Database:
    """Sessions that read, and sessions that write. Safe under threads and several processes.

    `url` as SQLAlchemy writes it; without one FUSION_DATABASE_URL, or the file
    `.data/runs.sqlite` under the project's root.
    """

    def __init__(self, url: str | None = None) -> None:
        self._engine = _engine(url or os.environ.get("FUSION_DATABASE_URL") or _default_url())
        with self._write() as session:
            bring_up_to_date(session)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @property
    def folder(self) -> Path:
        """Where files of the database's runs are kept."""
        return _beside(self._engine.url)

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        engine = self._engine.execution_options(writes=True)
        with Session(engine) as session, session.begin():
            yield session


def count(session: Session, query: Any) -> int:
    """How many rows a statement changed."""
    result = session.execute(query)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    return engine


def _connected(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late to reserve the file for a writer: `_begun` sends it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _beside(url: URL) -> Path:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(url.database).resolve().parent
    return DATA


def _default_url() -> str:
    folder = DATA
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'runs.sqlite'}"
