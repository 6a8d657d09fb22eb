"""Errors of the database of runs as sentences, one for each cause."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError as ValueRejected
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from components.base.errors import StoreError

_BUSY = StoreError(
    "Another program is writing to the database.",
    "",
    "Close the program that holds it, or try again in a moment.",
)
_READ_ONLY = StoreError(
    "The database file can't be written.",
    "",
    "Let the user who runs the playground write to the file and to its folder.",
)
_SQLITE: Mapping[int, StoreError] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: StoreError(
        "The disk of the database is full.",
        "",
        "Free some space; then everything goes on by itself.",
    ),
    sqlite3.SQLITE_IOERR: StoreError(
        "The disk of the database can't be read or written.",
        "",
        "Check its free space, its quota and its health; then everything goes on by itself.",
    ),
    sqlite3.SQLITE_CANTOPEN: StoreError(
        "The database file can't be opened.",
        "",
        "Check FUSION_DATABASE_URL, and who may read and write there.",
    ),
}
"""Error by SQLite's primary result code, without the received value."""
_OTHER = StoreError(
    "The database of runs can't be used now.",
    "",
    "Check the file; then everything goes on by itself.",
)
_SERVER = StoreError(
    "The database server doesn't answer.",
    "",
    "Check that it is up and that FUSION_DATABASE_URL is right; then everything goes on by itself.",
)


def is_bug(error: Exception) -> bool:
    """Return `True` if the statement is wrong, not the database."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | ProgrammingError | ValueRejected)
    return not isinstance(error, sqlite3.Error | PoolExhausted)


def sqlite_code(error: Exception) -> int:
    """Return SQLite's primary result code, or 0 for another error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) if isinstance(cause, sqlite3.Error) else 0
    return int(code) & 0xFF


def store_error(error: Exception, url: URL) -> StoreError:
    """Return the `StoreError` for an error of SQLAlchemy or of a database's driver."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    address, known = url.render_as_string(hide_password=True), _SERVER
    if url.get_backend_name() == "sqlite":
        address, known = url.database or address, _SQLITE.get(sqlite_code(error), _OTHER)
    return StoreError(known.rule, f"{address}: {cause}", known.fix)
