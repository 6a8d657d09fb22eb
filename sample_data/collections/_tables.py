"""Collections that are tables with scaled columns in groups."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from components.models.language.registry import kind_of
from sample_data.collections.base import Collection
from sample_data.core.about import ColumnScaling, DatasetInfo
from sample_data.core.arrays import Floats, Ints
from sample_data.core.dataset import Dataset

SCALED = "Each column is scaled to mean 0 and deviation 1 over all rows, including held-out ones."


class GroupedTable(Collection):
    """Table with one label, in which each group of columns is a vector input."""

    groups: ClassVar[dict[str, tuple[str, ...]]]
    """Names of columns by input."""
    notes = (SCALED,)

    @property
    def about(self) -> DatasetInfo:
        scales = {name: scales_of(self.file, columns) for name, columns in self.groups.items()}
        return super().about.model_copy(update={"columns": self.groups, "scales": scales})

    @property
    def file(self) -> str:
        """Name of the table's file: the collection's kind."""
        return kind_of(type(self))

    def make(self, rng: np.random.Generator) -> Dataset:
        inputs = {name: scaled(self.file, columns) for name, columns in self.groups.items()}
        ((label, names),) = self.classes.items()
        labels = coded(self.file, label, names)
        binary = len(names) == 2
        return Dataset(dict(inputs), {label: labels.astype(np.float32) if binary else labels})


def grouped(name: str, groups: Mapping[str, Sequence[str]], head: dict[str, Any]) -> dict[str, Any]:
    """Return an architecture for groups of columns: concatenated dense branches and one head."""
    vector = {"kind": "vector", "encoder": {"kind": "dense", "depth": 1, "units": 16}}
    return {
        "name": name,
        "inputs": [
            {"name": n, "features": len(columns), **vector} for n, columns in groups.items()
        ],
        "merges": [{"name": "fusion", "kind": "concatenate", "sources": list(groups)}],
        "trunk": {"depth": 0},
        "heads": [{**head, "source": "fusion"}],
    }


@cache
def table(name: str) -> dict[str, tuple[str, ...]]:
    """Return the cells of each column by its name."""
    path = Path(__file__).parent / "data" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def scaled(name: str, columns: Sequence[str]) -> Floats:
    """Return columns (N, columns) scaled to mean 0 and deviation 1; an empty cell becomes 0."""
    numbers, scales = _numbers(name, columns), scales_of(name, columns)
    means, deviations = ([getattr(s, part) for s in scales] for part in ("mean", "deviation"))
    columns_scaled: Floats = np.nan_to_num((numbers - means) / deviations).astype(np.float32)
    return columns_scaled


def scales_of(name: str, columns: Sequence[str]) -> tuple[ColumnScaling, ...]:
    """Return the means and deviations with which `scaled` scales the columns."""
    numbers = _numbers(name, columns)
    means, deviations = np.nanmean(numbers, axis=0), np.nanstd(numbers, axis=0)
    return tuple(
        ColumnScaling(column=column, mean=mean, deviation=deviation)
        for column, mean, deviation in zip(columns, means, deviations, strict=True)
    )


def coded(name: str, column: str, names: Sequence[str]) -> Ints:
    """Return the index in `names` of each cell of a column, (N, 1)."""
    places = [names.index(cell) for cell in table(name)[column]]
    return np.array(places, dtype=np.int32)[:, None]


def _numbers(name: str, columns: Sequence[str]) -> NDArray[np.float64]:
    cells = [[float(cell or "nan") for cell in table(name)[column]] for column in columns]
    return np.array(cells).T
