"""Reads a `.npz` file with one array for each input and head, prepared as the page prepares it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.columns.column import array_column
from sample_data.columns.numbers import series, vector
from sample_data.columns.pictures import pictures
from sample_data.core.about import sidecar
from sample_data.core.arrays import Array
from sample_data.core.dataset import ABSENT, Dataset, load_npz
from sample_data.core.npz import read_headers, read_names

SCALED = "Numbers are scaled to mean 0 and deviation 1 over all rows, and pixels to 0 to 1."
"""What is done to a file that is not prepared."""


def load_file(path: str, architecture: Architecture) -> Dataset:
    """The data of a file, scaled unless it is prepared already. Raises what `load_npz` raises."""
    dataset = load_npz(path, architecture)
    if is_prepared(Path(path)):
        return dataset
    headers = read_headers(path)
    inputs = {
        branch.name: _scaled(branch, dataset.inputs[branch.name], headers[branch.name].dtype)
        for branch in architecture.data_inputs
    }
    targets = {
        head.name: _numbers(head.name, dataset.targets[head.name])
        for head in architecture.heads
        if head.target == "values"
    }
    return replace(dataset, inputs=inputs, targets={**dataset.targets, **targets})


def is_prepared(path: Path) -> bool:
    """Whether this program wrote the file: its description is beside it, or it tells where inputs
    are absent."""
    return sidecar(path).exists() or any(name.startswith(ABSENT) for name in read_names(path))


def _scaled(branch: Input, array: Array, dtype: np.dtype[np.generic]) -> Array:
    if branch.cardinality:
        return array
    if len(branch.shape) == 1:
        return _numbers(branch.name, array)
    if len(branch.shape) == 2:
        return series(branch, [array_column(branch.name, "timeseries", array)], True).array
    pixels = array.astype(np.uint8) if dtype == np.uint8 else array
    return pictures(branch, array_column(branch.name, "image", pixels), True).array


def _numbers(name: str, array: Array) -> Array:
    return vector(name, array.shape[1], [array_column(name, "vector", array)], True).array
