"""What a file holds, whatever its format: columns with a value for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from components.core.errors import DataError, suggest
from sample_data.core.arrays import Array
from sample_data.own.limits import CATEGORIES

Kind: TypeAlias = Literal["number", "category", "text", "vector", "timeseries", "tokens", "image"]

_FEW = 20
"""So many different texts are categories even where they have many words."""
_WORDS = 2.5
"""Texts with fewer words on average may be names of categories."""
_EXAMPLE = 60


@dataclass(frozen=True)
class Column:
    """One column or array of a file, N samples long.

    `kind` is what it looks like, and `shape` that of one sample. `values` are numbers (N,) with NaN
    where one is missing; places in `texts` (N,), -1 where one is missing; or an array (N, *shape).
    `distinct` counts different numbers or texts; 0 for arrays.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    example: str
    distinct: int
    missing: int
    values: Array = field(repr=False, compare=False)
    texts: tuple[str, ...] = field(default=(), repr=False)

    @property
    def scalar(self) -> bool:
        """Whether it has one value for each sample."""
        return not self.shape

    @property
    def whole(self) -> bool:
        """Whether it is numbers without fractions."""
        known = self.values[np.isfinite(self.values)] if self.kind == "number" else np.zeros(0)
        return bool(known.size) and bool((known == np.round(known)).all())


@dataclass(frozen=True)
class DataTable:
    """The columns of a file, what it is called, and what was noticed while it was read."""

    name: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of samples."""
        return len(self.columns[0].values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises `DataError` where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(f"Columns are those of `{self.name}`.", name, suggest(name, self.names))


def numbers(name: str, values: Array) -> Column:
    """A column of numbers (N,), NaN where one is missing."""
    known = values[~np.isnan(values)]
    example = f"{known[0]:g}" if known.size else ""
    return Column(
        name, "number", (), example, len(np.unique(known)), len(values) - len(known), values
    )


def texts(name: str, codes: Array, distinct: Sequence[str]) -> Column:
    """A column of texts: the place of each in `distinct`, -1 where it is missing."""
    missing = int((codes < 0).sum())
    present = len(codes) - missing
    kind: Kind = "category" if _are_categories(distinct, present) else "text"
    example = _short(distinct[0]) if distinct else ""
    return Column(name, kind, (), example, len(distinct), missing, codes, tuple(distinct))


def array(name: str, kind: Kind, values: Array) -> Column:
    """A column with an array for each sample, (N, ...)."""
    return Column(name, kind, values.shape[1:], f"{values.dtype} {values.shape[1:]}", 0, 0, values)


def _are_categories(distinct: Sequence[str], present: int) -> bool:
    if len(distinct) <= 2:
        return True
    if len(distinct) > present / 2 or len(distinct) > CATEGORIES:
        return False
    words = sum(len(text.split()) for text in distinct) / len(distinct)
    return len(distinct) <= _FEW or words < _WORDS


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _EXAMPLE else f"{text[: _EXAMPLE - 1]}…"
