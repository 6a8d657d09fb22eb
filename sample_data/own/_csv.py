"""Reads a table of text through pandas, and finds out how each column writes its numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from components.core.errors import DataError
from sample_data.columns.column import Column, number_column, text_column
from sample_data.core.limits import COLUMNS
from sample_data.own._csv_text import COMMA_NUMBER, CheckedText, TextFormat, detect_format
from sample_data.own._signatures import refuse_other
from sample_data.own.table import DataTable

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Style: TypeAlias = Callable[[str], float]

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
"""Cells that count as empty, in any case."""

_SPELLINGS = [
    "".join(chars) for word in MISSING for chars in product(*zip(word, word.upper(), strict=True))
]
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_HEADER = "Write the names of the columns in the first line and one sample in each further line."


def read_csv(source: bytes, name: str, header: bool | None = None) -> DataTable:
    """The table of a text file.

    The first line is read as the header unless it holds a number, or as `header` tells. Raises
    `DataError` for other formats, rows of different widths, names that occur twice, and tables
    beyond the limits.
    """
    refuse_other(source, name)
    notes: list[str] = []
    form = detect_format(source, name, notes)
    first = CheckedText(source, form).next_row()
    if first is None:
        raise DataError(
            "A table must have a header and a row for each sample.",
            f"{name}, which is empty",
            _HEADER,
        )
    if header is None:
        header = not any(_is_number(cell, form) for cell in first)
        if not header:
            notes.append(
                "The first line holds numbers, so it is read as data; columns are numbered."
            )
    names = _names(first if header else [""] * len(first), form)
    frame = _frame(_rows(source, form, header), form, range(len(names)))
    if len(frame) < 2:
        raise DataError(
            "A table must have a header and at least two rows, one for each sample.",
            f"{name} with {len(frame):,}{' below the header' if header else ''}",
            _HEADER,
        )
    _read_booleans_as_text(frame, source, form, header)
    columns = [_column(name, frame[index], form, notes) for index, name in enumerate(names)]
    return DataTable(name, _kept(columns, form, notes), tuple(notes))


def _frame(
    text: CheckedText, form: TextFormat, columns: Collection[int], **options: object
) -> DataFrame:
    import pandas as pd

    frame: DataFrame = pd.read_csv(
        text,
        sep=form.delimiter,
        decimal=form.decimal,
        header=None,
        names=columns,
        index_col=False,
        skip_blank_lines=False,
        keep_default_na=False,
        na_values=_SPELLINGS,
        low_memory=False,
        **options,
    )
    return frame


def _read_booleans_as_text(frame: DataFrame, source: bytes, form: TextFormat, header: bool) -> None:
    """Reads columns again that pandas made `True` and `False`, as their spelling is lost."""
    import pandas as pd

    booleans = [
        index
        for index, dtype in frame.dtypes.items()
        if dtype.kind not in "iuf" and not isinstance(dtype, pd.StringDtype)
    ]
    if booleans:
        rows = _rows(source, form, header)
        frame[booleans] = _frame(rows, form, frame.columns, usecols=booleans, dtype=str)


def _rows(source: bytes, form: TextFormat, header: bool) -> CheckedText:
    text = CheckedText(source, form)
    if header:
        text.next_row()
        text.count = 0
    return text


def _names(first: Sequence[str], form: TextFormat) -> list[str]:
    if len(first) < 2:
        raise DataError(
            "A table must have at least two columns: a label, and an input to predict from.",
            f"{form.name} with one column",
            "Separate the cells by commas, semicolons or tabs.",
        )
    if len(first) > COLUMNS:
        raise DataError(
            f"A table can't have more than {COLUMNS:,} columns.",
            f"{form.name} with {len(first):,}",
            "Leave columns out, or save the data as `.npz`.",
        )
    names = [" ".join(cell.split()) or f"column_{number}" for number, cell in enumerate(first, 1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            "Names of columns must differ.", f"{twice[0]} twice", "Rename one in the first line."
        )
    long = next((name for name in names if len(name) > 200), None)
    if long is not None:
        raise DataError(
            "A column's name can't have more than 200 characters.", f"{long[:40]}…", "Shorten it."
        )
    return names


def _column(name: str, cells: Series, form: TextFormat, notes: list[str]) -> Column:
    """A column of numbers, or of texts if a cell is not a number in any way of writing them."""
    if cells.dtype.kind in "iuf":
        return number_column(name, cells.to_numpy(np.float64))
    places, distinct = cells.factorize()
    codes: dict[str, int] = {}
    indices = [
        -1 if cell.lower() in MISSING else codes.setdefault(cell, len(codes))
        for cell in map(str.strip, distinct)
    ]
    column_codes = np.array([*indices, -1], np.int32)[places]
    style, odd = _style(codes, form)
    if style is None:
        if odd:
            notes.append(f"`{name}` is read as text: `{odd[:40]}` in it is no number.")
        return text_column(name, column_codes, list(codes))
    if style is not float:
        way = "a decimal comma" if style is _comma else "commas between thousands"
        notes.append(f"Numbers in `{name}` are read with {way}.")
    return number_column(name, np.array([*map(style, codes), np.nan])[column_codes])


def _style(cells: Collection[str], form: TextFormat) -> tuple[Style | None, str]:
    """The way of writing numbers that fits all cells; else the first cell that is no number.

    That cell is empty if no cell before it is a number.
    """
    styles = _styles(form)
    for index, cell in enumerate(cells):
        styles = [style for style in styles if _reads(style, cell)]
        if not styles:
            return None, cell if index else ""
    return styles[0], ""


def _styles(form: TextFormat) -> list[Style]:
    return [float, _grouped if form.delimiter == "," else _comma]


def _comma(cell: str) -> float:
    """A number with a decimal comma, such as `1.234,5`."""
    if not COMMA_NUMBER.fullmatch(cell):
        raise ValueError(cell)
    return float(cell.replace(".", "").replace(",", "."))


def _grouped(cell: str) -> float:
    """A number with commas between thousands, such as `1,234.5`."""
    return float(cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)


def _reads(style: Style, cell: str) -> bool:
    try:
        style(cell)
    except ValueError:
        return False
    return "_" not in cell


def _is_number(cell: str, form: TextFormat) -> bool:
    cell = cell.strip()
    return any(map(str.isdigit, cell)) and any(_reads(style, cell) for style in _styles(form))


def _kept(columns: Sequence[Column], form: TextFormat, notes: list[str]) -> tuple[Column, ...]:
    """The columns with at least one cell that is not empty."""
    kept = tuple(column for column in columns if column.missing < len(column.values))
    notes += [f"`{column.name}` is empty and left out." for column in columns if column not in kept]
    if len(kept) < 2:
        raise DataError(
            "A table must have at least two columns that are not empty.",
            f"{form.name} with {len(kept)}",
            "Fill in more cells.",
        )
    return kept
