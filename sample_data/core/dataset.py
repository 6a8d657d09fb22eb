"""The arrays of a dataset, and how they are read from a `.npz` file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from components.core.errors import DataError, suggest
from components.heads.base import Head
from components.model.spec import Architecture
from sample_data.core.arrays import Array, Floats
from sample_data.core.checks import ONE_ARRAY_EACH, check_arrays, check_names
from sample_data.core.npz import Source, read_arrays, read_names, read_size

ABSENT = "_absent_"
"""Starts the name of an array that tells where an input is absent; no input's own name does."""


@dataclass(frozen=True)
class Dataset:
    """Arrays for one architecture, N rows each.

    `inputs` by input name; `targets` by head name: binary float32 (N, 1) of 0 and 1, classes int32
    (N, 1), values float32 (N, outputs). `causes` by input name, float32 (N, numbers) or (N, steps,
    numbers), without noise; empty for data read from a file. `absent` (N, inputs) is true where an
    input can be taken away, `None` if the data keeps all inputs.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    causes: dict[str, Floats] = field(default_factory=dict)
    absent: Array | None = None

    @property
    def samples(self) -> int:
        """The number of rows."""
        return len(next(iter(self.targets.values())))

    def with_absent(self, rows: Array) -> Dataset:
        """The same data with zeros for the absent inputs of those rows, as dropout shows them."""
        if self.absent is None:
            return self
        inputs = {}
        for index, (name, array) in enumerate(self.inputs.items()):
            gone = np.zeros(len(array), dtype=bool)
            gone[rows] = self.absent[rows, index]
            inputs[name] = np.where(gone.reshape(-1, *[1] * (array.ndim - 1)), 0, array).astype(
                array.dtype, copy=False
            )
        return replace(self, inputs=inputs)

    def for_architecture(self, architecture: Architecture) -> Dataset:
        """The arrays that an architecture reads, with the absences that they have already."""
        inputs = {branch.name: self.inputs[branch.name] for branch in architecture.data_inputs}
        targets = {head.name: self.targets[head.name] for head in architecture.heads}
        causes = {name: self.causes[name] for name in inputs if name in self.causes}
        return Dataset(inputs, targets, causes)


def check(architecture: Architecture, dataset: Dataset) -> None:
    """Raises `DataError` for the first array that does not fit the architecture.

    Names, shapes, dtypes, lengths, NaN and infinite values, and the ranges of ids and labels are
    checked.
    """
    check_arrays(architecture, dataset.inputs, dataset.targets)


def load_npz(path: Source, architecture: Architecture, limit: int | None = None) -> Dataset:
    """Data from a `.npz` file with one array for each input and head, by name.

    An array (N,) is read as one column (N, 1), and whole numbers as real ones where those are
    needed; floats become float32 and ids int32. An array `_absent_<input>`, (N,) of booleans, tells
    where that input can be taken away. `limit` is the most bytes the unpacked arrays may take.
    Raises `DataError` for a file that cannot be read, and all that `check` raises.
    """
    branches = [branch.name for branch in architecture.data_inputs]
    needed = [*branches, *(head.name for head in architecture.heads)]
    names = [name for name in read_names(path) if not name.startswith(ABSENT)]
    check_names(needed, names, ONE_ARRAY_EACH)
    size = read_size(path)
    if limit is not None and size > limit:
        raise DataError(
            f"Data can't take more than {limit:,} bytes.", f"{size:,} bytes", "Save fewer samples."
        )
    arrays = read_arrays(path)
    inputs = {
        branch.name: _tidy(arrays[branch.name], not branch.cardinality, branch.shape == (1,))
        for branch in architecture.data_inputs
    }
    targets = {
        head.name: _tidy(arrays[head.name], head.target != "classes", target_width(head) == 1)
        for head in architecture.heads
    }
    dataset = Dataset(inputs, targets)
    check(architecture, dataset)
    absent = _absent(branches, arrays, dataset.samples)
    return Dataset(_narrow(inputs), _narrow(targets), absent=absent)


def target_width(head: Head) -> int:
    """Numbers in the target of one sample."""
    return head.width if head.target == "values" else 1


def absences(dataset: Dataset) -> dict[str, Array]:
    """Where inputs are absent, as arrays for a file: `_absent_<input>`, (N,) of booleans."""
    if dataset.absent is None:
        return {}
    return {
        f"{ABSENT}{name}": dataset.absent[:, index] for index, name in enumerate(dataset.inputs)
    }


def _absent(inputs: Sequence[str], arrays: Mapping[str, Array], samples: int) -> Array | None:
    """Where inputs are absent, (N, inputs), from the arrays `_absent_<input>` of a file."""
    absent = {name.removeprefix(ABSENT): arrays[name] for name in arrays if name.startswith(ABSENT)}
    for name, array in absent.items():
        if name not in inputs:
            raise DataError(
                f"An array `{ABSENT}<input>` must name an input.",
                f"{ABSENT}{name}",
                suggest(name, inputs),
            )
        if array.shape != (samples,) or array.dtype.kind != "b":
            raise DataError(
                f"`{ABSENT}{name}` must hold one boolean for each of {samples:,} samples.",
                f"{array.dtype} of shape {array.shape}",
                "Convert it with `.astype(bool)`, or leave it out.",
            )
    if not absent:
        return None
    nowhere = np.zeros(samples, dtype=bool)
    return np.stack([absent.get(name, nowhere) for name in inputs], axis=1)


def _tidy(array: Array, real: bool, column: bool) -> Array:
    if column and array.ndim == 1:
        array = array[:, None]
    if real and array.dtype.kind in "fiub":
        with np.errstate(over="ignore"):
            return array.astype(np.float32, copy=False)
    return array


def _narrow(arrays: dict[str, Array]) -> dict[str, Array]:
    return {
        name: array.astype(np.int32, copy=False) if array.dtype.kind in "iu" else array
        for name, array in arrays.items()
    }
