"""Numbers categories and classes."""

from __future__ import annotations

import numpy as np

from components.core.errors import DataError
from components.heads.base import Head
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns, describe, empty_cells
from sample_data.core.arrays import Array

MISSING = "(missing)"
_MOST_CODES = 2
"""Whole numbers keep their values as ids if at least every second one is used."""


def classes_of(column: Column) -> int:
    """The number of classes of a column of labels."""
    return len(coded(column)[1])


def coded(column: Column) -> tuple[Array, tuple[str, ...]]:
    """Class numbers (N,), -1 where missing, and the name of each class.

    Texts are numbered in alphabetical order, numbers by size. Whole numbers from 0 up keep their
    values if most of them are used. Raises `DataError` for infinite numbers.
    """
    if column.kind != "number":
        order = sorted(range(len(column.texts)), key=lambda index: column.texts[index])
        ranks = np.empty(len(order) + 1, np.int32)
        ranks[order] = np.arange(len(order))
        ranks[-1] = -1
        return ranks[column.values], tuple(column.texts[index] for index in order)
    if np.isinf(column.values).any():
        raise DataError(
            "Class numbers must be finite.", f"infinity in {column.name}", "Correct the value."
        )
    known = np.isfinite(column.values)
    distinct = np.unique(column.values[known])
    used = len(distinct)
    if column.whole and used > 2 and distinct[0] == 0 and distinct[-1] < _MOST_CODES * used:
        distinct = np.arange(int(distinct[-1]) + 1, dtype=np.float64)
    codes = np.where(known, np.searchsorted(distinct, column.values), -1).astype(np.int32)
    return codes, tuple(f"{value:g}" for value in distinct)


def categorical(branch: Input, column: Column) -> EncodedColumns:
    """Ids (N, 1). Empty cells become a category of their own, the last one."""
    codes, names = coded(column)
    notes: tuple[str, ...] = ()
    if column.missing:
        codes = np.where(codes < 0, np.int32(len(names)), codes)
        names = (*names, MISSING)
        notes = (f"{empty_cells(column)} of `{column.name}` became the category {MISSING}.",)
    if len(names) > branch.cardinality:
        raise DataError(
            f"`{branch.name}` can't have more than {branch.cardinality:,} categories.",
            f"{column.name} with {len(names):,}",
            f"Set its number of categories to {len(names):,}.",
        )
    return EncodedColumns(codes[:, None], notes, names)


def labels(head: Head, column: Column) -> EncodedColumns:
    """Labels (N, 1) of a column without missing ones: 0 and 1, or class numbers."""
    if not column.scalar:
        raise DataError(
            f"`{head.name}` needs one class for each sample.",
            f"{column.name}, {describe(column)}",
            "Choose a column or array (N,).",
        )
    codes, names = coded(column)
    used = len(np.unique(codes[codes >= 0]))
    most = 2 if head.target == "binary" else head.width
    if used < 2:
        raise DataError(
            "A label must have at least two classes.",
            f"{column.name} with {used}",
            "Choose another column to predict, or add samples of other classes.",
        )
    if len(names) > most:
        raise DataError(
            f"`{head.name}` can't predict more than {most:,} classes.",
            f"{column.name} with {len(names):,}",
            "Choose a multiclass head with that many classes, or another column."
            if head.target == "binary"
            else f"Set its number of classes to {len(names):,}.",
        )
    dtype = np.float32 if head.target == "binary" else np.int32
    return EncodedColumns(codes[:, None].astype(dtype), (), names)
