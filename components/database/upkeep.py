"""What each package removes from the database when it is old."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Delete, delete

from components.core.text import DAY_SECONDS
from components.database.base import Deletable
from components.database.database import DELETED_TOO, Database

UNDO_SECONDS = DAY_SECONDS
"""How long what was deleted can be brought back."""
Upkeep = Callable[[Database, float], None]
"""Removes what is old, and for good what was deleted before a time, in seconds since the epoch."""

_UPKEEP: list[Upkeep] = []


def upkeep(function: Upkeep) -> Upkeep:
    """Let `remove_old` call a function, as a decorator."""
    _UPKEEP.append(function)
    return function


def remove_old(database: Database, undo_seconds: float = UNDO_SECONDS) -> None:
    """Remove for good what was deleted `undo_seconds` ago, and what is old."""
    for function in _UPKEEP:
        function(database, time.time() - undo_seconds)


def for_good(table: type[Deletable]) -> Delete:
    """The statement that removes rows of a table, deleted ones too."""
    return delete(table).execution_options(**DELETED_TOO)
