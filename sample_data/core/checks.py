"""Checks that arrays fit an architecture: names, shapes, dtypes, lengths and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from components.core.errors import DataError, suggest
from components.core.text import quoted, shape_text
from components.heads.base import Head
from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.core.arrays import Array

ONE_ARRAY_EACH = "The file must have exactly one array for each input and head, by name."
_KINDS = {"real numbers": "f", "whole numbers": "iu", "0 or 1": "fiub"}


def check_arrays(
    architecture: Architecture, inputs: Mapping[str, Array], targets: Mapping[str, Array]
) -> None:
    """Raises `DataError` for the first array that does not fit."""
    check_names([branch.name for branch in architecture.data_inputs], list(inputs), ONE_ARRAY_EACH)
    check_names([head.name for head in architecture.heads], list(targets), ONE_ARRAY_EACH)
    for branch in architecture.data_inputs:
        _check_input(branch, inputs[branch.name])
    for head in architecture.heads:
        _check_target(head, targets[head.name])
    _check_lengths({**inputs, **targets})


def check_names(needed: Sequence[str], names: Sequence[str], rule: str) -> None:
    """Raises `DataError` with that rule unless the two have the same names."""
    missing = [name for name in needed if name not in names]
    for name in names:
        if name not in needed:
            raise DataError(rule, name, suggest(name, missing) if missing else "Leave it out.")
    if missing:
        raise DataError(rule, ", ".join(names) or "none", f"Add {quoted(missing)}.")


def _check_input(branch: Input, array: Array) -> None:
    _check_shape(branch.name, branch.shape, array)
    if not branch.cardinality:
        _check_kind(branch.name, "real numbers", array)
        check_finite(branch.name, array)
        return
    _check_kind(branch.name, "whole numbers", array)
    last = branch.cardinality - 1
    _check_values(
        branch.name,
        f"Ids of `{branch.name}` must be whole numbers from 0 to {last}.",
        array,
        lambda x: (x < 0) | (x > last),
        "Give the input more ids, or number the ids from 0.",
    )


def _check_target(head: Head, array: Array) -> None:
    _check_shape(head.name, (head.width if head.target == "values" else 1,), array)
    if head.target == "values":
        _check_kind(head.name, "real numbers", array)
        check_finite(head.name, array)
    elif head.target == "binary":
        _check_kind(head.name, "0 or 1", array)
        check_finite(head.name, array)
        rule = f"Labels of the binary head `{head.name}` must be 0 or 1."
        fix = "Write one class as 0 and the other as 1, or choose a multiclass head."
        _check_values(head.name, rule, array, lambda x: (x != 0) & (x != 1), fix)
    else:
        _check_kind(head.name, "whole numbers", array)
        last = head.width - 1
        rule = f"Labels of `{head.name}` must be class numbers from 0 to {last}."
        fix = "Give the head more classes, or number the classes from 0."
        _check_values(head.name, rule, array, lambda x: (x < 0) | (x > last), fix)


def _check_shape(name: str, shape: tuple[int | None, ...], array: Array) -> None:
    received = array.shape[1:]
    fits = len(received) == len(shape) and all(
        size >= 1 if axis is None else axis == size
        for axis, size in zip(shape, received, strict=True)
    )
    if array.ndim == 0 or not fits:
        wanted = shape_text(("N", *shape))
        raise DataError(
            f"The array of `{name}` must have shape {wanted}, for N samples.",
            shape_text(array.shape),
            f"Reshape the data, or set the fields of `{name}` to fit it.",
        )


def _check_kind(name: str, kind: str, array: Array) -> None:
    if array.dtype.kind not in _KINDS[kind]:
        raise DataError(
            f"The array of `{name}` must hold {kind}.",
            str(array.dtype),
            f"Convert it with `.astype({'int32' if kind == 'whole numbers' else 'float32'!r})`.",
        )


def check_finite(name: str, array: Array) -> None:
    """Raises `DataError` for values that are not finite numbers."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    nans, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    raise DataError(
        f"Every value of `{name}` must be a finite number.",
        f"{nans:,} NaN and {infinite:,} infinite of {array.size:,} values",
        "Fill them in or leave out their samples. Single precision ends at 3.4e38.",
    )


def _check_values(
    name: str, rule: str, array: Array, wrong: Callable[[Array], Array], fix: str
) -> None:
    odd = array[wrong(array)]
    if odd.size:
        raise DataError(rule, f"{odd.flat[0]}, one of {odd.size} such in {name}", fix)


def _check_lengths(arrays: Mapping[str, Array]) -> None:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(
            "All arrays must have the same number of rows, one for each sample.",
            ", ".join(f"{name} {length}" for name, length in lengths.items()),
            "Give every array the same number of rows.",
        )
    if 0 in lengths.values():
        raise DataError("The data must have at least one sample.", "0 rows", "Add samples.")
