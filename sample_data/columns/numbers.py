"""Makes vectors and series from columns of numbers, and scales them, a few columns at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from components.core.errors import DataError
from components.core.text import shape_text
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns, filled, only, wrong_shape
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array, Floats
from sample_data.core.checks import check_finite

_BLOCK = 1_000_000
"""Numbers in memory in double precision at a time."""


def vector(name: str, width: int, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """Numbers (N, width) of one or several columns or arrays."""
    count = sum(math.prod(column.shape) for column in columns)
    if count != width:
        raise DataError(
            f"`{name}` needs {width:,} numbers for each sample.",
            f"{count:,} from {_names(columns)}",
            f"Choose other columns, or set its size to {count:,}.",
        )
    array = np.empty((len(columns[0].values), width), np.float32)
    scales: list[ColumnScaling] = []
    start = 0
    for column in columns:
        part = array[:, start : start + math.prod(column.shape)]
        scales += _scale(column.values.reshape(part.shape), part, column, scaled)
        start += part.shape[1]
    notes = [filled(column) for column in columns if column.missing]
    constant = [scale.column for scale in scales if scale.deviation == 0]
    notes += [f"`{column}` is the same in all rows." for column in constant[:3]]
    numbers = tuple(scale.column for scale in scales)
    return EncodedColumns(array, tuple(notes), (), _used(scales, scaled), numbers)


def series(branch: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """A series (N, length, features) of an array, or of a column for each step and feature."""
    length, features = branch.shape[0], branch.shape[1] or 1
    if columns[0].scalar:
        return _series_of_columns(branch.name, length, features, columns, scaled)
    column = only(branch.name, columns)
    if column.shape[1] != features or (length is not None and column.shape[0] != length):
        raise wrong_shape(branch, column)
    array = np.empty(column.values.shape, np.float32)
    scales = _scale(column.values, array, column, scaled)
    return EncodedColumns(array, (), (), _used(scales, scaled))


def _series_of_columns(
    name: str, length: int | None, features: int, columns: Sequence[Column], scaled: bool
) -> EncodedColumns:
    wanted = len(columns) if length is None else length * features
    if wanted != len(columns) or len(columns) % features:
        raise DataError(
            f"`{name}` needs a column for each of its steps and features.",
            f"{len(columns):,} columns for {shape_text((length, features))}",
            "Choose that many columns, or change its length.",
        )
    flat = vector(name, len(columns), columns, scaled)
    array = flat.array.reshape(len(flat.array), -1, features)
    return EncodedColumns(array, flat.notes, (), flat.scales)


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns[:4]) + (", …" if columns[4:] else "")


def _used(scales: Sequence[ColumnScaling], scaled: bool) -> tuple[ColumnScaling, ...]:
    """Scales as they were applied: a column that is the same in all rows was only moved to 0."""
    if not scaled:
        return ()
    return tuple(s.model_copy(update={"deviation": s.deviation or 1.0}) for s in scales)


def _scale(values: Array, into: Floats, column: Column, scaled: bool) -> list[ColumnScaling]:
    """Fills and scales each number of the last axis, and writes it to an array of the same shape.

    Raises `DataError` for infinite numbers, NaN in an array, and numbers beyond single precision.
    """
    scales = []
    for part in _parts(values.shape):
        block = values[..., part].astype(np.float64)
        missing = np.isnan(block) & (column.kind == "number")
        check_finite(column.name, np.where(missing, 0.0, block))
        axes = tuple(range(block.ndim - 1))
        with np.errstate(over="ignore", invalid="ignore"):
            means, deviations = np.nanmean(block, axis=axes), np.nanstd(block, axis=axes)
            block = np.where(np.isnan(block), means, block)
            if scaled:
                block = (block - means) / np.where(deviations == 0, 1.0, deviations)
            into[..., part] = block
        names = _numbered(column, range(part.start, part.start + len(means)))
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


def _numbered(column: Column, indices: Sequence[int]) -> list[str]:
    return [column.name if column.scalar else f"{column.name}[{index}]" for index in indices]


def _check_range(names: Sequence[str], array: Array, deviations: Array) -> None:
    fine = np.isfinite(array).all(axis=tuple(range(array.ndim - 1))) & np.isfinite(deviations)
    if not fine.all():
        raise DataError(
            "Numbers must fit single precision, up to 3.4e38.",
            names[int(np.flatnonzero(~fine)[0])],
            "Rescale the column.",
        )
