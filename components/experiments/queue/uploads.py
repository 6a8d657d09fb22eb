"""Prepared data files of visitors, in a folder with size limits for each person and in total."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from components.base import clock
from components.base.database.database import Database
from components.base.errors import FileError
from components.base.files import private_folder
from components.base.limits import UPLOADS_BYTES
from components.base.text import byte_size
from components.experiments.queue.tables import CellRow, RunRow, SweepRow
from components.experiments.training.events import OPEN
from sample_data import own
from sample_data.core.about import sidecar
from sample_data.own import Prepared

_LOCK = threading.Lock()
"""Lock for keeping a file and removing old ones to make room for it."""
BYTES_EACH = 500_000_000
"""Maximum size of one person's prepared data files; the oldest that no run needs are removed."""
FRESH_SECONDS = 3600.0
"""Time for which other people's files are kept: someone may be about to train on them."""


@dataclass(frozen=True, order=True)
class _Kept:
    used: float
    path: Path
    bytes: int


class UploadFolder:
    """The folder `uploads`, with one folder for each person, whose name hides their cookie."""

    def __init__(self, database: Database) -> None:
        self.folder, self._database = database.folder / "uploads", database

    def keep(self, owner: str, prepared: Prepared, title: str) -> Path:
        """Keep prepared data as a file and return its path. The same data is kept once.

        The oldest files that no run needs are removed to make room. Raises `FileError` if there is
        still not enough, or if the file can't be written, and `RunError` if a limit is not valid.
        """
        folder = self._folder_of(owner)
        with _LOCK:
            with suppress(OSError):  # `keep` raises the error.
                private_folder(self.folder)
                private_folder(folder)
            path = own.keep(prepared, folder, title, partial(self._make_room, folder))
            with suppress(OSError):
                os.utime(path)
        return path

    def belongs(self, path: str, owner: str) -> bool:
        """Return `True` if a file is in this owner's folder, or a run of theirs has used it."""
        if Path(path).parent == self._folder_of(owner):
            return True
        query = select(RunRow.number).where(
            RunRow.owner == owner, _uses_file(RunRow.request_json, path)
        )
        return self._database.first(query) is not None

    def _folder_of(self, owner: str) -> Path:
        return self.folder / hashlib.sha256(owner.encode()).hexdigest()[:20]

    def _is_needed(self, path: Path) -> bool:
        """Return `True` if a run that has not ended, or an unfinished race, needs a file."""
        runs = select(RunRow.number).where(
            RunRow.status.in_(OPEN), _uses_file(RunRow.request_json, str(path))
        )
        cells = (
            select(CellRow.position)
            .join(SweepRow, SweepRow.id == CellRow.sweep)
            .where(
                SweepRow.state.in_(("running", "paused")), _uses_file(CellRow.request, str(path))
            )
        )
        return any(self._database.first(query) is not None for query in (runs, cells))

    def _make_room(self, folder: Path, size: int) -> None:
        most = UPLOADS_BYTES.value()
        if not self._shrink(_files(folder.glob("*.npz")), BYTES_EACH - size):
            raise FileError(
                f"Your prepared data may take {byte_size(BYTES_EACH)} here.",
                f"{byte_size(size)} more",
                "Use fewer samples or smaller pictures, or wait until runs on your other files "
                "have ended.",
            )
        before = clock.file_now() - FRESH_SECONDS
        if not self._shrink(_files(self.folder.rglob("*.npz")), most - size, before):
            raise FileError(
                f"The prepared data of all people may take {byte_size(most)} here.",
                f"{byte_size(size)} more",
                f"Try again in an hour, or use fewer samples. {UPLOADS_BYTES.variable} sets the "
                "limit.",
            )

    def _shrink(self, files: list[_Kept], most: int, before: float = float("inf")) -> bool:
        """Delete the oldest files until the rest takes at most `most` bytes, and return `True`.

        Files that a run needs are kept, and so are those used after `before`. If the limit can't be
        met, nothing is deleted.
        """
        total, removed = sum(file.bytes for file in files), list[Path]()
        for file in sorted(files):
            if total <= most or file.used >= before:
                break
            if not self._is_needed(file.path):
                removed.append(file.path)
                total -= file.bytes
        if total > most:
            return False
        for path in removed:
            path.unlink(missing_ok=True)
            sidecar(path).unlink(missing_ok=True)
        return True


def _uses_file(request: InstrumentedAttribute[str], path: str) -> ColumnElement[bool]:
    """Return the condition that a request, which is JSON, has a file as its data."""
    return request.contains(json.dumps(path), autoescape=True)


def _files(paths: Iterable[Path]) -> list[_Kept]:
    files = []
    for path in paths:
        with suppress(OSError):
            status, about = path.stat(), sidecar(path)
            beside = about.stat().st_size if about.exists() else 0
            files.append(_Kept(status.st_mtime, path, status.st_size + beside))
    return files
