"""Makes vectors and series of columns of numbers, and scales them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.errors import DataError
from components.inputs.base import Input
from components.merges.base import written
from sample_data.about import Scale
from sample_data.arrays import Array
from sample_data.own._encoded import Encoded, filled, only, wrong_shape
from sample_data.own.table import Column


def vector(name: str, width: int, columns: Sequence[Column], scaled: bool) -> Encoded:
    """Numbers (N, width) of one or several columns or arrays."""
    parts = [numbers_of(column) for column in columns]
    made = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    if made.shape[1] != width:
        raise DataError(
            f"`{name}` takes {width:,} numbers for each sample.",
            f"{made.shape[1]:,} from {_named(columns)}",
            f"Choose other columns, or set its size to {made.shape[1]:,}.",
        )
    names = [
        column.name if column.scalar else f"{column.name}[{place}]"
        for column in columns
        for place in range(math.prod(column.shape))
    ]
    notes = [filled(column) for column in columns if column.missing]
    array, scales, same = _scaled(made, names, scaled)
    notes += [f"`{column}` is the same in all rows." for column in same[:3]]
    return Encoded(array, tuple(notes), (), scales, tuple(names))


def series(given: Input, columns: Sequence[Column], scaled: bool) -> Encoded:
    """A series (N, length, features) of an array, or of a column for each step."""
    length, features = given.shape
    arrays = [column for column in columns if not column.scalar]
    if arrays:
        column = only(given.name, columns)
        values = numbers_of(column)
        if values.shape[2] != features or (length is not None and values.shape[1] != length):
            raise wrong_shape(given, column)
        source = column.name
    else:
        values = np.stack([numbers_of(column) for column in columns], axis=1)
        wanted = None if length is None else length * (features or 1)
        if (wanted or len(columns)) != len(columns) or len(columns) % (features or 1):
            raise DataError(
                f"`{given.name}` is made of columns for each of its steps and features.",
                f"{len(columns):,} columns for {written(given.shape)}",
                "Choose as many columns, or set its length.",
            )
        values = values.reshape(len(values), -1, features or 1)
        source = given.name
    names = [f"{source}[{place}]" for place in range(values.shape[2])]
    array, scales, _ = _scaled(values, names, scaled)
    notes = [filled(column) for column in columns if column.scalar and column.missing]
    return Encoded(array, tuple(notes), (), scales)


def numbers_of(column: Column) -> Array:
    """The column as real numbers, with NaN only where a single number is missing."""
    values = column.values.astype(np.float64)
    wrong = int(np.isinf(values).sum())
    nans = 0 if column.kind == "number" else int(np.isnan(values).sum())
    if wrong or nans:
        raise DataError(
            f"Every value of `{column.name}` is a finite number.",
            f"{nans:,} NaN and {wrong:,} infinite of {values.size:,} values",
            "Fill them in or leave out their samples.",
        )
    return values


def _scaled(
    values: Array, names: Sequence[str], scaled: bool
) -> tuple[Array, tuple[Scale, ...], list[str]]:
    """Numbers on the last axis, each filled and scaled by itself; which, and those all the same."""
    axes = tuple(range(values.ndim - 1))
    with np.errstate(over="ignore", invalid="ignore"):
        means, deviations = np.nanmean(values, axis=axes), np.nanstd(values, axis=axes)
        same = [name for name, spread in zip(names, deviations, strict=True) if spread == 0]
        values = np.where(np.isnan(values), means, values)
        scales: tuple[Scale, ...] = ()
        if scaled:
            deviations = np.where(deviations == 0, 1.0, deviations)
            values = (values - means) / deviations
            scales = tuple(
                Scale(column=name, mean=mean, deviation=deviation)
                for name, mean, deviation in zip(names, means, deviations, strict=True)
            )
        made = values.astype(np.float32)
    fine = np.isfinite(made).all(axis=axes) & np.isfinite(deviations)
    if not fine.all():
        raise DataError(
            "Numbers fit single precision, up to 3.4e38.",
            names[int(np.flatnonzero(~fine)[0])],
            "Rescale the column.",
        )
    return made, scales, same


def _named(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns[:4]) + (", …" if columns[4:] else "")
