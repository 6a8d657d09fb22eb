"""Table of text: its format, checks of each row, and its columns by pandas."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from components.base.errors import DataError
from sample_data.columns.cells import (
    COMMA_NUMBER,
    DATES,
    MISSING,
    STYLES,
    number_styles,
    reads,
    style_of,
)
from sample_data.columns.column import Column, DataTable, number_column, text_column
from sample_data.columns.tables import (
    DELIMITERS,
    best_delimiter,
    column_names,
    decodes,
    split_sample,
    text_encoding,
    text_lines,
)
from sample_data.core.limits import CELL_CHARS, CELLS, COLUMNS, ROW_CHARS, ROWS

if TYPE_CHECKING:
    from pandas import DataFrame, Series

_HEADER = "Write the names of the columns in the first line and one sample in each further line."
_SAVE = "Save the table as CSV in UTF-8."
_SPELLINGS = [
    "".join(chars) for word in MISSING for chars in product(*zip(word, word.upper(), strict=True))
]
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b")
_SIGNATURES = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip file, as `.npz` and Excel's `.xlsx` are",
    b"PK\x05\x06": "an empty zip file",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a single NumPy array",
    b"\x80": "a Python pickle",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}


@dataclass(frozen=True)
class TextFormat:
    """Format in which a file is written."""

    name: str
    encoding: str
    delimiter: str
    decimal: str = "."


def signature(source: bytes) -> str:
    """Return the file's format by its first bytes; empty if they are unknown."""
    return next((name for start, name in _SIGNATURES.items() if source.startswith(start)), "")


def read_csv(source: bytes, name: str, delimiter: str = "") -> DataTable:
    """Return the table of a text file, split at a known delimiter or at one that is found.

    The first line is read as the header unless it holds a number. Raises `DataError` for other
    formats, rows of different widths, names that occur twice, and tables beyond the limits.
    """
    if not delimiter and (form_name := signature(source)):
        raise DataError(
            "This is not a text file with cells separated by commas, semicolons or tabs.",
            f"{name}, which is {form_name}",
            "Save the table as CSV.",
        )
    notes: list[str] = []
    form = TextFormat(name, "utf-8", delimiter) if delimiter else _format(source, name, notes)
    blank: list[int] = []
    checked = _rows(source, form, blank)
    first = next(checked, [])
    names = _names(first, form, notes)
    count = sum(1 for _ in checked) + (names is None)
    if count < 2:
        raise DataError(
            "A table needs a header and at least two rows, one for each sample.",
            f"{name} with {count:,}{' below the header' if names else ''}",
            _HEADER,
        )
    options: dict[str, object] = {"header": 0 if names else None, "names": range(len(first))}
    options["skiprows"] = blank
    frame = _frame(source, form, **options)
    _read_booleans_as_text(frame, source, form, options)
    names = names or column_names([""] * len(first))
    columns = [_column(each, frame[index], form, notes) for index, each in enumerate(names)]
    return DataTable(name, _kept(columns, form, notes), tuple(notes))


def _format(source: bytes, name: str, notes: list[str]) -> TextFormat:
    """Detect the format of a file from its first rows. Raises `DataError` if it is not text."""
    encoding = _encoding(source, name, notes)
    sampled = split_sample(source, encoding)
    delimiter = best_delimiter(sampled)
    if delimiter == ",":
        return TextFormat(name, encoding, delimiter)
    notes.append(f"Cells are separated by {DELIMITERS[delimiter]}.")
    cells = (cell.strip() for row in sampled[delimiter] for cell in row)
    if not any("," in cell and COMMA_NUMBER.fullmatch(cell) for cell in cells):
        return TextFormat(name, encoding, delimiter)
    notes.append("Numbers are read with a decimal comma.")
    return TextFormat(name, encoding, delimiter, ",")


def _encoding(source: bytes, name: str, notes: list[str]) -> str:
    encoding, title = text_encoding(source)
    if title and not decodes(source, encoding):
        raise DataError(
            "The table mixes several text encodings.", f"{name} is not {title} throughout", _SAVE
        )
    if not title and source.translate(None, _CONTROL) != source:
        raise DataError("This is not a text file.", name, _SAVE)
    if encoding == "latin-1":
        notes.append("The file is not UTF-8; it is read as Latin-1.")
    return encoding


def _rows(source: bytes, form: TextFormat, blank: list[int]) -> Iterator[list[str]]:
    """Yield the rows that are not blank; `blank` gets the numbers of blank rows that pandas counts.

    Raises `DataError` for rows of another width than the first, quotes that are not closed, and
    rows, cells and tables beyond the limits.
    """
    chars = 0

    def lines() -> Iterator[str]:
        nonlocal chars
        for line in text_lines(source, form.encoding):
            chars += len(line)
            if chars > ROW_CHARS:
                raise DataError(
                    f"A row of a table can't have more than {ROW_CHARS:,} characters.",
                    f"{form.name} with a longer one",
                    "Close the quotes, and write one sample per line.",
                )
            yield line

    reader = csv.reader(lines(), delimiter=form.delimiter, strict=True)
    width = count = 0
    try:
        for number, row in enumerate(reader):
            chars = 0
            if not row:
                continue
            if len(row) == 1 != width and not row[0].strip() and len(blank) < ROWS:
                blank.append(number)
                continue
            width = width or len(row)
            if len(row) != width:
                raise DataError(
                    "A row has more or fewer cells than the first.",
                    f"line {reader.line_num:,} of {form.name} with {len(row):,} instead of "
                    f"{width:,}",
                    "Put cells that hold the delimiter in quotes, and leave no cell out.",
                )
            if count > min(ROWS, CELLS // width):
                raise DataError(
                    f"A table can't have more than {ROWS:,} rows or {CELLS:,} cells.",
                    f"{form.name} with {width:,} columns and more than {count - 1:,} rows",
                    "Use a part of it.",
                )
            count += 1
            yield row
    except csv.Error as error:
        raise DataError(
            f"A quote in the table is not closed, or a cell has more than {CELL_CHARS:,} "
            "characters.",
            f"line {reader.line_num:,} of {form.name}: {error}",
            "Close the quotes, and write a quote within quotes twice.",
        ) from None


def _names(first: Sequence[str], form: TextFormat, notes: list[str]) -> list[str] | None:
    """Return the names of the columns from the first row; `None` if it is data."""
    if not first:
        raise DataError(
            "The table is empty.",
            form.name,
            _HEADER,
        )
    if len(first) > COLUMNS:
        raise DataError(
            f"A table can't have more than {COLUMNS:,} columns.",
            f"{form.name} with {len(first):,}",
            "Leave some out, or save columns that belong together as one array in an `.npz` file.",
        )
    if len(first) < 2:
        raise DataError(
            "A table needs at least two columns: a label, and something to predict it from.",
            f"{form.name} with one",
            "Give each input and the label a column of its own: a text file has commas, semicolons "
            "or tabs between them, and an Excel file may have them in another sheet.",
        )
    if any(_is_number(cell, form) for cell in first):
        notes.append("The first line holds numbers, so it is read as data; columns are numbered.")
        return None
    names = column_names(first)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            "Two columns have the same name.", f"{twice[0]} twice", "Rename one in the first line."
        )
    long = next((name for name in names if len(name) > 200), None)
    if long is not None:
        raise DataError(
            "A column's name can't have more than 200 characters.", f"{long[:40]}…", "Shorten it."
        )
    return names


def _frame(source: bytes, form: TextFormat, **options: object) -> DataFrame:
    import pandas as pd

    frame: DataFrame = pd.read_csv(
        text_lines(source, form.encoding),
        sep=form.delimiter,
        decimal=form.decimal,
        index_col=False,
        keep_default_na=False,
        na_values=_SPELLINGS,
        low_memory=False,
        **options,
    )
    return frame


def _read_booleans_as_text(
    frame: DataFrame, source: bytes, form: TextFormat, options: dict[str, object]
) -> None:
    """Read columns again that pandas made `True` and `False`, as their spelling is lost."""
    import pandas as pd

    booleans = [
        index
        for index, dtype in frame.dtypes.items()
        if dtype.kind not in "iuf" and not isinstance(dtype, pd.StringDtype)
    ]
    if booleans:
        frame[booleans] = _frame(source, form, usecols=booleans, dtype=str, **options)


def _column(name: str, cells: Series, form: TextFormat, notes: list[str]) -> Column:
    """Return a column of numbers, or of texts if no way of writing numbers fits all cells."""
    if cells.dtype.kind in "iuf":
        style = "plain" if form.decimal == "." else "comma"
        return number_column(name, cells.to_numpy(np.float64), style)
    places, distinct = cells.factorize()
    codes: dict[str, int] = {}
    indices = [
        -1 if cell.lower() in MISSING else codes.setdefault(cell, len(codes))
        for cell in map(str.strip, distinct)
    ]
    column_codes = np.array([*indices, -1], np.int32)[places]
    style, odd = style_of(codes, [*number_styles(form.delimiter), *DATES])
    if not style:
        if odd:
            notes.append(f"`{name}` is read as text: `{odd[:40]}` in it is no number.")
        return text_column(name, column_codes, list(codes))
    if style in DATES:
        notes.append(f"Dates in `{name}` are read as days since 1970.")
    elif style != "plain":
        way = "a decimal comma" if style == "comma" else "commas between thousands"
        notes.append(f"Numbers in `{name}` are read with {way}.")
    numbers = np.array([*map(STYLES[style], codes), np.nan])
    return number_column(name, numbers[column_codes], style)


def _is_number(cell: str, form: TextFormat) -> bool:
    cell = cell.strip()
    return any(map(str.isdigit, cell)) and any(
        reads(style, cell) for style in number_styles(form.delimiter)
    )


def _kept(columns: Sequence[Column], form: TextFormat, notes: list[str]) -> tuple[Column, ...]:
    """Return the columns with at least one cell that is not empty."""
    kept = tuple(column for column in columns if column.missing < len(column.values))
    notes += [f"`{column.name}` is empty and left out." for column in columns if column not in kept]
    if len(kept) < 2:
        raise DataError(
            "A table needs at least two columns that are not empty.",
            f"{form.name} with {len(kept)}",
            "Fill in more cells.",
        )
    return kept
