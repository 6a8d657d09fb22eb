"""Faults of a database file, as context managers that remove the cause at the end."""

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
    """Keep all files of this process from growing beyond the present size of the database."""
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
    """Hold a write lock of another connection."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Make the files read-only for this process."""
    files = [path.parent, *_files(path)]
    for file in files:
        file.chmod(0o555 if file.is_dir() else 0o444)
    with _as_nobody(path.parent):
        yield
    for file in files:
        file.chmod(0o755 if file.is_dir() else 0o644)


@contextmanager
def in_the_way(path: Path) -> Iterator[None]:
    """Put a folder in place of the file."""
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
    """Fill the file with garbage after the header, which identifies its type."""
    content = path.read_bytes()
    path.write_bytes(content[:100] + os.urandom(len(content) - 100))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _files(path: Path) -> list[Path]:
    found = [path.with_name(path.name + ending) for ending in FILES]
    return [file for file in found if file.exists()]


@contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """If the process is root, who may write everything, switch to a user without rights."""
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
