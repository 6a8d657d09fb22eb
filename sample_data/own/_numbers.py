"""Makes vectors and series of columns of numbers, and scales them, a few columns at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from components.core.errors import DataError
from components.core.text import shape_text
from components.inputs.base import Input
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array, Floats
from sample_data.own._encoded import EncodedColumns, filled, only, wrong_shape
from sample_data.own.table import Column

_BLOCK = 1_000_000
"""Numbers that are in memory in double precision at a time."""


def vector(name: str, width: int, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """Numbers (N, width) of one or several columns or arrays."""
    found = sum(math.prod(column.shape) for column in columns)
    if found != width:
        raise DataError(
            f"`{name}` takes {width:,} numbers for each sample.",
            f"{found:,} from {_named(columns)}",
            f"Choose other columns, or set its size to {found:,}.",
        )
    made = np.empty((len(columns[0].values), width), np.float32)
    scales: list[ColumnScaling] = []
    at = 0
    for column in columns:
        part = made[:, at : at + math.prod(column.shape)]
        scales += _scale(column.values.reshape(part.shape), part, column, scaled)
        at += part.shape[1]
    notes = [filled(column) for column in columns if column.missing]
    same = [scale.column for scale in scales if scale.deviation == 0]
    notes += [f"`{column}` is the same in all rows." for column in same[:3]]
    names = tuple(scale.column for scale in scales)
    return EncodedColumns(made, tuple(notes), (), _told(scales, scaled), names)


def series(given: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """A series (N, length, features) of an array, or of a column for each step."""
    length, features = given.shape[0], given.shape[1] or 1
    if columns[0].scalar:
        return _series_of_columns(given.name, length, features, columns, scaled)
    column = only(given.name, columns)
    if column.shape[1] != features or (length is not None and column.shape[0] != length):
        raise wrong_shape(given, column)
    made = np.empty(column.values.shape, np.float32)
    scales = _scale(column.values, made, column, scaled)
    return EncodedColumns(made, (), (), _told(scales, scaled))


def _series_of_columns(
    name: str, length: int | None, features: int, columns: Sequence[Column], scaled: bool
) -> EncodedColumns:
    wanted = len(columns) if length is None else length * features
    if wanted != len(columns) or len(columns) % features:
        raise DataError(
            f"`{name}` is made of columns for each of its steps and features.",
            f"{len(columns):,} columns for {shape_text((length, features))}",
            "Choose as many columns, or set its length.",
        )
    flat = vector(name, len(columns), columns, scaled)
    return EncodedColumns(
        flat.array.reshape(len(flat.array), -1, features), flat.notes, (), flat.scales
    )


def _named(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns[:4]) + (", …" if columns[4:] else "")


def _told(scales: Sequence[ColumnScaling], scaled: bool) -> tuple[ColumnScaling, ...]:
    """Scales as they were used: what is the same in all rows was only moved to 0."""
    if not scaled:
        return ()
    return tuple(s.model_copy(update={"deviation": s.deviation or 1.0}) for s in scales)


def _scale(values: Array, into: Floats, column: Column, scaled: bool) -> list[ColumnScaling]:
    """Write numbers into an array of the same shape; each on the last axis is filled and scaled.

    Raises `DataError` for infinite numbers, NaN in an array, and what single precision cannot hold.
    """
    scales = []
    for part in _parts(values.shape):
        block = values[..., part].astype(np.float64)
        _check_finite(column, block)
        axes = tuple(range(block.ndim - 1))
        with np.errstate(over="ignore", invalid="ignore"):
            means, deviations = np.nanmean(block, axis=axes), np.nanstd(block, axis=axes)
            block = np.where(np.isnan(block), means, block)
            if scaled:
                block = (block - means) / np.where(deviations == 0, 1.0, deviations)
            into[..., part] = block
        names = _names(column, range(part.start, part.start + len(means)))
        _check_range(names, into[..., part], deviations)
        scales += [
            ColumnScaling(column=name, mean=mean, deviation=deviation)
            for name, mean, deviation in zip(names, means, deviations, strict=True)
        ]
    return scales


def _parts(shape: tuple[int, ...]) -> Iterator[slice]:
    """The last axis in pieces of bounded size."""
    step = max(1, _BLOCK // max(1, math.prod(shape[:-1])))
    for start in range(0, shape[-1], step):
        yield slice(start, start + step)


def _names(column: Column, places: Sequence[int]) -> list[str]:
    return [column.name if column.scalar else f"{column.name}[{place}]" for place in places]


def _check_finite(column: Column, values: Array) -> None:
    infinite = int(np.isinf(values).sum())
    nans = 0 if column.kind == "number" else int(np.isnan(values).sum())
    if infinite or nans:
        raise not_finite(column.name, nans, infinite, values.size)


def not_finite(name: str, nans: int, infinite: int, count: int) -> DataError:
    """What is said of values that are no finite numbers."""
    return DataError(
        f"Every value of `{name}` is a finite number.",
        f"{nans:,} NaN and {infinite:,} infinite of {count:,} values",
        "Fill them in or leave out their samples.",
    )


def _check_range(names: Sequence[str], made: Array, deviations: Array) -> None:
    fine = np.isfinite(made).all(axis=tuple(range(made.ndim - 1))) & np.isfinite(deviations)
    if not fine.all():
        raise DataError(
            "Numbers fit single precision, up to 3.4e38.",
            names[int(np.flatnonzero(~fine)[0])],
            "Rescale the column.",
        )
