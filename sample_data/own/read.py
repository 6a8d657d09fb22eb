"""A person's own file: a table, `.npz`, or a `.zip` of pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.core.errors import DataError, RunError
from components.core.text import without_control
from sample_data.columns.column import DataTable
from sample_data.columns.preparation import PICTURES
from sample_data.own._arrays import read_npz
from sample_data.own._csv import read_csv, signature
from sample_data.own._images import read_images
from sample_data.own._sheets import parquet_as_csv, sheet_names, xlsx_as_csv

_ONE = threading.Lock()
"""Lock that lets one file be unpacked at a time, since that takes several times its size."""
_TABLES = (".csv", ".tsv", ".txt")
_ENDINGS = (*_TABLES, ".xlsx", ".parquet", ".npz", ".zip")


def read(content: bytes, name: str, sheet: str = "") -> DataTable:
    """Return the columns of a file, or of one sheet of an Excel file, its first if none is named.

    The ending of `name` gives the format. Nothing in the file is ever run. Raises `DataError` for
    files that cannot be read, are no table, or hold more than the limits.
    """
    ending = Path(name).suffix.lower()
    if ending not in _ENDINGS:
        fix = _CONVERT.get(ending, "Save it in one of these formats.")
        raise DataError(
            "This kind of file can't be read as data: use a table (`.csv`, `.tsv`, `.xlsx`, "
            "`.parquet`), arrays (`.npz`) or a `.zip` with pictures.",
            name,
            fix,
        )
    with _ONE:
        return _named(_read(content, name, ending, sheet))


def sheets(content: bytes, name: str) -> list[str]:
    """Return the names of an Excel file's sheets; none for other files. Raises as `read`."""
    if Path(name).suffix.lower() != ".xlsx":
        return []
    with _in_worker(name):
        return sheet_names(content, name)


@contextmanager
def _in_worker(name: str) -> Iterator[None]:
    """Turn the error of a worker that took too much time or memory into one about the file."""
    try:
        yield
    except RunError as error:
        raise DataError(
            "The table takes too long to read, or too much memory.",
            f"{name}: {error.received}",
            "Use a part of it, or save it as CSV.",
        ) from None


def _read(content: bytes, name: str, ending: str, sheet: str) -> DataTable:
    if not content:
        raise DataError("The file is empty.", name, "Choose another file.")
    if ending in _TABLES:
        return read_csv(content, name)
    if ending == ".parquet":
        with _in_worker(name):
            return read_csv(parquet_as_csv(content, name), name, ",")
    if not content.startswith(b"PK"):
        raise DataError(
            f"The file ends in `{ending}`, but it has another format.",
            f"{name}, which is {signature(content) or 'something else'}",
            _SAVE[ending],
        )
    if ending == ".xlsx":
        with _in_worker(name):
            return read_csv(xlsx_as_csv(content, name, sheet), name, ",")
    return read_npz(content, name) if ending == ".npz" else read_images(content, name)


def _named(table: DataTable) -> DataTable:
    """Return the table. Raises `DataError` if a column's name has control characters."""
    for name in table.names:
        if without_control(name) != name:
            raise DataError(
                "The name of a column can't have control characters.", name, "Rename the column."
            )
    return table


_PICKLED = "Save the arrays with `numpy.savez(path, x=…, y=…)`; pickles are never opened."
_PICTURE = "Zip the folder that holds the pictures."
_CONVERT = {
    ".xls": "Save the sheet as CSV.",
    ".npy": "Save all arrays together with `numpy.savez(path, x=…, y=…)`.",
    ".json": "Write it as a table in CSV.",
    ".gz": "Unpack it first.",
    ".pkl": _PICKLED,
    ".pickle": _PICKLED,
    **dict.fromkeys(PICTURES, _PICTURE),
}
_SAVE = {
    ".xlsx": "Save the sheet as CSV.",
    ".npz": "Save it with `numpy.savez(path, x=…, y=…)`.",
    ".zip": _PICTURE,
}
