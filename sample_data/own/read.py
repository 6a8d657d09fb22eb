"""A person's own file: a table, `.npz`, or a `.zip` of pictures."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from components.base.errors import DataError
from components.base.text import without_control
from components.base.workers.needs_keras import LARGE_FILE, SMALL_FILE, in_worker
from sample_data.columns.column import DataTable
from sample_data.columns.tables import PICTURES
from sample_data.core.archives import files, opened
from sample_data.own._arrays import read_npz
from sample_data.own._csv import read_csv, signature
from sample_data.own._images import read_images
from sample_data.own._sheets import parquet_as_csv, xlsx_as_csv

SMALL_BYTES = 1_000_000
"""Bytes of a small file once it is unpacked: it is read while others read large ones."""
_TABLES = (".csv", ".tsv", ".txt")
MOST_SHEETS = 10
"""Number of sheets of an Excel file that are tried until one is a table."""
_ENDINGS = (*_TABLES, ".xlsx", ".parquet", ".npz", ".zip")


def read(content: bytes, name: str, sheet: str = "") -> DataTable:
    """Return the columns of a file. Of an Excel file, they are those of one sheet: the named one,
    or else the first that is a table.

    The ending of `name` gives the format. Nothing in the file is ever run. Raises `DataError` for
    files that cannot be read, are no table, or hold more than the limits, and `ServerError` if too
    many people's large files wait.
    """
    table, _ = read_with_sheets(content, name, sheet)
    if isinstance(table, DataError):
        raise table
    return table


def read_with_sheets(
    content: bytes, name: str, sheet: str = ""
) -> tuple[DataTable | DataError, tuple[str, ...]]:
    """Return the columns of a file as `read`, or the error of them, and its sheets.

    Only an Excel file has sheets, the one that is read first. They are known even if that one is no
    table. Raises `DataError` for a file that can't be opened, and `ServerError` as `read`.
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
    limits = SMALL_FILE if _is_small(content, ending) else LARGE_FILE
    return in_worker(limits, _too_much)(_read)(content, name, ending, sheet)


def _is_small(content: bytes, ending: str) -> bool:
    """Return `True` if a file is read at once, by its size and the contents of its archive."""
    if ending in _TABLES or len(content) > SMALL_BYTES:
        return len(content) <= SMALL_BYTES
    if ending == ".parquet":  # A few bytes of it may hold any number of cells.
        return False
    try:
        with opened(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in files(archive)) <= SMALL_BYTES
    except DataError:  # It is refused at once.
        return True


def _too_much(received: str) -> DataError:
    return DataError(
        "The file takes too long to read, or too much memory.",
        received,
        "Use a part of it, or save it in another format.",
    )


def _read(
    content: bytes, name: str, ending: str, sheet: str
) -> tuple[DataTable | DataError, tuple[str, ...]]:
    sheets: list[str] = []
    try:
        return _named(_table(content, name, ending, sheet, sheets)), tuple(sheets)
    except DataError as error:
        for other in () if sheet else sheets[1:MOST_SHEETS]:
            with suppress(DataError):
                table = _named(_table(content, name, ending, other, []))
                note = f"Read from the sheet `{other}`, the first one that can be used."
                rest = (title for title in sheets if title != other)
                return replace(table, notes=(note, *table.notes)), (other, *rest)
        return error.at(), tuple(sheets)


def _table(content: bytes, name: str, ending: str, sheet: str, sheets: list[str]) -> DataTable:
    """Return the table of a file; `sheets` gets the names of an Excel file's sheets."""
    if not content:
        raise DataError("The file is empty.", name, "Choose another file.")
    if ending in _TABLES:
        return read_csv(content, name)
    if ending == ".parquet":
        return read_csv(parquet_as_csv(content, name), name, ",")
    if not content.startswith(b"PK"):
        raise DataError(
            f"The file ends in `{ending}`, but it has another format.",
            f"{name}, which is {signature(content) or 'something else'}",
            _SAVE[ending],
        )
    if ending == ".xlsx":
        return read_csv(xlsx_as_csv(content, name, sheet, sheets), name, ",")
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
