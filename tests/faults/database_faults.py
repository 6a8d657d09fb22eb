"""What can happen to the file of a database, as a block after which the cause is gone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

NOBODY = 65534
FILES = ("", "-wal", "-shm")
Fault = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def disk_full(path: Path) -> Iterator[None]:
    """No file of this process can grow beyond the present size of the database."""
    import resource

    sizes = [file.stat().st_size for file in _files(path)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else writes to the database, and does not end."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """This process may read the files, not write them."""
    files = [path.parent, *_files(path)]
    for file in files:
        file.chmod(0o555 if file.is_dir() else 0o444)
    with _as_nobody(path.parent):
        yield
    for file in files:
        file.chmod(0o755 if file.is_dir() else 0o644)


@contextmanager
def in_the_way(path: Path) -> Iterator[None]:
    """A folder has the name of the file."""
    kept = path.with_name("kept")
    path.rename(kept)
    path.mkdir()
    yield
    path.rmdir()
    kept.rename(path)


def delete(path: Path) -> None:
    for file in reversed(_files(path)):
        file.unlink(missing_ok=True)


def fill_with_garbage(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def damage_pages(path: Path) -> None:
    """Fill all but the header, which shows the kind of the file, with garbage."""
    content = path.read_bytes()
    path.write_bytes(content[:100] + os.urandom(len(content) - 100))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _files(path: Path) -> list[Path]:
    found = [path.with_name(path.name + ending) for ending in FILES]
    return [file for file in found if file.exists()]


@contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """As root, which may write everything, become a user who may not."""
    if os.geteuid() != 0:
        yield
        return
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
