"""Sessions of the database for reading and writing, with recovery from a failure of its file."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from sqlalchemy import (
    CursorResult,
    Delete,
    Engine,
    Row,
    Select,
    create_engine,
    delete,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from components.base import clock
from components.base.database.base import Base, Deletable, FormatRow
from components.base.database.errors import is_bug, sqlite_code, store_error
from components.base.errors import StoreError
from components.base.files import make_private, private_folder
from components.base.paths import data_folder
from components.base.text import DAY_SECONDS
from components.base.versions import DATABASE

BUSY_SECONDS = 5.0
"""Maximum time that a writer waits for another writer."""
NOTICE_SECONDS = 3600.0
"""Time for which pages show a notice on the file."""
CONNECT_SECONDS = 10
"""Time limit for the answer of a database server."""
QUERY_VALUES = 500
"""Maximum number of values in one query."""
_ADVISORY_LOCK = 0x46757369
"""Key of the PostgreSQL lock that a writer with `alone` holds."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}
DELETED_TOO = {"deleted_too": True}
"""Execution options of a statement that also finds deleted rows."""
UNDO_SECONDS = DAY_SECONDS
"""Time for which a deletion can be undone."""
_T = TypeVar("_T")
_FileKey = tuple[int, int] | None

_log = logging.getLogger(__name__)


class _RowSession(Session):
    """Session whose statements find no deleted rows, unless they have `DELETED_TOO`."""


@event.listens_for(_RowSession, "do_orm_execute")
def _hide_deleted(state: ORMExecuteState) -> None:
    if not state.execution_options.get("deleted_too"):
        state.statement = state.statement.options(_NOT_DELETED)


_NOT_DELETED = with_loader_criteria(
    Deletable, lambda table: table.deleted.is_(None), include_aliases=True
)


class Database:
    """Opens sessions for reading and for writing. Safe to share between threads and processes.

    `url` is a SQLAlchemy URL. The default is FUSION_DATABASE_URL, or else the file `runs.sqlite` in
    the `data_folder`.

    All methods raise `StoreError` while the database can't be used, and work again once it can.
    Tables of an earlier version are converted. A deleted file is created again; a damaged file, or
    one from before version 0.2, is first renamed. A file of a newer version is not changed, and
    neither is one that is not SQLite: the URL may be wrong.
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = _parse(url or os.environ.get("FUSION_DATABASE_URL") or _default_url())
        self._engine = _engine(self._url)
        self._path = _path(self._url)
        self._preparing = threading.Lock()
        self._prepared: tuple[_FileKey, int] | None = None
        """Key of the file that has all tables, and the number of tables."""
        self._notice, self._notice_time = "", 0.0
        try:
            self._prepare()
        except StoreError:
            if not self.notice:
                raise
            self._prepare()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def folder(self) -> Path:
        """Folder for files that belong to this database's runs."""
        return data_folder(self._path)

    @property
    def notice(self) -> str:
        """Notice on a change of the file in the last hour, or empty."""
        recent = time.monotonic() - self._notice_time < NOTICE_SECONDS
        return self._notice if recent else ""

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading."""
        with self._explaining():
            self._prepare()
            with _RowSession(self._engine) as session:
                yield session

    @contextmanager
    def write(self, alone: bool = False) -> Iterator[Session]:
        """Open a session with one transaction, which is committed at the end of the block.

        If `alone` is true, no other such block runs at the same time, in any process.
        """
        with self._explaining():
            self._prepare()
            with self._transaction(alone) as session:
                yield session

    def first(self, query: Select[_T]) -> _T | None:
        """Return the first column of the first row that a query finds; `None` if there is none."""
        with self.read() as session:
            return session.scalar(query.limit(1))

    def column(self, query: Select[_T]) -> Sequence[_T]:
        """Return the first column of the rows that a query finds."""
        with self.read() as session:
            return session.scalars(query).all()

    def rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the rows that a query finds."""
        with self.read() as session:
            return session.execute(query).all()

    def rows_of(
        self, query: Select[*tuple[Any, ...]], column: Any, values: Iterable[Any]
    ) -> list[Row[*tuple[Any, ...]]]:
        """Return the rows that a query finds for any number of values of a column."""
        with self.read() as session:
            parts = (session.execute(query.where(column.in_(chunk))) for chunk in chunks(values))
            return [row for rows in parts for row in rows]

    def execute(self, statement: Any) -> int:
        """Run one statement that writes, and return the number of rows changed."""
        with self.write() as session:
            result = session.execute(statement)
            return result.rowcount if isinstance(result, CursorResult) else 0

    def size(self) -> int:
        """Return the size of the database in bytes; 0 if this kind of database can't report it."""
        query = _SIZES.get(self._engine.dialect.name)
        with self.read() as session:
            return int(session.scalar(text(query)) or 0) if query else 0

    def vacuum(self) -> None:
        """Return the space of deleted rows to the disk."""
        with self._explaining():
            self._prepare()
            engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM")
                if self._path:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _transaction(self, alone: bool) -> Iterator[Session]:
        engine = self._engine.execution_options(writes=True)
        with _RowSession(engine) as session, session.begin():
            if alone and self._engine.dialect.name == "postgresql":
                session.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            yield session

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Turn errors of the database into `StoreError`."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            if is_bug(error):
                raise
            if self._path and _has_damaged(error, self._path):
                rule = "The database file is damaged."
                more = " To have the runs back, put a backup in its place."
                raise self._set_aside(self._path, rule, "which is damaged", more) from error
            raise store_error(error, self._url) from error

    def _prepare(self) -> None:
        """Create the tables at the first use, and whenever the file was replaced."""
        if self._is_prepared():
            return
        with self._preparing, self._explaining():
            if self._is_prepared():  # Another thread may have done it meanwhile.
                return
            key, before = _file_key(self._path), self._prepared
            if before is not None:  # A new file may get the inode of the deleted one.
                self._prepared = before[0], 0
            self._engine.dispose()
            if self._path:
                _require_sqlite(self._path)
                _keep_private(self._path)
            with self._transaction(True) as session:
                is_ours = _make_tables(session)
            if not is_ours:
                raise self._unfit()
            if before is not None and before[0] != key:
                happened = "deleted" if key is None else "replaced"
                self._set_notice(f"The database file was {happened}. A new one is in use.")
            self._prepared = _file_key(self._path), len(Base.metadata.tables)

    def _is_prepared(self) -> bool:
        return self._prepared == (_file_key(self._path), len(Base.metadata.tables))

    def _unfit(self) -> StoreError:
        rule = "The database is from before Fusion Playground 0.2, or its tables were changed."
        received = "whose tables are not those of this version"
        if self._path is not None:
            return self._set_aside(self._path, rule, received)
        address = self._url.render_as_string(hide_password=True)
        return StoreError(rule, f"{address}, {received}", DATABASE.again)

    def _set_aside(self, path: Path, rule: str, received: str, more: str = "") -> StoreError:
        """Rename a file, so that a new one replaces it. Return the error that reports this."""
        self._engine.dispose()
        kept_as = f"{path.name}.set-aside-{clock.utc_now():%Y-%m-%dT%H-%M-%S}"
        try:
            for ending in ("-wal", "-shm", ""):
                file = path.with_name(path.name + ending)
                if file.exists():
                    file.rename(path.with_name(kept_as + ending))
        except OSError as error:
            return store_error(error, self._url)
        self._prepared = None
        explained = StoreError(
            rule,
            f"{path}, {received}",
            f"It was set aside as `{kept_as}`, and a new file is in use.{more}",
        )
        self._set_notice(explained.public)
        return explained

    def _set_notice(self, notice: str) -> None:
        _log.warning("%s", notice)
        self._notice, self._notice_time = notice, time.monotonic()


def _make_tables(session: Session) -> bool:
    """Convert the tables of an earlier version, and create the missing ones.

    Returns `False` if they are from before 0.2 or do not match their version. Raises `StoreError`
    for a newer version.
    """
    connection = session.connection()
    present = Base.metadata.tables.keys() & inspect(connection).get_table_names()
    number = (
        session.scalar(select(FormatRow.number)) if FormatRow.__tablename__ in present else None
    )
    if present:
        if number is None:
            return False
        DATABASE.converted(connection, number)
        inspector = inspect(connection)
        for name in present & {*inspector.get_table_names()}:
            columns = {column["name"] for column in inspector.get_columns(name)}
            if columns != {column.name for column in Base.metadata.tables[name].columns}:
                return False
    Base.metadata.create_all(connection)
    if number != DATABASE.number:
        session.execute(delete(FormatRow))
        session.add(FormatRow(number=DATABASE.number))
    return True


def _parse(url: str) -> URL:
    try:
        if "\0" in unquote(url):
            raise ValueError
        return make_url(url)
    except (ArgumentError, ValueError):  # An unreadable URL may contain a password.
        raise StoreError(
            "FUSION_DATABASE_URL is not the URL of a database.",
            "a text that can't be read as one",
            "Set it to a URL such as `sqlite:////data/runs.sqlite` or "
            "`postgresql+psycopg://user:password@host/name`, or remove it from the environment.",
        ) from None


def _engine(url: URL) -> Engine:
    kind = url.get_backend_name()
    timeouts = {
        "sqlite": {"timeout": BUSY_SECONDS},
        "postgresql": {"connect_timeout": CONNECT_SECONDS},
    }
    try:
        engine = create_engine(
            url,
            pool_pre_ping=kind != "sqlite",
            hide_parameters=True,
            connect_args=timeouts.get(kind, {}),
        )
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(
            "The driver of the database is not installed.",
            f"{url.drivername}: {error}",
            "For PostgreSQL, run `pip install 'psycopg[binary]'` and start the URL with "
            "`postgresql+psycopg://`.",
        ) from None
    if kind == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late to reserve the file for a writer: `_on_begin` sends it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def _path(url: URL) -> Path | None:
    """Return the path of a database that is a file, or `None`."""
    name = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or name.startswith((":memory:", "file:")):
        return None
    return Path(name).resolve()


def _file_key(path: Path | None) -> _FileKey:
    """Return a key that differs between two files of the same name; `None` without a file."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def _has_damaged(error: Exception, path: Path) -> bool:
    """Return `True` if the error reports damage, and the present file is damaged."""
    if sqlite_code(error) not in _DAMAGED:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.Error as found:
        return sqlite_code(found) in _DAMAGED


def _require_sqlite(path: Path) -> None:
    """Raise `StoreError` for a file that is not SQLite, without changing it.

    Only SQLite may open the file: closing it in any other way releases the locks of this process.
    """
    if not path.is_file():
        return
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection,
    ):
        try:
            connection.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as error:
            if sqlite_code(error) == sqlite3.SQLITE_NOTADB:
                raise StoreError(
                    "The database is not an SQLite file.",
                    f"{path}, which is a file of another kind",
                    "Check FUSION_DATABASE_URL, or move that file away.",
                ) from None


def _default_url() -> str:
    folder = data_folder()
    with suppress(OSError):  # If it fails, opening the file fails and is explained.
        private_folder(folder)
    return f"sqlite:///{folder / 'runs.sqlite'}"


def _keep_private(path: Path) -> None:
    """Let only the server's user read the file, and those that SQLite writes beside it."""
    with suppress(OSError):  # As above.
        path.touch(0o600, exist_ok=False)
    for ending in ("", "-wal", "-shm"):
        make_private(Path(f"{path}{ending}"))


def chunks(values: Iterable[_T]) -> Iterator[Sequence[_T]]:
    """Yield the distinct values in chunks that fit into one query."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), QUERY_VALUES):
        yield distinct[start : start + QUERY_VALUES]


Upkeep = Callable[[Database, float], None]
"""Function that removes outdated data, and for good all rows deleted before a time.

The time is in seconds since the epoch.
"""

_UPKEEP: list[Upkeep] = []


def upkeep(function: Upkeep) -> Upkeep:
    """Register a function that `remove_old` calls; a decorator."""
    _UPKEEP.append(function)
    return function


def remove_old(database: Database, undo_seconds: float = UNDO_SECONDS) -> None:
    """Remove for good all rows deleted `undo_seconds` ago or earlier, and outdated data."""
    for function in _UPKEEP:
        function(database, clock.now() - undo_seconds)


def for_good(table: type[Deletable]) -> Delete:
    """Return the statement that removes rows of a table, including deleted ones."""
    return delete(table).execution_options(**DELETED_TOO)
