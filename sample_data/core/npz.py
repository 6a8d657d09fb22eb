"""Reads arrays from a `.npz` file without running anything in it, and writes them.

An array's header is checked against the bytes in the file before memory is taken.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from components.core.errors import DataError
from sample_data.core.arrays import Array
from sample_data.core.zip_archive import Source, files, name_of, opened

__all__ = [
    "MOST_ARRAYS",
    "Header",
    "Source",
    "read_arrays",
    "read_headers",
    "read_names",
    "read_size",
    "write_arrays",
]

MOST_ARRAYS = 1000

_SAVE = "Save it with `numpy.savez(path, name=array, …)`."
_CONVERT = "Convert them with `.astype('float32')` or `.astype('int32')` before saving."
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_UNREADABLE = (ValueError, KeyError, TypeError, SyntaxError, TokenError, RecursionError)
_KINDS = "biufUS"
"""Booleans, whole and real numbers, and texts."""


@dataclass(frozen=True)
class Header:
    """The dtype and shape of an array in a file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes the array takes in memory."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_names(source: Source) -> list[str]:
    """Names of the arrays in the file. Raises `DataError` if it cannot be read."""
    with opened(source, _SAVE) as archive:
        return [_array_name(entry) for entry in _entries(archive, source)]


def read_size(source: Source) -> int:
    """Bytes the arrays take once unpacked. Raises `DataError` if the file cannot be read."""
    with opened(source, _SAVE) as archive:
        return sum(entry.file_size for entry in _entries(archive, source))


def read_headers(source: Source) -> dict[str, Header]:
    """The header of each array, by name, checked against its bytes.

    Raises `DataError` if one cannot be read, holds Python objects or records, or claims another
    size than it has.
    """
    with opened(source, _SAVE) as archive:
        headers = {}
        for entry in _entries(archive, source):
            with archive.open(entry) as file:
                headers[_array_name(entry)] = _header(file, entry, source)
        return headers


def read_arrays(source: Source) -> dict[str, Array]:
    """The arrays by name. Raises what `read_headers` raises, and `DataError` for broken bytes."""
    with opened(source, _SAVE) as archive:
        arrays = {}
        for entry in _entries(archive, source):
            with archive.open(entry) as file:
                _header(file, entry, source)
            with archive.open(entry) as file:
                arrays[_array_name(entry)] = np.lib.format.read_array(file, allow_pickle=False)
                file.read(1)  # the end of the entry, where its checksum is compared
        return arrays


def write_arrays(file: Path | IO[bytes], arrays: Mapping[str, Array]) -> None:
    """Write a `.npz` file. Any name works: `np.savez` reserves some for itself."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)


def _entries(archive: zipfile.ZipFile, source: Source) -> list[zipfile.ZipInfo]:
    entries = files(archive)
    if len(entries) > MOST_ARRAYS:
        raise DataError(
            f"A data file can't hold more than {MOST_ARRAYS:,} arrays.",
            f"{name_of(source)} with {len(entries):,}",
            "Stack arrays that belong together.",
        )
    return entries


def _array_name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.removesuffix(".npy")


def _header(file: IO[bytes], entry: zipfile.ZipInfo, source: Source) -> Header:
    try:
        shape, _, dtype = _READERS[np.lib.format.read_magic(file)](file)
    except _UNREADABLE:
        raise ValueError(f"the header of {entry.filename} cannot be read") from None
    if dtype.hasobject:
        raise DataError(
            "Arrays can't hold Python objects, only numbers.",
            f"{name_of(source)} with pickled objects in {_array_name(entry)}",
            _CONVERT,
        )
    if dtype.kind not in _KINDS:
        raise DataError(
            "Arrays may hold only numbers or texts.", f"{_array_name(entry)}: {dtype}", _CONVERT
        )
    header = Header(dtype, shape)
    size = entry.file_size - file.tell()
    if min(shape, default=1) < 0 or header.nbytes != size:
        raise DataError(
            "An array's header must match the bytes that follow.",
            f"{_array_name(entry)} of shape {shape} and {dtype}, {header.nbytes:,} bytes, where "
            f"{size:,} follow",
            "The file is broken: save it again.",
        )
    return header
