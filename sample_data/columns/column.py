"""Columns of a file of any format: one value for each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from components.base.errors import DataError, suggest
from components.base.text import quoted
from sample_data.columns.cells import DATES, date_text
from sample_data.core.arrays import Array
from sample_data.core.limits import CATEGORIES

ColumnKind: TypeAlias = Literal[
    "number", "category", "text", "vector", "timeseries", "tokens", "image"
]

Reading: TypeAlias = Literal["number", "category", "text", "date", "leave out"]
"""Ways to read a column that a user can choose."""

_FEW = 20
"""Maximum number of different texts that are always categories, however many words they have."""
_WORDS = 2.5
"""Mean number of words below which texts can be names of categories."""
_PROSE_WORDS = 2
"""Minimum mean number of words of texts that can be read word by word."""
_EXAMPLE = 60


@dataclass(frozen=True)
class Column:
    """Column or array of a file, N samples long.

    `kind` is its recognised type, and `shape` is that of one sample. `values` are numbers (N,), NaN
    where one is missing; indices into `texts` (N,), -1 where one is missing; or an array (N,
    *shape). `distinct` counts different numbers or texts, and is 0 for arrays.
    """

    name: str
    kind: ColumnKind
    shape: tuple[int, ...]
    distinct: int
    missing: int
    values: Array = field(repr=False, compare=False)
    texts: tuple[str, ...] = field(default=(), repr=False)
    chosen: Reading | None = None
    """Way of reading that the user has chosen."""
    reading: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Format of the cells: `style` of numbers, even if texts now, and `size` of pictures."""
    empty: Array | None = field(default=None, repr=False, compare=False)
    """Cells (N,) of an array that name no file, where zeros stand; `None` if all do."""

    @property
    def read(self) -> dict[str, Any]:
        """Name and format of its cells, as plain data for `predict.py`."""
        if self.texts:
            return {"column": self.name, "as": "text", **self.reading}
        if self.scalar:
            return {"column": self.name, "as": "number", "style": "plain", **self.reading}
        array = {"as": "array", "shape": list(self.shape), "dtype": self.values.dtype.name}
        return {"column": self.name, **array, **self.reading}

    @property
    def left_out(self) -> bool:
        """`True` if the user has left it out of the model."""
        return self.chosen == "leave out"

    @property
    def dates(self) -> bool:
        """`True` if its numbers are days since 1970."""
        return not self.texts and self.reading.get("style") in DATES

    @property
    def scalar(self) -> bool:
        """`True` if it has one value for each sample."""
        return not self.shape

    @property
    def whole(self) -> bool:
        """`True` if all its numbers are whole."""
        known = self.values[np.isfinite(self.values)] if self.kind == "number" else np.zeros(0)
        return bool(known.size) and bool((known == np.round(known)).all())

    @property
    def prose(self) -> bool:
        """`True` if it holds texts of several words."""
        return bool(self.texts) and _words_each(self.texts) >= _PROSE_WORDS

    @property
    def recognised(self) -> str:
        """Recognised type, in a few words."""
        if self.left_out:
            return "Left out"
        if self.kind == "number":
            return "Date" if self.dates else "Number"
        if self.kind == "category":
            return f"Category of {self.distinct:,}"
        if self.kind == "text":
            return "Words"
        sizes = " × ".join(map(str, self.shape))
        titles = {"vector": "Numbers", "timeseries": "Sequence", "tokens": "Word ids"}
        return f"{titles.get(self.kind, 'Picture')} {sizes}"

    def cell(self, row: int) -> str:
        """Return the value of a sample, shortened if it is long."""
        value = self.values[row]
        if self.texts:
            return _short(self.texts[value]) if value >= 0 else "–"
        if self.shape:
            first = ", ".join(f"{number:.3g}" for number in value.ravel()[:3])
            return f"{first} …"
        if np.isnan(value):
            return "–"
        return date_text(float(value)) if self.dates else f"{value:g}"


def number_column(name: str, values: Array, style: str = "plain") -> Column:
    """Return a column of numbers (N,) written in a style, NaN where one is missing."""
    known = values[~np.isnan(values)]
    missing, reading = len(values) - len(known), {"style": style}
    return Column(name, "number", (), len(np.unique(known)), missing, values, reading=reading)


def text_column(name: str, codes: Array, distinct: Sequence[str]) -> Column:
    """Return a column of texts: the index of each in `distinct`, -1 where it is missing."""
    missing = int((codes < 0).sum())
    present = len(codes) - missing
    kind: ColumnKind = "category" if _are_categories(distinct, present) else "text"
    return Column(name, kind, (), len(distinct), missing, codes, tuple(distinct))


def array_column(
    name: str,
    kind: ColumnKind,
    values: Array,
    reading: Mapping[str, Any] | None = None,
    empty: Array | None = None,
) -> Column:
    """Return a column of arrays (N, ...), with the format of its cells and its `empty` cells."""
    missing = 0 if empty is None else int(empty.sum())
    empty = empty if missing else None
    return Column(
        name, kind, values.shape[1:], 0, missing, values, reading=reading or {}, empty=empty
    )


def _are_categories(distinct: Sequence[str], present: int) -> bool:
    if len(distinct) <= 2:
        return True
    if len(distinct) > present / 2 or len(distinct) > CATEGORIES:
        return False
    return len(distinct) <= _FEW or _words_each(distinct) < _WORDS


def _words_each(texts: Sequence[str]) -> float:
    return sum(len(text.split()) for text in texts) / len(texts)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _EXAMPLE else f"{text[: _EXAMPLE - 1]}…"


@dataclass(frozen=True)
class DataTable:
    """Columns of a file, the file's name, and notes on its reading."""

    name: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    held: Array | None = field(default=None, repr=False, compare=False)
    """Rows that the file itself holds out, (N,) of booleans."""

    @property
    def rows(self) -> int:
        """Number of samples."""
        return len(self.columns[0].values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def doubtful(self) -> tuple[Column, ...]:
        """Columns of texts that could also be read the other way, as words or as categories."""
        return tuple(
            column
            for column in self.columns
            if column.texts
            and len(column.texts) > 2
            and not column.left_out
            and (column.chosen or column.prose == (column.kind == "category"))
            and len(column.texts) <= CATEGORIES
        )

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises `DataError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"`{self.name}` has no column `{name}`. It has {quoted(self.names)}.",
            name,
            suggest(
                name,
                self.names,
                "Choose a file with the same columns, or assign columns of this one.",
            ),
        )
