"""Format of tables: text files, sheets and zip files, cut into rows of cells.

The text of this file is part of every `predict.py`. It has no limits: what reads the files of
strangers counts their rows and characters as they come.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, TypeVar

T = TypeVar("T")

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""Delimiters of tables, and their names."""
SAMPLED_ROWS = 50
"""Number of rows at the start of a table from which its delimiter is detected."""
_SAMPLED_BYTES = 1 << 20
BOMS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
"""Encodings and their titles, by the first bytes of a text file."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
"""Extensions of pictures that can be read."""
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


def best_delimiter(sampled: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Return the delimiter that splits the first rows of a table most evenly.

    In a tie the comma loses, because it can be a decimal comma.
    """

    def evenness(sign: str) -> tuple[float, bool, int]:
        widths = [len(row) for row in sampled[sign]]
        width = max(widths, key=widths.count, default=0)
        if width < 2:
            return 0.0, False, 0
        return widths.count(width) / len(widths), sign != ",", width

    return max(sampled, key=evenness)


def column_names(first: Sequence[str]) -> list[str]:
    """Return column names from the first row of a table; columns without one are numbered."""
    return [" ".join(cell.split()) or f"column_{number}" for number, cell in enumerate(first, 1)]


def is_junk(path: str) -> bool:
    """Return `True` for a hidden file in a zip file, or one added by an operating system."""
    return any(part in _JUNK or part.startswith(".") for part in PurePosixPath(path).parts)


def by_short_names(files: Mapping[str, T], folder: str) -> dict[str, T]:
    """Return files by path, by path from a folder, and by name or stem if that is unique."""
    by_name = dict(files)
    for path in files:
        if folder != "." and path.startswith(f"{folder}/"):
            by_name.setdefault(path.removeprefix(f"{folder}/"), files[path])
    for part in ("name", "stem"):
        counted = Counter(getattr(PurePosixPath(path), part) for path in files)
        for path in files:
            short = getattr(PurePosixPath(path), part)
            if counted[short] == 1:
                by_name.setdefault(short, files[path])
    return by_name


def text_encoding(source: bytes) -> tuple[str, str]:
    """Return the encoding of a text file, and its title if the file begins with its mark."""
    for mark, encoding in BOMS.items():
        if source.startswith(mark):
            return encoding
    return ("utf-8" if decodes(source, "utf-8") else "latin-1"), ""


def decodes(source: bytes, encoding: str) -> bool:
    """Return `True` if a text file can be read in an encoding."""
    try:
        source.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def text_lines(source: bytes, encoding: str) -> io.TextIOWrapper:
    """Return the lines of a text file, with their ends unchanged."""
    return io.TextIOWrapper(io.BytesIO(source), encoding, errors="replace", newline="")


def split_sample(source: bytes, encoding: str) -> dict[str, list[list[str]]]:
    """Return the first rows of a text file as each delimiter splits them."""
    sampled: dict[str, list[list[str]]] = {}
    for sign in DELIMITERS:
        rows = sampled[sign] = []
        lines = text_lines(source[:_SAMPLED_BYTES], encoding)
        with suppress(csv.Error):
            for row in islice(csv.reader(lines, delimiter=sign), SAMPLED_ROWS):
                rows.extend([row] if row else [])
    return sampled


def filled_rows(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield the rows of a text file that are not blank."""
    return (row for row in rows if len(row) > 1 or (row and row[0].strip()))


def used_rows(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the rows of a sheet that have a cell, each without the empty cells at its end."""
    for row in rows:
        used = next((end for end in range(len(row), 0, -1) if row[end - 1] is not None), 0)
        if used:
            yield [*row[:used]]


def same_width(rows: Sequence[list[Any]]) -> Iterator[list[Any]]:
    """Yield the rows of a sheet with empty cells at the end of the shorter ones."""
    width = max(map(len, rows), default=0)
    return (row + [None] * (width - len(row)) for row in rows)
