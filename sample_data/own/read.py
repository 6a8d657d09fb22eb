"""Reads a person's own file: `.csv`, `.npz`, or a `.zip` of pictures."""

from __future__ import annotations

import threading
from pathlib import Path

from components.core.errors import DataError
from components.core.text import without_control
from sample_data.columns.column import DataTable
from sample_data.own._arrays import read_npz
from sample_data.own._csv import read_csv, signature
from sample_data.own._images import read_images

ENDINGS = (".csv", ".tsv", ".txt", ".npz", ".zip")
"""Of files that can be read."""

_ONE = threading.Lock()
"""One file is unpacked at a time: for that, it takes several times its size."""
_TABLES = (".csv", ".tsv", ".txt")


def read(content: bytes, name: str) -> DataTable:
    """The columns of a file.

    The ending of `name` tells the format. Nothing in the file is ever run. Raises `DataError` for
    files that cannot be read, are no table, or hold more than the limits.
    """
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        fix = _CONVERT.get(ending, "Save it in one of these formats.")
        raise DataError(
            "This kind of file can't be read as data: use a table (`.csv`), arrays "
            "(`.npz`) or a `.zip` with pictures.",
            name,
            fix,
        )
    with _ONE:
        return _named(_read(content, name, ending))


def _read(content: bytes, name: str, ending: str) -> DataTable:
    if not content:
        raise DataError("The file is empty.", name, "Choose another file.")
    if ending in _TABLES:
        return read_csv(content, name)
    if not content.startswith(b"PK"):
        raise DataError(
            f"The file ends in `{ending}`, but it has another format.",
            f"{name}, which is {signature(content) or 'something else'}",
            _SAVE[ending],
        )
    return read_npz(content, name) if ending == ".npz" else read_images(content, name)


def _named(table: DataTable) -> DataTable:
    """The table. Raises `DataError` if a column's name has characters that can't be shown."""
    for name in table.names:
        if without_control(name) != name:
            raise DataError(
                "The name of a column can't have control characters.", name, "Rename the column."
            )
    return table


_PICKLED = "Save the arrays with `numpy.savez(path, x=…, y=…)`; pickles are never opened."
_PICTURE = "Zip the folder that holds the pictures."
_CONVERT = {
    ".xlsx": "Save the sheet as CSV.",
    ".xls": "Save the sheet as CSV.",
    ".npy": "Save all arrays together with `numpy.savez(path, x=…, y=…)`.",
    ".json": "Write it as a table in CSV.",
    ".parquet": "Write it as a table in CSV.",
    ".gz": "Unpack it first.",
    ".pkl": _PICKLED,
    ".pickle": _PICKLED,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"), _PICTURE),
}
_SAVE = {".npz": "Save it with `numpy.savez(path, x=…, y=…)`.", ".zip": _PICTURE}
