"""The text of a table: its encoding, delimiter and decimal sign, and checks of each row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from components.core.errors import DataError
from sample_data.core.limits import CELL_CHARS, CELLS, ROW_CHARS, ROWS

COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d+)?([eE][+-]?\d+)?")
"""A number with a decimal comma, such as `1.234,5`."""

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b")
_CHUNK = 1 << 20
_SAMPLED_ROWS = 50
_LINES_PER_ROW = 10


@dataclass(frozen=True)
class TextFormat:
    """How a file is written."""

    name: str
    encoding: str
    delimiter: str
    decimal: str = "."


def detect_format(source: bytes, name: str, notes: list[str]) -> TextFormat:
    """The format of a file, by its first rows. Raises `DataError` for files that are no text."""
    lines = source.count(b"\n")
    if lines > _LINES_PER_ROW * ROWS:
        raise too_many(name, f"{lines:,} lines")
    encoding = _encoding(source, name, notes)
    sampled = {sign: _sample(source, TextFormat(name, encoding, sign)) for sign in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda sign: _evenness(sign, sampled[sign]))
    if delimiter == ",":
        return TextFormat(name, encoding, delimiter)
    notes.append(f"Cells are separated by {_DELIMITERS[delimiter]}.")
    cells = (cell.strip() for row in sampled[delimiter] for cell in row)
    if not any("," in cell and COMMA_NUMBER.fullmatch(cell) for cell in cells):
        return TextFormat(name, encoding, delimiter)
    notes.append("Numbers are read with a decimal comma.")
    return TextFormat(name, encoding, delimiter, ",")


def too_many(name: str, received: str) -> DataError:
    """The error for a table beyond the limits of rows or cells."""
    return DataError(
        f"A table can't have more than {ROWS:,} rows or {CELLS:,} cells.",
        f"{name} with {received}",
        "Use a part of it.",
    )


class CheckedText(io.TextIOBase):
    """The text of a table's rows, each checked before it is read. Blank lines are left out.

    `count` rows have been read.

    Raises `DataError` for rows of another width than the first, quotes that are not closed, and
    rows, cells and tables beyond the limits.
    """

    def __init__(self, source: bytes, form: TextFormat) -> None:
        self.form = form
        self.count = 0
        self._width = 0
        self._lines: list[str] = []
        self._chars = 0
        text = io.TextIOWrapper(io.BytesIO(source), form.encoding, errors="replace", newline="")
        self._reader = csv.reader(self._read_lines(text), delimiter=form.delimiter, strict=True)

    def next_row(self) -> list[str] | None:
        """The cells of the next row; `None` at the end."""
        self._lines.clear()
        self._chars = 0
        for row in self._next_cells():
            if not _is_blank(row, self._width):
                self._check(row)
                return row
            self._lines.clear()
        return None

    def read(self, size: int | None = -1) -> str:
        """The text of some more rows, of about that many characters."""
        parts: list[str] = []
        wanted = size if size is not None and size >= 0 else None
        length = 0
        while (wanted is None or length < wanted) and self.next_row() is not None:
            parts += self._lines
            length += self._chars
            if not parts[-1].endswith(("\n", "\r")):
                parts.append("\n")
        return "".join(parts)

    def _read_lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        for line in text:
            self._chars += len(line)
            if self._chars > ROW_CHARS:
                raise DataError(
                    f"A row of a table can't have more than {ROW_CHARS:,} characters.",
                    f"{self.form.name} with a longer one",
                    "Close the quotes, and write one sample per line.",
                )
            self._lines.append(line)
            yield line

    def _next_cells(self) -> Iterator[list[str]]:
        try:
            for row in self._reader:
                yield row
                self._chars = 0
        except csv.Error as error:
            raise DataError(
                f"Quotes in a table must be closed, and a cell can't have more than "
                f"{CELL_CHARS:,} characters.",
                f"line {self._reader.line_num:,} of {self.form.name}: {error}",
                "Close the quotes, and write a quote within quotes twice.",
            ) from None

    def _check(self, row: Sequence[str]) -> None:
        self._width = self._width or len(row)
        if len(row) != self._width:
            raise DataError(
                "Every row of a table must have as many cells as the first.",
                f"line {self._reader.line_num:,} of {self.form.name} with {len(row):,} instead of "
                f"{self._width:,}",
                "Put cells that hold the delimiter in quotes, and leave no cell out.",
            )
        self.count += 1
        most = min(ROWS, CELLS // self._width)
        if self.count > most:
            raise too_many(self.form.name, f"more than {most:,} rows of {self._width:,} cells")


def _is_blank(row: Sequence[str], width: int) -> bool:
    return not row or (len(row) == 1 != width and not row[0].strip())


def _encoding(source: bytes, name: str, notes: list[str]) -> str:
    encoding = next((e for bom, e in _BOMS.items() if source.startswith(bom)), "")
    if encoding and not _decodes(source, encoding):
        raise DataError(
            "A table must be a text file in one encoding.",
            f"{name}, which is not {_ENCODINGS[encoding]} throughout",
            "Save it again, as CSV in UTF-8.",
        )
    if not encoding and source.translate(None, _CONTROL) != source:
        raise DataError(
            "A table must be a text file.",
            f"{name}, which holds bytes that are no text",
            "Save the table as CSV.",
        )
    if encoding or _decodes(source, "utf-8"):
        return encoding or "utf-8"
    notes.append("The file is not UTF-8; it is read as Latin-1.")
    return "latin-1"


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


def _sample(source: bytes, form: TextFormat) -> list[list[str]]:
    """The first rows as a delimiter cuts them."""
    text = io.TextIOWrapper(
        io.BytesIO(source[:_CHUNK]), form.encoding, errors="replace", newline=""
    )
    rows: list[list[str]] = []
    with suppress(csv.Error):
        for row in islice(csv.reader(text, delimiter=form.delimiter), _SAMPLED_ROWS):
            rows.extend([row] if row else [])
    return rows


def _evenness(delimiter: str, rows: Sequence[Sequence[str]]) -> tuple[float, bool, int]:
    """The share of rows with the most frequent number of cells, and that number.

    Of two delimiters that do equally well the comma loses: it can be the decimal one.
    """
    widths = [len(row) for row in rows]
    width, count = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return (count / len(widths), delimiter != ",", width) if width > 1 else (0.0, False, 0)
