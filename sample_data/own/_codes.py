"""Numbers categories and classes."""

from __future__ import annotations

import numpy as np

from components.core.errors import DataError
from components.heads.base import Head
from components.inputs.base import Input
from sample_data.core.arrays import Array
from sample_data.own._encoded import EncodedColumns, empty_cells, said
from sample_data.own.table import Column

MISSING = "(missing)"
_MOST_CODES = 2
"""Whole numbers are ids as they are where at most every second one is not used."""


def classes_of(column: Column) -> int:
    """How many classes a column of labels has."""
    return len(coded(column)[1])


def coded(column: Column) -> tuple[Array, tuple[str, ...]]:
    """Class numbers (N,), -1 where missing, and the name of each.

    Texts are numbered in the order of the alphabet, numbers by size; whole numbers from 0 on stand
    as they are where most of them are used. Raises `DataError` for infinite numbers.
    """
    if column.kind != "number":
        order = sorted(range(len(column.texts)), key=lambda place: column.texts[place])
        ranks = np.empty(len(order) + 1, np.int32)
        ranks[order] = np.arange(len(order))
        ranks[-1] = -1
        return ranks[column.values], tuple(column.texts[place] for place in order)
    if np.isinf(column.values).any():
        raise DataError(
            "Class numbers are finite.", f"infinity in {column.name}", "Correct the value."
        )
    known = np.isfinite(column.values)
    distinct = np.unique(column.values[known])
    used = len(distinct)
    if column.whole and used > 2 and distinct[0] == 0 and distinct[-1] < _MOST_CODES * used:
        distinct = np.arange(int(distinct[-1]) + 1, dtype=np.float64)
    codes = np.where(known, np.searchsorted(distinct, column.values), -1).astype(np.int32)
    return codes, tuple(f"{value:g}" for value in distinct)


def categorical(given: Input, column: Column) -> EncodedColumns:
    """Ids (N, 1); cells without a value are a category of their own, the last."""
    codes, names = coded(column)
    notes: tuple[str, ...] = ()
    if column.missing:
        codes = np.where(codes < 0, np.int32(len(names)), codes)
        names = (*names, MISSING)
        notes = (f"{empty_cells(column)} in `{column.name}` became a category, {MISSING}.",)
    if len(names) > given.cardinality:
        raise DataError(
            f"`{given.name}` takes {given.cardinality:,} categories.",
            f"{column.name} with {len(names):,}",
            f"Set its categories to {len(names):,}.",
        )
    return EncodedColumns(codes[:, None], notes, names)


def labels(head: Head, column: Column) -> EncodedColumns:
    """Labels (N, 1): 0 and 1, or class numbers. No label is missing."""
    if not column.scalar:
        raise DataError(
            f"`{head.name}` predicts one class for each sample.",
            f"{column.name}, {said(column)}",
            "Choose a column or array (N,).",
        )
    codes, names = coded(column)
    seen = len(np.unique(codes[codes >= 0]))
    most = 2 if head.target == "binary" else head.width
    if seen < 2:
        raise DataError(
            "A label has at least two classes.",
            f"{column.name} with {seen}",
            "Choose another column to predict, or add samples of other classes.",
        )
    if len(names) > most:
        raise DataError(
            f"`{head.name}` predicts {most:,} classes.",
            f"{column.name} with {len(names):,}",
            "Choose a multiclass head of as many classes, or another column."
            if head.target == "binary"
            else f"Set its classes to {len(names):,}.",
        )
    kind = np.float32 if head.target == "binary" else np.int32
    return EncodedColumns(codes[:, None].astype(kind), (), names)
