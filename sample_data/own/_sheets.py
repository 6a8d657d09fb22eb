"""Table of an Excel or a Parquet file, read by other libraries, within limits."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any
from xml.parsers import expat

from components.base.errors import DataError
from components.base.text import byte_size, plural
from sample_data.columns.cells import cell_text
from sample_data.columns.tables import same_width, used_rows
from sample_data.core.archives import files, opened
from sample_data.core.limits import CELL_CHARS, CELLS, COLUMNS, ROWS, UNPACKED_BYTES

EXCEL_ROWS = 1_048_576
"""Rows of a sheet in Excel, with empty ones."""
BATCH_ROWS = 1000
"""Largest number of rows of a Parquet file that are read at a time."""
START_BYTES = 65_536
"""Bytes of each XML file in a workbook in which its first element begins."""
_PLAIN = {"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY", "BIT_PACKED"}
"""Encodings of Parquet in which texts can be read without making repeated ones whole."""
_SAVE_SHEET = "Save the sheet as CSV."
_SAVE_TABLE = "Write the table as CSV."


def xlsx_as_csv(source: bytes, name: str, sheet: str, sheets: list[str]) -> bytes:
    """Return a sheet of an Excel file as the text of a CSV file; without a name, the first.

    Cells are values, not formulas; dates are dates. `sheets` gets the names of all sheets. Raises
    `DataError` for a file that can't be read or exceeds the limits.
    """
    with _workbook(source, name) as book:
        sheets += _titles(book, name)
        if sheet and sheet not in sheets:
            raise DataError("The Excel file has no such sheet.", sheet, f"Choose {sheets[0]}.")
        chosen = book[sheet or sheets[0]]
        chosen.reset_dimensions()
        return _csv(_trimmed(chosen.iter_rows(values_only=True), name))


@contextmanager
def _workbook(source: bytes, name: str) -> Iterator[Any]:
    """Open an Excel file. Raises `DataError` if it can't be read."""
    from openpyxl.reader import excel
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    class Sheet(ReadOnlyWorksheet):  # type: ignore[misc]
        def _get_size(self) -> None:
            """Leave the size open: to find it, a sheet that does not state it is read whole."""

    class Reader(excel.ExcelReader):  # type: ignore[misc]
        def read_worksheets(self) -> None:
            """List the sheets of cells, none of which is read yet."""
            for sheet, part in self.parser.find_sheets():
                if part.target not in self.valid_files:
                    continue
                if "chartsheet" in part.Type:
                    self.read_chartsheet(sheet, part)
                else:
                    each = Sheet(self.wb, sheet.name, part.target, self.shared_strings)
                    self.wb._sheets.append(each)

    _check_archive(source, name)
    try:
        reader = Reader(io.BytesIO(source), read_only=True, data_only=True)
        reader.read()
        book = reader.wb
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

    A value that its columns repeat is stored once, so sizes are checked before values are copied.
    Raises `DataError` for a file that can't be read or exceeds the limits.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(io.BytesIO(source))
        groups = [about.row_group(index) for index in range(about.num_row_groups)]
        texts = [column for group in groups for column in _text_columns(group)]
        other = [column for column in texts if not {*column.encodings} <= _PLAIN]
        once = {text.path_in_schema for text in texts} - {column.path_in_schema for column in other}
        file = parquet.ParquetFile(io.BytesIO(source), metadata=about, read_dictionary=sorted(once))
        schema = file.schema_arrow
        rows = max(about.num_rows, sum(group.num_rows for group in groups))
        _check_size(name, rows, len(schema.names))
        _check_bytes(name, sum(group.total_byte_size for group in groups))
        _check_bytes(name, rows * sum(map(_fixed_bytes, schema.types)))
        nested = [field.name for field in schema if pyarrow.types.is_nested(field.type)]
        if nested:
            raise DataError(
                "A column of a Parquet file needs one value in each row.",
                f"lists or records in {nested[0]}",
                "Write its parts as columns, or save arrays as `.npz`.",
            )
        batches = file.iter_batches(batch_size=_batch_rows(other))
        return _csv(chain([schema.names], _rows(batches, name)))
    except DataError:
        raise
    except Exception as error:  # pyarrow raises many kinds of error for broken files
        raise _unreadable(name, error, _SAVE_TABLE) from None


def _text_columns(group: Any) -> list[Any]:
    """Return the columns of a row group whose values may have any length."""
    columns = (group.column(index) for index in range(group.num_columns))
    return [column for column in columns if column.physical_type == "BYTE_ARRAY"]


def _fixed_bytes(kind: Any) -> int:
    """Return the bytes of each value of a type; 0 if they may differ."""
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 0


def _batch_rows(columns: Iterable[Any]) -> int:
    """Return the number of rows to read at a time.

    Values of these columns are made whole when they are read: each may be as long as its column,
    where it is stored as the end that differs from the value before it.
    """
    longest = sum(int(column.total_uncompressed_size) for column in columns)
    return max(1, min(BATCH_ROWS, UNPACKED_BYTES // max(1, longest)))


def _rows(batches: Iterable[Any], name: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows. Raises `DataError` as soon as they or their values exceed the limits."""
    rows = size = 0
    for batch in batches:
        rows, size = rows + batch.num_rows, size + sum(map(_whole_bytes, batch.columns))
        _check_size(name, rows, batch.num_columns)
        _check_bytes(name, size)
        yield from zip(*map(_values, batch.columns), strict=True)


def _values(column: Any) -> list[object]:
    whole = getattr(column, "dictionary_decode", lambda: column)()
    return list(whole.to_pylist())


def _whole_bytes(column: Any) -> int:
    """Return the bytes of all values of a column, also of those stored once."""
    import pyarrow
    from pyarrow import compute

    if not pyarrow.types.is_dictionary(column.type):
        return int(column.nbytes)
    try:
        lengths = compute.binary_length(column.dictionary)
    except pyarrow.ArrowNotImplementedError:  # numbers
        return int(column.nbytes)
    return compute.sum(lengths.take(column.indices)).as_py() or 0


def _trimmed(rows: Iterator[tuple[object, ...]], name: str) -> list[list[object]]:
    """Return the rows without empty ones and without empty columns at the right."""

    def counted() -> Iterator[tuple[object, ...]]:
        for number, row in enumerate(rows, 1):
            if number > EXCEL_ROWS:
                raise DataError(
                    f"A sheet of Excel can't have more than {EXCEL_ROWS:,} rows.", name, _SAVE_SHEET
                )
            yield row

    kept: list[list[object]] = []
    width = 0
    for row in used_rows(counted()):
        kept.append(row)
        width = max(width, len(row))
        _check_size(name, len(kept), width)
    return [*same_width(kept)]


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([cell_text(value)[: CELL_CHARS - 1] for value in row])
    return text.getvalue().encode("utf-8", "replace")


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
    """Raise `DataError` for XML that may define entities, which may grow without end.

    That stands before the first element, in any encoding. A file that is not XML is left to
    openpyxl, which may not read it at all.
    """
    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: begun.append("doctype")
    parser.StartElementHandler = lambda *_: begun.append("element")
    with archive.open(entry) as file:
        start = file.read(START_BYTES)
    try:
        parser.Parse(start, len(start) < START_BYTES)
    except expat.ExpatError:
        begun.append("no XML")
    except (ValueError, LookupError) as error:  # an encoding of which no such XML is
        raise _unreadable(entry.filename, error, _SAVE_SHEET) from None
    if not begun:
        raise _unreadable(
            entry.filename, f"no element in its first {START_BYTES:,} bytes", _SAVE_SHEET
        )
    if begun[0] == "doctype":
        raise DataError("An Excel file can't define entities of XML.", entry.filename, _SAVE_SHEET)


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


def _unreadable(name: str, error: object, fix: str) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return DataError("The table can't be read.", f"{name}: {reason}", fix)
