"""Reads arrays from a `.npz` file, without ever running what is in it."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from components.errors import DataError
from sample_data.arrays import Array

Source: TypeAlias = str | os.PathLike[str] | IO[bytes]

_FORM = "Data is a `.npz` file with one array for each input and each head, by name."
_SAVE = "Save it with `numpy.savez(path, name=array, …)`."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, MemoryError, OSError)


def read_names(source: Source) -> list[str]:
    """Names of the arrays in the file. Raises `DataError` where it cannot be read."""
    try:
        with zipfile.ZipFile(source) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except FileNotFoundError:
        raise DataError(_FORM, f"{_name(source)}, which is not there", "Check the path.") from None
    except _BROKEN as error:
        raise DataError(_FORM, f"{_name(source)}: {_first_line(error)}", _SAVE) from None


def read_size(source: Source) -> int:
    """Bytes the arrays take once unpacked."""
    with zipfile.ZipFile(source) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def read_arrays(source: Source) -> dict[str, Array]:
    """The arrays by name. Raises `DataError` where one cannot be read or holds Python objects."""
    if not isinstance(source, (str, os.PathLike)):
        source.seek(0)
    try:
        with np.load(source, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _BROKEN as error:
        if "allow_pickle" in str(error):
            raise DataError(
                "Arrays hold numbers, never Python objects.",
                f"{_name(source)} with pickled objects",
                "Convert them with `.astype('float32')` or `.astype('int32')` before saving.",
            ) from None
        raise DataError(_FORM, f"{_name(source)}: {_first_line(error)}", _SAVE) from None


def _name(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name
    return str(getattr(source, "name", "the file"))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
