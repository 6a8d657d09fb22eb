"""Reads a table of text: delimiter, encoding, header and ways to write a number are found out."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

import numpy as np

from components.core.errors import DataError
from sample_data.core.arrays import Array
from sample_data.own._signatures import refuse_other
from sample_data.own.limits import CELL_CHARS, CELLS, COLUMNS, ROW_CHARS, ROWS
from sample_data.own.table import Column, DataTable, numbers, texts

Row: TypeAlias = list[str]
Style: TypeAlias = Callable[[str], float]

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
"""Cells that hold nothing, in any case."""

_DELIMITERS = ",;\t|"
_SAID = {"\t": "tabs", ";": "semicolons", "|": "bars"}
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b")
_BLOCK = 4096
_CHUNK = 1 << 20
_SNIFFED_ROWS = 50
_LINES_A_ROW = 10
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d+)?([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True)
class _Form:
    """How the file is written."""

    name: str
    encoding: str
    delimiter: str


@dataclass
class _Scan:
    """What is known of a column so far: in which ways all its cells can be read as numbers.

    `blocks` are the numbers themselves, as long as none is missing and all are plain.
    """

    styles: list[Style]
    numbers: int = 0
    broken_by: str = ""
    blocks: list[Array] | None = field(default_factory=list)

    def see(self, cells: Sequence[str]) -> None:
        """Take in the cells of some more rows."""
        plain = _plain(cells) if float in self.styles else None
        if self.blocks is not None and plain is not None:
            self.blocks.append(np.array(plain))
        else:
            self.blocks = None
        if plain is not None:
            self.numbers += len(cells)
            if _comma in self.styles and not all(_reads(_comma, cell) for cell in cells):
                self.styles = [float]
            return
        for cell in cells:
            if not self.styles:
                return
            if cell.strip().lower() not in MISSING:
                self._see_one(cell)

    def _see_one(self, cell: str) -> None:
        self.styles = [style for style in self.styles if _reads(style, cell)]
        if self.styles:
            self.numbers += 1
        elif self.numbers:
            self.broken_by = cell.strip()


def read_csv(source: bytes, name: str, header: bool | None = None) -> DataTable:
    """The table of a text file.

    The first line is the header unless it holds a number; `header` says it outright. Raises
    `DataError` for what is no table: other formats, rows of different widths, names that stand
    twice, and sizes beyond the caps.
    """
    refuse_other(source, name)
    _check_lines(source, name)
    notes: list[str] = []
    form = _form(source, name, notes)
    first = next(_rows(source, form), None)
    if first is None:
        raise DataError(
            "A table has a header and a row for each sample.", f"{name}, which is empty", _MEND_ROWS
        )
    if header is None:
        header = not any(_is_number(cell, form) for cell in first)
        if not header:
            notes.append(
                "The first line holds numbers, so it is read as data; columns are numbered."
            )
    names = _names(first if header else [""] * len(first), form, notes)
    scans, rows = _scan(source, form, names, header)
    columns = _fill(source, form, names, header, scans, rows)
    return DataTable(name, _kept(columns, scans, form, notes), tuple(notes))


_MEND_ROWS = "Write the names of the columns in the first line and one sample in each further one."


def _check_lines(source: bytes, name: str) -> None:
    """A cheap bound, before any line is looked at."""
    lines = source.count(b"\n")
    if lines > _LINES_A_ROW * ROWS:
        raise _too_many(name, f"{lines:,} lines")


def _too_many(name: str, said: str) -> DataError:
    return DataError(
        f"A table has at most {ROWS:,} rows and {CELLS:,} cells.",
        f"{name} with {said}",
        "Send a part of it.",
    )


def _form(source: bytes, name: str, notes: list[str]) -> _Form:
    encoding = next((e for bom, e in _BOMS.items() if source.startswith(bom)), "")
    if not encoding:
        if source.translate(None, _CONTROL) != source:
            raise DataError(
                "A table is a file of text.",
                f"{name}, which holds bytes that are no text",
                "Save the table as CSV.",
            )
        encoding = "utf-8" if _decodes(source, "utf-8") else "latin-1"
        if encoding == "latin-1":
            notes.append("The file is not UTF-8; it is read as Latin-1.")
    elif not _decodes(source, encoding):
        raise DataError(
            "A table is a file of text in one encoding.",
            f"{name}, which is not {_ENCODINGS[encoding]} throughout",
            "Save it once more, as CSV in UTF-8.",
        )
    best = max(_DELIMITERS, key=lambda delimiter: _evenness(source, encoding, delimiter))
    if best != ",":
        notes.append(f"Cells are separated by {_SAID[best]}.")
    return _Form(name, encoding, best)


def _decodes(source: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(source)
    try:
        for start in range(0, len(view), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _evenness(source: bytes, encoding: str, delimiter: str) -> tuple[float, bool, int]:
    """How well a delimiter cuts the first rows: the share with the usual number of cells, and it.

    Of two that do equally well the comma is the worse: it may be the decimal one.
    """
    lines = _lines(_text(source[:_CHUNK], encoding), _Form("", encoding, delimiter), [0])
    widths: list[int] = []
    with suppress(csv.Error, DataError):
        for row in islice(csv.reader(lines, delimiter=delimiter), _SNIFFED_ROWS):
            widths.extend([len(row)] if row else [])
    width, count = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return (count / len(widths), delimiter != ",", width) if width > 1 else (0.0, False, 0)


def _text(source: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(source), encoding=encoding, errors="replace", newline="")


def _lines(text: io.TextIOWrapper, form: _Form, pending: list[int]) -> Iterator[str]:
    """Lines of the text; `pending` counts the characters since it was last set to 0."""
    for line in text:
        pending[0] += len(line)
        if pending[0] > ROW_CHARS:
            raise DataError(
                f"A row of a table has at most {ROW_CHARS:,} characters.",
                f"{form.name} with a longer one",
                "Close the quotes, and write one sample a line.",
            )
        yield line


def _rows(source: bytes, form: _Form) -> Iterator[Row]:
    """Rows that are not blank, all as wide as the first."""
    pending, width = [0], 0
    lines = _lines(_text(source, form.encoding), form, pending)
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    try:
        for row in reader:
            pending[0] = 0
            if not row or (len(row) == 1 != width and not row[0].strip()):
                continue
            width = width or len(row)
            if len(row) != width:
                raise DataError(
                    "Every row of a table has as many cells as the first.",
                    f"line {reader.line_num:,} of {form.name} with {len(row):,} instead of "
                    f"{width:,}",
                    "Put cells that hold the delimiter in quotes, and leave no cell out.",
                )
            yield row
    except csv.Error as error:
        raise DataError(
            f"Quotes in a table are closed, and a cell has at most {CELL_CHARS:,} characters.",
            f"line {reader.line_num:,} of {form.name}: {error}",
            "Close the quotes, and write a quote within quotes twice.",
        ) from None


def _names(first: Row, form: _Form, notes: list[str]) -> list[str]:
    if len(first) < 2:
        raise DataError(
            "A table has at least two columns: one to predict, and one to predict it from.",
            f"{form.name} with one column",
            "Separate the cells by commas, semicolons or tabs.",
        )
    if len(first) > COLUMNS:
        raise DataError(
            f"A table has at most {COLUMNS:,} columns.",
            f"{form.name} with {len(first):,}",
            "Leave columns out, or save the data as `.npz`.",
        )
    names = [" ".join(cell.split()) or f"column_{place}" for place, cell in enumerate(first, 1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            "Columns have names of their own.", f"{twice[0]} twice", "Rename one in the first line."
        )
    long = next((name for name in names if len(name) > 200), None)
    if long is not None:
        raise DataError(
            "A column's name has at most 200 characters.", f"{long[:40]}…", "Shorten it."
        )
    return names


def _blocks(
    source: bytes, form: _Form, header: bool
) -> Iterator[tuple[int, tuple[tuple[str, ...], ...]]]:
    """The row each block starts at, and its cells by column."""
    rows = _rows(source, form)
    if header:
        next(rows)
    at = 0
    while block := list(islice(rows, _BLOCK)):
        yield at, tuple(zip(*block, strict=True))
        at += len(block)


def _scan(
    source: bytes, form: _Form, names: Sequence[str], header: bool
) -> tuple[list[_Scan], int]:
    scans = [_Scan(_styles(form)) for _ in names]
    count = 0
    for at, block in _blocks(source, form, header):
        count = at + len(block[0])
        most = min(ROWS, CELLS // len(names))
        if count > most:
            raise _too_many(form.name, f"more than {most:,} rows of {len(names):,} cells")
        for scan, cells in zip(scans, block, strict=True):
            scan.see(cells)
    if count < 2:
        raise DataError(
            "A table has a header and at least two rows, one for each sample.",
            f"{form.name} with {count} below the header" if header else f"{form.name} with {count}",
            _MEND_ROWS,
        )
    return scans, count


def _fill(
    source: bytes,
    form: _Form,
    names: Sequence[str],
    header: bool,
    scans: Sequence[_Scan],
    rows: int,
) -> list[Column]:
    held = [
        np.concatenate(scan.blocks)
        if scan.blocks
        else np.empty(rows, np.float64 if scan.styles and scan.numbers else np.int32)
        for scan in scans
    ]
    places: list[dict[str, int]] = [{} for _ in scans]
    again = [place for place, scan in enumerate(scans) if not scan.blocks]
    for at, block in _blocks(source, form, header) if again else ():
        part = slice(at, at + len(block[0]))
        for place in again:
            if held[place].dtype == np.float64:
                held[place][part] = _numbers(scans[place].styles[0], block[place])
            else:
                held[place][part] = [_code(cell, places[place]) for cell in block[place]]
    return [
        numbers(name, into) if into.dtype == np.float64 else texts(name, into, list(known))
        for name, into, known in zip(names, held, places, strict=True)
    ]


def _code(cell: str, known: dict[str, int]) -> int:
    cell = cell.strip()
    return -1 if cell.lower() in MISSING else known.setdefault(cell, len(known))


def _numbers(style: Style, cells: Sequence[str]) -> Sequence[float]:
    plain = _plain(cells) if style is float else None
    if plain is not None:
        return plain
    return [float("nan") if cell.strip().lower() in MISSING else style(cell) for cell in cells]


def _plain(cells: Sequence[str]) -> list[float] | None:
    """The cells as numbers with a decimal point, where all are."""
    try:
        made = list(map(float, cells))
    except ValueError:
        return None
    return None if "_" in "".join(cells) else made


def _comma(cell: str) -> float:
    """A number with a decimal comma, such as `1.234,5`."""
    cell = cell.strip()
    if not _COMMA.fullmatch(cell):
        raise ValueError(cell)
    return float(cell.replace(".", "").replace(",", "."))


def _grouped(cell: str) -> float:
    """A number with commas between thousands, such as `1,234.5`."""
    cell = cell.strip()
    if _GROUPED.fullmatch(cell):
        return float(cell.replace(",", ""))
    return float(cell)


def _reads(style: Style, cell: str) -> bool:
    try:
        style(cell)
    except ValueError:
        return False
    return "_" not in cell


def _is_number(cell: str, form: _Form) -> bool:
    return any(map(str.isdigit, cell)) and any(_reads(style, cell) for style in _styles(form))


def _styles(form: _Form) -> list[Style]:
    return [float, _grouped if form.delimiter == "," else _comma]


def _kept(
    columns: Sequence[Column], scans: Sequence[_Scan], form: _Form, notes: list[str]
) -> tuple[Column, ...]:
    kept = []
    for column, scan in zip(columns, scans, strict=True):
        if column.missing == len(column.values):
            notes.append(f"`{column.name}` is empty and left out.")
            continue
        kept.append(column)
        if column.kind != "number" and scan.broken_by:
            notes.append(
                f"`{column.name}` is read as text: `{scan.broken_by[:40]}` in it is no number."
            )
        elif column.kind == "number" and scan.styles[0] is not float:
            how = "a decimal comma" if scan.styles[0] is _comma else "commas between thousands"
            notes.append(f"Numbers in `{column.name}` are read with {how}.")
    if len(kept) < 2:
        raise DataError(
            "A table has at least two columns with something in them.",
            f"{form.name} with {len(kept)}",
            "Fill in more cells.",
        )
    return tuple(kept)
