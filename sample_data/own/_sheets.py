"""Table of an Excel or a Parquet file, read by other libraries, within limits."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from components.core.errors import DataError
from components.core.text import byte_size, plural
from sample_data.core.archives import files, opened
from sample_data.core.limits import CELL_CHARS, CELLS, COLUMNS, ROWS, UNPACKED_BYTES

EXCEL_ROWS = 1_048_576
"""Rows of a sheet in Excel, with empty ones."""
_SAVE_SHEET = "Save the sheet as CSV."
_SAVE_TABLE = "Write the table as CSV."


def sheet_names(source: bytes, name: str) -> list[str]:
    """Return the names of an Excel file's sheets. Raises `DataError` if it can't be read."""
    with _workbook(source, name) as book:
        return _titles(book, name)


def xlsx_as_csv(source: bytes, name: str, sheet: str = "") -> bytes:
    """Return a sheet of an Excel file as the text of a CSV file; without a name, the first.

    Cells are values, not formulas; dates are dates. Raises `DataError` for a file that can't be
    read or exceeds the limits.
    """
    with _workbook(source, name) as book:
        names = _titles(book, name)
        if sheet and sheet not in names:
            raise DataError("The Excel file has no such sheet.", sheet, f"Choose {names[0]}.")
        chosen = book[sheet or names[0]]
        chosen.reset_dimensions()
        return _csv(_trimmed(chosen.iter_rows(values_only=True), name))


@contextmanager
def _workbook(source: bytes, name: str) -> Iterator[Any]:
    """Open an Excel file. Raises `DataError` if it can't be read."""
    import openpyxl

    _check_archive(source, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(source), read_only=True, data_only=True)
        yield book
        book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl raises many kinds of error for broken files
        raise _unreadable(name, error, _SAVE_SHEET) from None


def _titles(book: Any, name: str) -> list[str]:
    """Return the names of a workbook's sheets. Raises `DataError` if it has no sheet of cells."""
    titles = [sheet.title for sheet in book.worksheets]
    if not titles:
        raise DataError("The Excel file has no sheet of cells.", name, _SAVE_SHEET)
    return titles


def parquet_as_csv(source: bytes, name: str) -> bytes:
    """Return the table of a Parquet file as the text of a CSV file.

    Raises `DataError` for a file that can't be read, or whose header exceeds the limits.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(source))
        groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
        _check_size(name, file.metadata.num_rows, len(file.schema_arrow.names))
        _check_bytes(name, sum(group.total_byte_size for group in groups))
        nested = [field.name for field in file.schema_arrow if pyarrow.types.is_nested(field.type)]
        if nested:
            raise DataError(
                "A column of a Parquet file needs one value in each row.",
                f"lists or records in {nested[0]}",
                "Write its parts as columns, or save arrays as `.npz`.",
            )
        batches = file.iter_batches(batch_size=1000)
        rows = (row for batch in batches for row in zip(*_lists(batch), strict=True))
        return _csv([file.schema_arrow.names, *rows])
    except DataError:
        raise
    except Exception as error:  # pyarrow raises many kinds of error for broken files
        raise _unreadable(name, error, _SAVE_TABLE) from None


def _lists(batch: Any) -> list[list[object]]:
    return [column.to_pylist() for column in batch.columns]


def _trimmed(rows: Iterator[tuple[object, ...]], name: str) -> list[list[object]]:
    """Return the rows without empty ones and without empty columns at the right."""
    kept: list[list[object]] = []
    width = 0
    for number, row in enumerate(rows, 1):
        if number > EXCEL_ROWS:
            raise DataError(
                f"A sheet of Excel can't have more than {EXCEL_ROWS:,} rows.", name, _SAVE_SHEET
            )
        used = next((i for i in range(len(row), 0, -1) if row[i - 1] is not None), 0)
        if used:
            kept.append(list(row[:used]))
            width = max(width, used)
            _check_size(name, len(kept), width)
    return [row + [None] * (width - len(row)) for row in kept]


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=None)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)[: CELL_CHARS - 1]


def _check_archive(source: bytes, name: str) -> None:
    """Raise `DataError` for an Excel file that is no archive, or unpacks to too much."""
    file = io.BytesIO(source)
    file.name = name
    with opened(file, _SAVE_SHEET) as archive:
        entries = files(archive)
        if not any(entry.filename == "xl/workbook.xml" for entry in entries):
            raise DataError(
                "The file ends in `.xlsx`, but it is no Excel workbook.", name, _SAVE_SHEET
            )
        _check_bytes(name, sum(entry.file_size for entry in entries))
        for entry in entries:
            _check_entities(archive, entry)


def _check_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Raise `DataError` for XML that defines entities, which may grow without end."""
    if entry.filename.endswith((".xml", ".rels")):
        with archive.open(entry) as file:
            if b"<!DOCTYPE" in file.read(4096):  # which stands before all entities
                raise DataError(
                    "An Excel file can't define entities of XML.", entry.filename, _SAVE_SHEET
                )


def _check_size(name: str, rows: int, columns: int) -> None:
    if rows - 1 > ROWS or rows * columns > CELLS or columns > COLUMNS:
        raise DataError(
            f"A table can't have more than {ROWS:,} rows, {COLUMNS:,} columns or {CELLS:,} cells.",
            f"{name} with {plural(rows, 'row')} and {plural(columns, 'column')}",
            "Use a part of it.",
        )


def _check_bytes(name: str, size: int) -> None:
    if size > UNPACKED_BYTES:
        raise DataError(
            f"A table can't take more than {byte_size(UNPACKED_BYTES)} once unpacked.",
            f"{name} with {byte_size(size)}",
            "Use a part of it, or save it as CSV.",
        )


def _unreadable(name: str, error: Exception, fix: str) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return DataError("The table can't be read.", f"{name}: {reason}", fix)
