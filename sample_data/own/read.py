"""Reads a file of one's own: `.csv`, `.npz`, or a `.zip` of pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TypeAlias

from components.core.errors import DataError
from components.core.text import byte_size
from sample_data.own._arrays import read_npz
from sample_data.own._csv import read_csv
from sample_data.own._images import read_images
from sample_data.own._signatures import signature
from sample_data.own.limits import FILE_BYTES
from sample_data.own.table import DataTable

Given: TypeAlias = bytes | str | os.PathLike[str] | IO[bytes]

ENDINGS = (".csv", ".tsv", ".txt", ".npz", ".zip")
"""Of files that are read."""

_TABLES = (".csv", ".tsv", ".txt")
_RULE = "Own data is a table (`.csv`), arrays (`.npz`) or a `.zip` of pictures."


def read(source: Given, name: str | None = None, header: bool | None = None) -> DataTable:
    """The columns of a file: its bytes, its path, or the open file.

    `name` is what it is called, and its ending says the format; `header` whether a table's first
    line is one, found out where it is not said. Nothing in the file is ever run. Raises `DataError`
    for what cannot be read, fits no table, or is larger than the caps.
    """
    if name is None:
        name = Path(source).name if isinstance(source, (str, os.PathLike)) else "data"
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise DataError(_RULE, name, _fix(ending))
    held = _bytes(source, name)
    if not held:
        raise DataError("A file of data holds something.", f"{name}, which is empty", "Fill it.")
    if ending in _TABLES:
        return read_csv(held, name, header)
    if not held.startswith(b"PK"):
        said = signature(held) or "something else"
        raise DataError(
            f"A file that ends in `{ending}` is one.", f"{name}, which is {said}", _FORMS[ending]
        )
    return read_npz(held, name) if ending == ".npz" else read_images(held, name)


_FORMS = {
    ".npz": "Save it with `numpy.savez(path, x=…, y=…)`.",
    ".zip": "Zip the folder that holds the pictures.",
}


def _fix(ending: str) -> str:
    fixes = {
        ".xlsx": "Save the sheet as CSV.",
        ".xls": "Save the sheet as CSV.",
        ".npy": "Save all arrays together with `numpy.savez(path, x=…, y=…)`.",
        ".json": "Write it as a table in CSV.",
        ".parquet": "Write it as a table in CSV.",
        ".gz": "Unpack it first.",
        ".pkl": "Save the arrays with `numpy.savez(path, x=…, y=…)`; pickles are never opened.",
        ".pickle": "Save the arrays with `numpy.savez(path, x=…, y=…)`; pickles are never opened.",
    }
    pictures = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
    if ending in pictures:
        return "Zip the folder that holds the pictures."
    return fixes.get(ending, "Save it in one of these formats.")


def _bytes(source: Given, name: str) -> bytes:
    """The file, of which no more is read than may be."""
    try:
        if isinstance(source, bytes):
            held = source
        elif isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                held = file.read(FILE_BYTES + 1)
        else:
            held = source.read(FILE_BYTES + 1)
    except OSError as error:
        raise DataError(
            "A file of data can be read.", f"{name}: {error.strerror}", "Check the path."
        ) from None
    if len(held) > FILE_BYTES:
        raise DataError(
            f"A file of data takes at most {byte_size(FILE_BYTES)}.",
            f"{name}, which takes {byte_size(len(held)) if source is held else 'more'}",
            "Send a part of it.",
        )
    return held
