"""Reads the tables of the collections, and scales their columns."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Floats, Ints

SCALED = "Each column is scaled to mean 0 and deviation 1 over all rows, held-out ones included."


@cache
def table(name: str) -> dict[str, tuple[str, ...]]:
    """The cells of each column, by its name."""
    path = Path(__file__).parent / "data" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def scaled(name: str, columns: Sequence[str]) -> Floats:
    """Columns as numbers (N, columns) of mean 0 and deviation 1; a cell without one becomes 0."""
    numbers, scales = _numbers(name, columns), scales_of(name, columns)
    means, deviations = ([getattr(s, part) for s in scales] for part in ("mean", "deviation"))
    columns_scaled: Floats = np.nan_to_num((numbers - means) / deviations).astype(np.float32)
    return columns_scaled


def scales_of(name: str, columns: Sequence[str]) -> tuple[ColumnScaling, ...]:
    """How `scaled` scales each of those columns."""
    numbers = _numbers(name, columns)
    means, deviations = np.nanmean(numbers, axis=0), np.nanstd(numbers, axis=0)
    return tuple(
        ColumnScaling(column=column, mean=mean, deviation=deviation)
        for column, mean, deviation in zip(columns, means, deviations, strict=True)
    )


def coded(name: str, column: str, names: Sequence[str]) -> Ints:
    """The index of each cell of a column in `names`, (N, 1)."""
    places = [names.index(cell) for cell in table(name)[column]]
    return np.array(places, dtype=np.int32)[:, None]


def _numbers(name: str, columns: Sequence[str]) -> NDArray[np.float64]:
    cells = [[float(cell or "nan") for cell in table(name)[column]] for column in columns]
    return np.array(cells).T
