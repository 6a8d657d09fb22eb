"""The database that stores runs: sessions for reading and for writing."""

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
from components.training.tables import upgrade_tables

BUSY_SECONDS = 30
"""How long a writer waits for another writer."""


class Database:
    """Opens sessions for reading and for writing. Safe to share between threads and processes.

    `url` is a SQLAlchemy URL. The default is FUSION_DATABASE_URL, or else the file
    `.data/runs.sqlite` in the project's root.
    """

    def __init__(self, url: str | None = None) -> None:
        self._engine = _engine(url or os.environ.get("FUSION_DATABASE_URL") or _default_url())
        with self.write() as session:
            upgrade_tables(session)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def folder(self) -> Path:
        """The folder for files that belong to this database's runs."""
        return _folder(self._engine.url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session with one transaction, which is committed at the end of the block."""
        engine = self._engine.execution_options(writes=True)
        with Session(engine) as session, session.begin():
            yield session

    def execute(self, statement: Any) -> int:
        """Run one statement that writes, and return how many rows it changed."""
        with self.write() as session:
            result = session.execute(statement)
            return result.rowcount if isinstance(result, CursorResult) else 0


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late to reserve the file for a writer: `_on_begin` sends it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _folder(url: URL) -> Path:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(url.database).resolve().parent
    return DATA


def _default_url() -> str:
    DATA.mkdir(exist_ok=True)
    return f"sqlite:///{DATA / 'runs.sqlite'}"
