"""Arrays of a dataset, their checks, and their reading from a `.npz` file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from components.base.errors import DataError, suggest
from components.base.text import quoted, shape_text
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import presence
from sample_data.core.archives import Source, read_arrays, read_headers
from sample_data.core.arrays import Array, Floats

ONE_ARRAY_EACH = "The file needs exactly one array for each input and head, by name."
ABSENT = "_absent_"
"""Prefix of an array's name that marks where an input is absent; no input's own name has it."""
HELD = "_held"
"""Name of the array that marks the held-out rows."""
PREPARED = "_prepared"
"""Name of the array in a file whose rows this program has prepared: it is used unchanged."""

_KINDS = {"real numbers": "f", "whole numbers": "iu", "0 or 1": "fiub"}


@dataclass(frozen=True)
class Dataset:
    """Arrays for one architecture, N rows each.

    `inputs` are by input name, followed by arrays named by `presence`, float32 (N, 1): 1 for a row
    that has the input, else 0; `targets` by head name: binary float32 (N, 1) of 0 and 1, classes
    int32 (N, 1), values float32 (N, outputs). `causes` by input name, float32 (N, numbers) or (N,
    steps, numbers), without noise; empty for data read from a file. `absent` (N, inputs) is true
    where an input can be taken away, `None` if the data keeps all inputs. `held` (N,) is true for
    the rows that the data itself holds out, `None` if a run chooses them.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    causes: dict[str, Floats] = field(default_factory=dict)
    absent: Array | None = None
    held: Array | None = None

    @property
    def samples(self) -> int:
        """Number of rows."""
        return len(next(iter(self.targets.values())))

    def with_absent(self, rows: Array) -> Dataset:
        """Return the data with zeros for the absent inputs of those rows, as dropout shows them."""
        if self.absent is None:
            return self
        inputs = dict(self.inputs)
        for name, absent in zip(self.inputs, self.absent.T, strict=False):
            gone = np.zeros(self.samples, dtype=bool)
            gone[rows] = absent[rows]
            for each in {name, presence(name)} & inputs.keys():
                array = inputs[each]
                inputs[each] = np.where(gone.reshape(-1, *[1] * (array.ndim - 1)), 0, array).astype(
                    array.dtype, copy=False
                )
        return replace(self, inputs=inputs)

    def for_architecture(self, architecture: Architecture) -> Dataset:
        """Return the arrays that an architecture reads, with their present absences."""
        inputs = {name: self.inputs[name] for name in architecture.model_inputs}
        targets = {h.name: self.targets[h.learns] for h in architecture.heads}
        causes = {name: self.causes[name] for name in inputs if name in self.causes}
        return Dataset(inputs, targets, causes, held=self.held)


def with_presences(architecture: Architecture, dataset: Dataset) -> Dataset:
    """Return the data with all inputs of the Keras model, present unless marked absent."""
    names = [branch.name for branch in architecture.data_inputs]
    presences = {presence(name) for name in names} - {*names}
    inputs = {name: array for name, array in dataset.inputs.items() if name not in presences}
    for name in map(presence, architecture.may_be_missing):
        all_there = np.ones((dataset.samples, 1), np.float32)
        inputs[name] = dataset.inputs.get(name, all_there).astype(np.float32)
    return replace(dataset, inputs=inputs)


def check(architecture: Architecture, dataset: Dataset) -> None:
    """Raise `DataError` for the first array that does not fit the architecture.

    Names, shapes, dtypes, lengths, NaN and infinite values, and the ranges of ids and labels are
    checked.
    """
    inputs, targets = dataset.inputs, dataset.targets
    check_names(list(architecture.model_inputs), list(inputs), ONE_ARRAY_EACH)
    check_names([head.name for head in architecture.data_heads], list(targets), ONE_ARRAY_EACH)
    for branch in architecture.data_inputs:
        last = branch.cardinality - 1
        rule = f"Ids of `{branch.name}` can only be whole numbers from 0 to {last}."
        fix = "Give the input more ids, or number the ids from 0."
        kind = "whole numbers" if branch.cardinality else "real numbers"
        _check_shape(branch.name, branch.shape, inputs[branch.name])
        _check_values(branch.name, kind, inputs[branch.name], last, rule, fix)
    for name in map(presence, architecture.may_be_missing):
        _check_shape(name, (1,), inputs[name])
        rule = f"`{name}` can only be 1 for a row that has the input, or 0."
        _check_values(name, "0 or 1", inputs[name], 1, rule, "Correct the array, or leave it out.")
    for head in architecture.data_heads:
        array = targets[head.name]
        _check_shape(head.name, (target_width(head),), array)
        if head.target == "values":
            _check_values(head.name, "real numbers", array)
        elif head.target == "binary":
            rule = f"Labels of the binary head `{head.name}` can only be 0 or 1."
            fix = "Write one class as 0 and the other as 1, or choose a multiclass head."
            _check_values(head.name, "0 or 1", array, 1, rule, fix)
        else:
            rule = f"Labels of `{head.name}` can only be class numbers from 0 to {head.width - 1}."
            fix = "Give the head more classes, or number the classes from 0."
            _check_values(head.name, "whole numbers", array, head.width - 1, rule, fix)
    lengths = {name: len(array) for name, array in {**inputs, **targets}.items()}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        raise DataError(
            "All arrays need the same number of rows, at least one.",
            ", ".join(f"{name} {length}" for name, length in lengths.items()),
            "Give every array the same number of rows.",
        )


def check_names(needed: Sequence[str], names: Sequence[str], rule: str) -> None:
    """Raise `DataError` with this rule unless the two have the same names."""
    missing = [name for name in needed if name not in names]
    for name in names:
        if name not in needed:
            raise DataError(rule, name, suggest(name, missing) if missing else "Leave it out.")
    if missing:
        raise DataError(rule, ", ".join(names) or "none", f"Add {quoted(missing)}.")


def check_finite(name: str, array: Array) -> None:
    """Raise `DataError` for values that are not finite numbers."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    nans, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    raise DataError(
        f"`{name}` has values that are not finite numbers.",
        f"{nans:,} NaN and {infinite:,} infinite of {array.size:,} values",
        "Fill them in or leave out their samples. Single precision ends at 3.4e38.",
    )


def _check_shape(name: str, shape: tuple[int | None, ...], array: Array) -> None:
    received = array.shape[1:]
    fits = array.ndim == len(shape) + 1 and all(
        size >= 1 if axis is None else axis == size
        for axis, size in zip(shape, received, strict=True)
    )
    if not fits:
        raise DataError(
            f"The array of `{name}` has shape {shape_text(array.shape)}, and needs "
            f"{shape_text(('N', *shape))}, for N samples.",
            shape_text(array.shape),
            f"Reshape the data, or set the fields of `{name}` to fit it.",
        )


def _check_values(
    name: str, kind: str, array: Array, last: int = 0, rule: str = "", fix: str = ""
) -> None:
    """Raise `DataError` for another type, and for ids or labels outside 0 to `last`."""
    if array.dtype.kind not in _KINDS[kind]:
        raise DataError(
            f"The array of `{name}` can only hold {kind}.",
            str(array.dtype),
            f"Convert it with `.astype({'int32' if kind == 'whole numbers' else 'float32'!r})`.",
        )
    check_finite(name, array)
    if kind == "real numbers":
        return
    odd = array[(array < 0) | (array > last) | (array % 1 != 0)]
    if odd.size:
        raise DataError(rule, f"{odd.flat[0]}, one of {odd.size} such in {name}", fix)


def load_npz(path: Source, architecture: Architecture) -> Dataset:
    """Read a `.npz` file with one array for each input and head, by name.

    An array (N,) is read as one column (N, 1), and whole numbers as real ones where those are
    needed; floats become float32 and ids int32. An array `_absent_<input>`, (N,) of booleans, marks
    where that input can be taken away; `_held`, (N,) of booleans, the held-out rows; an array
    `<input>_present`, (N,) of 1 and 0, the rows that have an input that may be missing. Raises
    `DataError` for a file that cannot be read, and all that `check` raises.
    """
    branches = [branch.name for branch in architecture.data_inputs]
    needed = [*branches, *(head.name for head in architecture.data_heads)]
    presences = {presence(name) for name in branches} - {*needed}
    names = [name for name in read_headers(path) if not name.startswith((ABSENT, HELD, PREPARED))]
    check_names(needed, [name for name in names if name not in presences], ONE_ARRAY_EACH)
    arrays = read_arrays(path)
    inputs = {
        branch.name: _tidy(arrays[branch.name], not branch.cardinality, branch.shape == (1,))
        for branch in architecture.data_inputs
    }
    inputs |= {name: _tidy(arrays[name], True, True) for name in presences & arrays.keys()}
    targets = {
        head.name: _tidy(arrays[head.name], head.target != "classes", target_width(head) == 1)
        for head in architecture.data_heads
    }
    dataset = with_presences(architecture, Dataset(inputs, targets))
    check(architecture, dataset)
    absent = _absent(branches, arrays, dataset.samples)
    held = held_of(arrays[HELD], dataset.samples) if HELD in arrays else None
    return Dataset(_narrow(dataset.inputs), _narrow(targets), absent=absent, held=held)


def random_rows(samples: int, share: float, seed: int) -> Array:
    """Choose held-out rows at random, (N,) of booleans; at least one row is not held out."""
    held = np.zeros(samples, bool)
    count = min(math.ceil(samples * share), samples - 1)
    held[np.random.default_rng(seed).permutation(samples)[:count]] = True
    return held


def held_of(array: Array, samples: int) -> Array:
    """Return the array `_held` of a file. Raises `DataError` if it can't divide the samples."""
    if array.shape != (samples,) or array.dtype.kind != "b":
        raise DataError(
            f"`{HELD}` needs one boolean for each of {samples:,} samples.",
            f"{array.dtype} of shape {array.shape}",
            "Convert it with `.astype(bool)`, or leave it out.",
        )
    if array.all():
        raise DataError(
            f"`{HELD}` can't hold out all samples.",
            f"all {samples:,} held out",
            "Set some of its values to `False`.",
        )
    return array


def target_width(head: Head) -> int:
    """Return the number of values in the target of one sample."""
    return head.width if head.target == "values" else 1


def markings(dataset: Dataset) -> dict[str, Array]:
    """Return the arrays of a file, (N,) of booleans each, that mark rows of the data.

    `_absent_<input>` marks where an input is absent, and `_held` the held-out rows.
    """
    held = {} if dataset.held is None else {HELD: dataset.held}
    if dataset.absent is None:
        return held
    return held | {
        f"{ABSENT}{name}": absent
        for name, absent in zip(dataset.inputs, dataset.absent.T, strict=False)
    }


def _absent(inputs: Sequence[str], arrays: Mapping[str, Array], samples: int) -> Array | None:
    """Return where inputs are absent, (N, inputs), from the arrays `_absent_<input>` of a file."""
    absent = {name.removeprefix(ABSENT): arrays[name] for name in arrays if name.startswith(ABSENT)}
    for name, array in absent.items():
        if name not in inputs:
            raise DataError(
                f"There is no input for the array `{ABSENT}{name}`.",
                f"{ABSENT}{name}",
                suggest(name, inputs),
            )
        if array.shape != (samples,) or array.dtype.kind != "b":
            raise DataError(
                f"`{ABSENT}{name}` needs one boolean for each of {samples:,} samples.",
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
