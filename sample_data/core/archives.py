"""Reader of untrusted zip files, and of the arrays of `.npz` files, which runs nothing in them.

The table of contents is checked before anything is read, and an array's header is checked against
the bytes in the file before memory is taken.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias

import numpy as np

from components.base.errors import DataError, FileError
from components.base.files import regular_file
from components.base.zips import contents_size
from sample_data.core.arrays import Array

Source: TypeAlias = str | os.PathLike[str] | IO[bytes]

DIRECTORY_BYTES = 4_000_000
"""Largest table of contents that is read, in bytes: some 40,000 files."""
MOST_ARRAYS = 1000

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_RATIO = 1032
"""Largest number of bytes that deflate can unpack from one."""
_SAVE = "Save it with `numpy.savez(path, name=array, …)`."
_CONVERT = "Convert them with `.astype('float32')` or `.astype('int32')` before saving."
_BROKEN = "The file is broken: save it again."
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, OverflowError, MemoryError),
)
"""Errors that a bad archive raises when it is read."""
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_KINDS = "biufUS"
"""Kinds of dtype: booleans, whole and real numbers, and texts."""


@contextmanager
def opened(source: Source, fix: str = _SAVE) -> Iterator[zipfile.ZipFile]:
    """Open an archive for reading.

    Raises `DataError` with `fix` for any error in the file, also while the body reads.
    """
    name = _name_of(source)
    try:
        with _archive(source, name) as archive:
            _check_entries(archive)
            yield archive
    except _UNREADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            "The file can't be unpacked as a zip archive.", f"{name}: {reason}", fix
        ) from None


def _archive(source: Source, name: str) -> zipfile.ZipFile:
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.exists():
            raise DataError("There is no such file.", name, "Check the path.")
        try:
            regular_file(path)
        except FileError as error:
            raise DataError(error.rule, error.received, error.fix) from None
        with path.open("rb") as file:
            _check_directory(file, name)
    else:
        _check_directory(source, name)
    try:
        return zipfile.ZipFile(source)
    except ValueError as error:  # a name in another encoding, or a place before the file
        raise zipfile.BadZipFile(str(error)) from None


def files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files in the archive."""
    return [entry for entry in archive.infolist() if not entry.is_dir()]


def _name_of(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name
    return str(getattr(source, "name", "the file"))


def _check_directory(file: IO[bytes], name: str) -> None:
    """Raise `DataError` for a large table of contents."""
    if (size := contents_size(file)) > DIRECTORY_BYTES:
        raise DataError(
            f"A zip file's table of contents can't take more than {DIRECTORY_BYTES:,} bytes.",
            f"{name} with {size:,}",
            "Put fewer files into it.",
        )


def _check_entries(archive: zipfile.ZipFile) -> None:
    seen: set[str] = set()
    for entry in archive.infolist():
        name = entry.filename
        if name in seen:
            raise DataError(
                "Two files in the data file have the same name.", f"{name} twice", "Rename one."
            )
        seen.add(name)
        if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
            raise DataError(
                "A path in the zip file leads outside it.", name, "Zip the folder itself again."
            )
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            raise DataError(
                "The zip file is encrypted or packed in a way that can't be read.",
                name,
                "Save it without a password, or with another program.",
            )
        if entry.header_offset < 0:
            raise zipfile.BadZipFile(f"{name} starts before the file")
        if entry.file_size > entry.compress_size * (_RATIO if entry.compress_type else 1):
            raise DataError(
                "The zip file is damaged: it claims more bytes than it can hold.",
                f"{name}: {entry.file_size:,} bytes in {entry.compress_size:,}",
                _BROKEN,
            )


@dataclass(frozen=True)
class Header:
    """Dtype and shape of an array in a file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the array in memory."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_headers(source: Source) -> dict[str, Header]:
    """Return the header of each array, by name, checked against its bytes.

    Raises `DataError` if one cannot be read, holds Python objects or records, or claims another
    size than it has.
    """
    with opened(source) as archive:
        headers = {}
        for name, entry in _arrays(archive, source).items():
            with archive.open(entry) as file:
                headers[name] = _header(file, entry, name)
        return headers


def read_arrays(source: Source) -> dict[str, Array]:
    """Return the arrays by name. Raises as `read_headers`, and `DataError` for broken bytes."""
    read_headers(source)
    with opened(source) as archive:
        arrays = {}
        for name, entry in _arrays(archive, source).items():
            arrays[name] = _array(archive, entry)
        return arrays


def read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    """Return one array of an archive, checked as in `read_arrays`."""
    with archive.open(entry) as file:
        _header(file, entry, entry.filename)
    return _array(archive, entry)


def write_arrays(file: Path | IO[bytes], arrays: Mapping[str, Array]) -> None:
    """Write a `.npz` file. Any name works: `np.savez` reserves some for itself."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)


def _arrays(archive: zipfile.ZipFile, source: Source) -> dict[str, zipfile.ZipInfo]:
    entries = {entry.filename.removesuffix(".npy"): entry for entry in files(archive)}
    if len(entries) > MOST_ARRAYS:
        raise DataError(
            f"A data file can't hold more than {MOST_ARRAYS:,} arrays.",
            f"{_name_of(source)} with {len(entries):,}",
            "Stack arrays that belong together.",
        )
    return entries


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    with archive.open(entry) as file:
        try:
            array: Array = np.lib.format.read_array(file, allow_pickle=False)
        except ValueError as error:
            raise zipfile.BadZipFile(str(error)) from None
        file.read(1)  # the end of the entry, where its checksum is compared
        return array


def _header(file: IO[bytes], entry: zipfile.ZipInfo, name: str) -> Header:
    try:
        shape, _, dtype = _READERS[np.lib.format.read_magic(file)](file)
    except zipfile.BadZipFile:
        raise
    except Exception:  # NumPy evaluates the header, and raises nearly anything for a wrong one
        raise zipfile.BadZipFile(f"the header of {entry.filename} cannot be read") from None
    if dtype.hasobject:
        raise DataError("Arrays can't hold Python objects, only numbers.", name, _CONVERT)
    if dtype.kind not in _KINDS:
        raise DataError("Arrays may hold only numbers or texts.", f"{name}: {dtype}", _CONVERT)
    header = Header(dtype, shape)
    size = entry.file_size - file.tell()
    if min(shape, default=1) < 0 or header.nbytes != size:
        raise DataError(
            "An array's header doesn't match the bytes that follow.",
            f"{name} of shape {shape} and {dtype}, {header.nbytes:,} bytes, where {size:,} follow",
            _BROKEN,
        )
    return header
