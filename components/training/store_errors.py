"""What is wrong with the database of runs, in one sentence for each cause."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError as ValueRejected
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from components.core.errors import StoreError

_Explain = Callable[[str, str], StoreError]
"""Makes the error from the database's address, and what its driver said."""


def is_bug(error: Exception) -> bool:
    """Whether the statement was wrong, and not the database."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | ProgrammingError | ValueRejected)
    return not isinstance(error, sqlite3.Error | PoolExhausted)


def sqlite_code(error: Exception) -> int:
    """SQLite's primary result code, or 0 for another error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) if isinstance(cause, sqlite3.Error) else 0
    return int(code) & 0xFF


def store_error(error: Exception, url: URL) -> StoreError:
    """The sentence for an error of SQLAlchemy or of a database's driver."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    address = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        address = url.database or address
        return _SQLITE.get(sqlite_code(error), _unusable)(address, str(cause))
    return _unreachable(address, str(cause))


def damaged(address: str, kept_as: str) -> StoreError:
    """The error of a damaged file that was set aside under another name."""
    return StoreError(
        "The database file must be intact.",
        f"{address}, which is damaged",
        f"It was set aside as `{kept_as}`, and a new file is in use. To have the runs back, put a "
        "backup in its place.",
    )


def url_not_valid(error: Exception) -> StoreError:
    """The error of an address that can't be read, which may contain a password."""
    return StoreError(
        "FUSION_DATABASE_URL must be the URL of a database.",
        type(error).__name__,
        "Set it to a URL such as `sqlite:////data/runs.sqlite` or "
        "`postgresql+psycopg://user:password@host/name`, or remove it from the environment.",
    )


def driver_missing(url: URL, error: Exception) -> StoreError:
    """The error of a database whose driver is not installed."""
    return StoreError(
        "The driver of the database must be installed.",
        f"{url.drivername}: {error}",
        "For PostgreSQL, run `pip install 'psycopg[binary]'` and start the URL with "
        "`postgresql+psycopg://`.",
    )


def _full(address: str, cause: str) -> StoreError:
    return StoreError(
        "The disk of the database needs free space.",
        f"{address}: {cause}",
        "Free some space; then everything goes on by itself.",
    )


def _locked(address: str, cause: str) -> StoreError:
    return StoreError(
        "Only one program may write to the database at a time.",
        f"{address}: {cause}",
        "Close the program that holds it, or try again in a moment.",
    )


def _read_only(address: str, cause: str) -> StoreError:
    return StoreError(
        "The database file must be writable.",
        f"{address}: {cause}",
        "Let the user who runs the playground write to the file and to its folder.",
    )


def _not_opened(address: str, cause: str) -> StoreError:
    return StoreError(
        "The database must be a file in a folder that exists.",
        f"{address}: {cause}",
        "Check FUSION_DATABASE_URL, and who may read and write there.",
    )


def _not_written(address: str, cause: str) -> StoreError:
    return StoreError(
        "The disk of the database must be able to read and write.",
        f"{address}: {cause}",
        "Check its free space, its quota and its health; then everything goes on by itself.",
    )


def _unusable(address: str, cause: str) -> StoreError:
    return StoreError(
        "The database of runs must be usable.",
        f"{address}: {cause}",
        "Check the file; then everything goes on by itself.",
    )


def _unreachable(address: str, cause: str) -> StoreError:
    return StoreError(
        "The database server must answer.",
        f"{address}: {cause}",
        "Check that it is up and that FUSION_DATABASE_URL is right; then everything goes on by "
        "itself.",
    )


_SQLITE: Mapping[int, _Explain] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_READONLY: _read_only,
    sqlite3.SQLITE_PERM: _read_only,
    sqlite3.SQLITE_IOERR: _not_written,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_CANTOPEN: _not_opened,
}
