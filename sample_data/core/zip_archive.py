"""Opens untrusted zip files: checks their table of contents before it reads anything."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from components.core.errors import DataError, FileError
from components.core.files import regular_file

Source: TypeAlias = str | os.PathLike[str] | IO[bytes]

DIRECTORY_BYTES = 4_000_000
"""The largest table of contents that is read: some 40,000 files."""
CHUNK_BYTES = 1 << 20

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
    RecursionError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_END_64_BYTES = 56
_COMMENT_BYTES = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_RATIO = 1032
"""The most bytes that deflate can unpack from one."""


@contextmanager
def opened(source: Source, fix: str) -> Iterator[zipfile.ZipFile]:
    """The archive, for reading.

    Raises `DataError` with `fix` for any error in the file, also while the body reads.
    """
    try:
        _check_directory(source)
        with zipfile.ZipFile(source) as archive:
            _check_entries(archive)
            yield archive
    except FileNotFoundError:
        raise DataError(
            "The file must exist.", f"{name_of(source)}, which is not there", "Check the path."
        ) from None
    except _BROKEN as error:
        raise DataError(
            "The file must be a readable zip archive.",
            f"{name_of(source)}: {_first_line(error)}",
            fix,
        ) from None


def files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in the archive."""
    return [entry for entry in archive.infolist() if not entry.is_dir()]


def contents(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content of one file, no longer than the archive claims."""
    with archive.open(entry) as file:
        content = bytearray()
        while chunk := file.read(CHUNK_BYTES):
            content += chunk
    return bytes(content)


def name_of(source: Source) -> str:
    """The file's name, for messages."""
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name
    return str(getattr(source, "name", "the file"))


def _check_directory(source: Source) -> None:
    """Bounds the table of contents, which becomes objects of some 500 bytes an entry."""
    if isinstance(source, (str, os.PathLike)):
        with open(_regular(Path(source)), "rb") as file:
            size = _directory_bytes(file)
    else:
        size = _directory_bytes(source)
        source.seek(0)
    if size > DIRECTORY_BYTES:
        raise DataError(
            f"A zip file's table of contents can't take more than {DIRECTORY_BYTES:,} bytes.",
            f"{name_of(source)} with {size:,}",
            "Put fewer files into it.",
        )


def _regular(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError
    try:
        return regular_file(path)
    except FileError as error:
        raise DataError(error.rule, error.received, error.fix) from None


def _directory_bytes(file: IO[bytes]) -> int:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _COMMENT_BYTES - _END_BYTES - _LOCATOR_BYTES - _END_64_BYTES))
    tail = file.read()
    at = len(tail) - _END_BYTES
    if at < 0 or tail[at : at + 4] != _END:
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        return 0
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= _LOCATOR_BYTES + _END_64_BYTES and tail[at - _LOCATOR_BYTES :][:4] == _LOCATOR:
        record = tail[at - _LOCATOR_BYTES - _END_64_BYTES : at - _LOCATOR_BYTES]
        size = int.from_bytes(record[40:48], "little")
    return min(size, end)


def _check_entries(archive: zipfile.ZipFile) -> None:
    seen: set[str] = set()
    for entry in archive.infolist():
        name = entry.filename
        if name in seen:
            raise DataError("Names in a data file must differ.", f"{name} twice", "Rename one.")
        seen.add(name)
        if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
            raise DataError(
                "Paths in a zip file must stay inside it.", name, "Zip the folder itself again."
            )
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(
                "A zip file of data can't be encrypted.", name, "Save it without a password."
            )
        if entry.compress_type not in _METHODS:
            raise DataError(
                "A zip file of data must be stored or deflated, as most programs do.",
                f"{name}, compressed by method {entry.compress_type}",
                "Save it with another program or setting.",
            )
        most = entry.compress_size * (_RATIO if entry.compress_type else 1)
        if entry.file_size > most:
            raise DataError(
                "A zip file can't claim more bytes than its own can hold.",
                f"{name}: {entry.file_size:,} bytes in {entry.compress_size:,}",
                "The file is broken: save it again.",
            )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
