"""Rows of tables for predictions: files, data frames, dicts and lists of any supported form.

The text of this file is part of every `predict.py`.
"""

from __future__ import annotations

import csv
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np

from sample_data.columns.cells import cell_text, one_spelling
from sample_data.columns.preparation import RowsError, Step
from sample_data.columns.tables import (
    PICTURES,
    best_delimiter,
    by_short_names,
    column_names,
    filled_rows,
    is_junk,
    same_width,
    split_sample,
    text_encoding,
    text_lines,
    used_rows,
)

_ARCHIVES = (".zip", ".npz", ".xlsx")
"""Extensions of files that are zip archives."""
_CELLS = ("number", "text")
"""Kinds of columns with one number or text in each cell."""

Files: TypeAlias = Mapping[str, Callable[[], bytes]]
"""Functions that read the files that a table may name, by name."""


@dataclass(frozen=True)
class RowTable:
    """Rows to predict: cells by column, and the files that the cells may name."""

    columns: Mapping[str, Sequence[Any]]
    files: Files = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))


def row_table(rows: Any, specs: Sequence[Step]) -> RowTable:
    """Return rows of any supported form as a table."""
    if isinstance(rows, (str, os.PathLike)):
        return read_table(Path(rows), specs)
    if hasattr(rows, "columns"):
        return RowTable(_by_name(rows.columns, (rows[name].to_list() for name in rows.columns)))
    rows = _of_series(rows)
    if isinstance(rows, Mapping):
        return RowTable(_by_name(rows, _columns(rows, specs)))
    rows = [_of_series(row) for row in rows] if _is_column(rows) else [rows]
    for row in rows:
        if not isinstance(row, Mapping):
            raise RowsError(
                "Rows need a value by the name of each column, but one is of the type "
                f"{type(row).__name__}. Give a file, a data frame, a dict of columns or a list of "
                "dicts."
            )
    rows = [{one_spelling(str(name)): row[name] for name in row} for row in rows]
    names = dict.fromkeys(name for row in rows for name in row)
    return RowTable({name: [row.get(name) for row in rows] for name in names})


def _of_series(rows: Any) -> Any:
    """Return a series of pandas as a dict, other rows unchanged."""
    return rows.to_dict() if hasattr(rows, "to_dict") else rows


def _is_column(cells: Any) -> bool:
    single = isinstance(cells, (str, bytes)) or not getattr(cells, "ndim", 1)
    return isinstance(cells, Iterable) and not single


def _columns(rows: Mapping[Any, Any], specs: Sequence[Step]) -> list[Sequence[Any]]:
    """Return the columns of a dict; if it has single values, it is one row.

    Raises `RowsError` if it has both.
    """
    single = [name for name, cells in rows.items() if not _is_column(cells)]
    arrays = {one_spelling(spec["column"]) for spec in specs if spec["as"] not in _CELLS}
    for name, cells in rows.items() if single else ():
        if _is_column(cells) and one_spelling(str(name)) not in arrays:
            raise RowsError(
                f"`{name}` has several values and `{single[0]}` has one. Give a list with one "
                "value for each row to each column."
            )
    if single:
        return [[cells] for cells in rows.values()]
    columns: Iterable[Any] = (
        cells.values() if isinstance(cells, Mapping) else cells for cells in rows.values()
    )
    return [cells if hasattr(cells, "__getitem__") else list(cells) for cells in columns]


def _by_name(names: Iterable[Any], columns: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return columns by name. Raises `RowsError` if two have the same name, as training does."""
    spelled = [one_spelling(str(name)) for name in names]
    for name, count in Counter(spelled).items():
        if count > 1:
            raise RowsError(f"Two columns have the same name, `{name}`. Rename one of them.")
    return dict(zip(spelled, columns, strict=True))


def read_table(path: Path, specs: Sequence[Step]) -> RowTable:
    """Read a table, arrays, or a zip file of pictures.

    Pictures and sequences that a table names are searched in its folder. Raises `RowsError` for an
    unknown extension, and for a file that does not match its extension.
    """
    ending = path.suffix.lower()
    if ending in _ARCHIVES and path.is_file() and not zipfile.is_zipfile(path):
        raise RowsError(f"`{path.name}` is damaged, or not a {ending} file. Save it again.")
    if ending == ".zip":
        return _zipped(path, specs)
    if ending == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return RowTable({name: arrays[name] for name in arrays.files})
    names_files = any(spec["as"] in ("picture", "sequence") for spec in specs)
    files = _folder_files(path.parent) if names_files else {}
    if ending == ".parquet":
        import pyarrow.parquet

        read = pyarrow.parquet.read_table(path)
        columns = (column.to_pylist() for column in read.columns)
        return RowTable(_by_name(read.column_names, columns), files)
    if ending == ".xlsx":
        return RowTable(_by_column(*_sheet_rows(path, specs)), files)
    if ending in (".csv", ".tsv", ".txt"):
        return _text_table(path.read_bytes(), specs, files)
    raise RowsError(f"`{path.name}` can't be read: use .csv, .tsv, .xlsx, .parquet, .npz or .zip.")


def _by_column(names: Sequence[str], rows: Sequence[list[Any]]) -> dict[str, Sequence[Any]]:
    return _by_name(names, ([row[index] for row in rows] for index in range(len(names))))


def _sheet_rows(path: Path, specs: Sequence[Step]) -> tuple[list[str], list[list[Any]]]:
    """Return the names and rows of a workbook's sheet, with values instead of formulas.

    It is the first sheet with all columns of the model, or else the first sheet.
    """
    import openpyxl

    needed = {one_spelling(spec["column"]) for spec in specs}
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    sheets = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        first, *rows = list(same_width([*used_rows(sheet.iter_rows(values_only=True))])) or [[]]
        names = column_names([*map(cell_text, first)])
        sheets.append((names, rows))
        if names and needed <= set(map(one_spelling, names)):
            return sheets[-1]
    if not sheets or not sheets[0][0]:
        raise RowsError(f"The first sheet of `{path.name}` is empty.")
    return sheets[0]


def _text_table(source: bytes, specs: Sequence[Step], files: Files) -> RowTable:
    """Read a text file of any encoding and delimiter. Raises `RowsError` for uneven rows.

    Columns of a file without a header are numbered, as in training.
    """
    encoding, _ = text_encoding(source)
    delimiter = best_delimiter(split_sample(source, encoding))
    read = csv.reader(text_lines(source, encoding), delimiter=delimiter)
    first, *rows = list(filled_rows(read)) or [[]]
    names, numbered = column_names(first), column_names([""] * len(first))
    needed = {spec["column"] for spec in specs}
    if needed <= set(numbered) and not needed & set(names):
        names, rows = numbered, [first, *rows]
    for row in rows:
        if len(row) != len(names):
            raise RowsError(
                f"A row has {len(row):,} cells, and the first line {len(names):,}: "
                f"{delimiter.join(row)[:60]}"
            )
    return RowTable(_by_column(names, rows), files)


def _zipped(path: Path, specs: Sequence[Step]) -> RowTable:
    """Read a zip file: a table with the files that it names, or a picture for each row."""
    with zipfile.ZipFile(path) as archive:
        contents = {
            entry.filename: archive.read(entry)
            for entry in archive.infolist()
            if not entry.is_dir() and not is_junk(entry.filename)
        }
    tables = [name for name in contents if name.lower().endswith(".csv")]
    folder = str(PurePosixPath(tables[0]).parent) if tables else "."
    files = _named_files({name: partial(contents.__getitem__, name) for name in contents}, folder)
    if tables:
        return _text_table(contents[tables[0]], specs, files)
    return RowTable({"image": _picture_names(contents)}, files)


def _picture_names(files: Collection[str]) -> list[str]:
    return sorted(name for name in files if name.lower().endswith(PICTURES))


def _folder_files(folder: Path) -> Files:
    """Return the pictures and arrays in a folder and its subfolders, by path and by name."""
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in (*PICTURES, ".npy")]
    return _named_files(
        {path.relative_to(folder).as_posix(): path.read_bytes for path in paths}, "."
    )


def _named_files(files: Files, folder: str) -> Files:
    """Return files by the names that a table in a folder may use, including numbers."""
    by_name = by_short_names(files, folder)
    for path in files:
        stem = PurePosixPath(path).stem
        if stem.isascii() and stem.isdecimal():
            by_name.setdefault(str(int(stem)), files[path])
    return by_name
