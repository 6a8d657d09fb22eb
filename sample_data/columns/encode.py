"""Arrays from columns: vectors and series, ids, words, pictures.

Means, deviations, categories, words and the range of pixels are learned only from the training rows
`trained`, (N,) of booleans.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from components.base.errors import DataError
from components.base.text import join_names, plural, quoted, shape_text
from components.models.heads.base import Head
from components.models.inputs.base import Input
from sample_data.columns import preparation
from sample_data.columns.column import Column
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.dataset import check_finite
from sample_data.core.limits import LENGTH

MISSING = "(missing)"
_MOST_CODES = 2
"""Maximum ratio of ids to used ids at which whole numbers keep their values as ids."""
PADDING, OTHER = "(padding)", "(other)"
_RARE = 1000
"""Number of different words from which words that occur only once share the id of `(other)`."""


@dataclass(frozen=True)
class EncodedColumns:
    """Array of an input or head, and notes on it.

    `names` are names of ids, id 0 first; `numbers` are names of a vector's numbers; `scales` are
    the scalings of columns; `step` holds the learned values that `preparation.apply` reads.
    """

    array: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scales: tuple[ColumnScaling, ...] = ()
    numbers: tuple[str, ...] = ()
    step: dict[str, Any] = field(default_factory=dict)


def only_column(name: str, columns: Sequence[Column]) -> Column:
    """Return the only column of an input or head. Raises `DataError` if there are more."""
    if len(columns) > 1:
        raise DataError(
            f"`{name}` takes one column only.",
            ", ".join(column.name for column in columns),
            "Choose one of them.",
        )
    return columns[0]


def describe(column: Column) -> str:
    """Describe the content of a column for messages: `texts with 12 different values`."""
    if not column.scalar:
        return f"an array of shape {shape_text(('N', *column.shape))}"
    noun = {"number": "numbers", "category": "categories", "text": "texts"}[column.kind]
    return f"{noun} with {column.distinct:,} different values"


def count_empty(column: Column) -> str:
    """Format the number of empty cells: `1 empty cell`, `1,200 empty cells`."""
    return plural(column.missing, "empty cell")


def wrong_shape(branch: Input, column: Column) -> DataError:
    """Return the error for an array whose shape is not that of the input."""
    return DataError(
        f"`{branch.name}` needs an array of shape {shape_text(('N', *branch.shape))}, "
        "for N samples.",
        f"{column.name} of shape {shape_text((len(column.values), *column.shape))}",
        f"Set the fields of `{branch.name}` to fit it, or choose another array.",
    )


def vector(
    name: str, width: int, columns: Sequence[Column], scaled: bool, trained: Array
) -> EncodedColumns:
    """Return numbers (N, width) from one or several columns or arrays."""
    count = sum(math.prod(column.shape) for column in columns)
    if count != width:
        raise DataError(
            f"`{name}` needs {width:,} numbers for each sample.",
            f"{count:,} from {join_names([column.name for column in columns], 4)}",
            f"Choose other columns, or set its size to {count:,}.",
        )
    return _numbers(columns, scaled, trained)


def series(
    branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
) -> EncodedColumns:
    """Return a series (N, length, features) from an array, or a column per step and feature."""
    length, features = branch.shape[0], branch.shape[1] or 1
    if columns[0].scalar:
        count = len(columns)
        if count % features or length not in (None, count // features):
            raise DataError(
                f"`{branch.name}` needs a column for each of its steps and features.",
                f"{count:,} columns for {shape_text((length, features))}",
                "Choose that many columns, or change its length.",
            )
        return replace(_numbers(columns, scaled, trained, features), numbers=())
    column = only_column(branch.name, columns)
    if column.shape[1] != features or (length is not None and column.shape[0] != length):
        raise wrong_shape(branch, column)
    scales = _scaling(column.values[trained].reshape(-1, features), column)
    step = {"kind": "series", "columns": [_learned(column, scales)], "scaled": scaled}
    array = _applied(step, columns, scales)
    return EncodedColumns(array, scales=_applied_scales(scales, scaled), step=step)


def _numbers(
    columns: Sequence[Column], scaled: bool, trained: Array, features: int = 0
) -> EncodedColumns:
    """Return numbers from one or several columns or arrays, one row per sample, or as steps."""
    scales: list[ColumnScaling] = []
    learned = []
    for column in columns:
        values = column.values[trained]
        each = _scaling(values.reshape(len(values), -1), column)
        learned.append(_learned(column, each))
        scales += each
    step = {"kind": "numbers", "columns": learned, "scaled": scaled, "features": features}
    notes = [
        f"{count_empty(column)} of `{column.name}` {'was' if column.missing == 1 else 'were'} "
        "filled with the mean of the training rows."
        for column in columns
        if column.missing
    ]
    constant = [scale.column for scale in scales if scale.deviation == 0]
    notes += [f"`{column}` is the same in all training rows." for column in constant[:3]]
    numbers = tuple(scale.column for scale in scales)
    array = _applied(step, columns, scales)
    return EncodedColumns(array, tuple(notes), (), _applied_scales(scales, scaled), numbers, step)


def _learned(column: Column, scales: Sequence[ColumnScaling]) -> dict[str, Any]:
    """Return the learned values of a column of numbers, as plain data."""
    return {
        **column.read,
        "means": [scale.mean for scale in scales],
        "deviations": [scale.deviation for scale in scales],
    }


def _applied_scales(scales: Sequence[ColumnScaling], scaled: bool) -> tuple[ColumnScaling, ...]:
    """Return the scales as applied; a constant column is only shifted to 0."""
    if not scaled:
        return ()
    return tuple(s.model_copy(update={"deviation": s.deviation or 1.0}) for s in scales)


def _scaling(values: Array, column: Column) -> list[ColumnScaling]:
    """Return mean and deviation of each number of the training rows (N, numbers).

    Raises `DataError` for infinite numbers and NaN in an array, in any row, and for a column
    without a number.
    """
    missing = np.isnan(column.values) & (column.kind == "number")
    check_finite(column.name, np.where(missing, 0.0, column.values))
    if column.missing and np.isnan(values).all():
        raise DataError(
            "A column of numbers can't be empty in all training rows.",
            f"{column.name}, empty in {len(values):,}",
            "Leave the column out, or hold out other rows.",
        )
    scales = []
    width = max(1, preparation.BLOCK // len(values))
    for start in range(0, values.shape[1], width):
        block = values[:, start : start + width].astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            means, deviations = np.nanmean(block, axis=0), np.nanstd(block, axis=0)
        for index, (mean, deviation) in enumerate(zip(means, deviations, strict=True), start):
            name = column.name if column.scalar else f"{column.name}[{index}]"
            scales.append(ColumnScaling(column=name, mean=float(mean), deviation=float(deviation)))
    return scales


def _applied(
    step: dict[str, Any], columns: Sequence[Column], scales: Sequence[ColumnScaling]
) -> Floats:
    """Return the array of finite numbers. Raises `DataError` for those beyond single precision."""
    with np.errstate(invalid="ignore"):
        array: Floats = preparation.apply(step, columns)
    flat = array.reshape(-1, len(scales))
    _check_range([scale.column for scale in scales], flat, np.array([s.deviation for s in scales]))
    return array


def _check_range(names: Sequence[str], array: Array, deviations: Array) -> None:
    fine = np.isfinite(array).all(axis=tuple(range(array.ndim - 1))) & np.isfinite(deviations)
    if not fine.all():
        raise DataError(
            "A number is too large: single precision ends at 3.4e38.",
            names[int(np.flatnonzero(~fine)[0])],
            "Rescale the column.",
        )


def classes_of(column: Column) -> int:
    """Return the number of classes of a column of labels."""
    return len(coded(column)[1])


def coded(column: Column) -> tuple[Array, tuple[str, ...]]:
    """Return class numbers (N,), -1 where missing, and the name of each class.

    Texts are numbered in alphabetical order, numbers by size. Whole numbers from 0 keep their
    values if most of them are used. Raises `DataError` for infinite numbers.
    """
    if column.kind != "number":
        order = sorted(range(len(column.texts)), key=lambda index: column.texts[index])
        ranks = np.empty(len(order) + 1, np.int32)
        ranks[order] = np.arange(len(order))
        ranks[-1] = -1
        return ranks[column.values], tuple(column.texts[index] for index in order)
    if np.isinf(column.values).any():
        raise DataError(
            "A class number is infinite.", f"infinity in {column.name}", "Correct the value."
        )
    known = np.isfinite(column.values)
    distinct = np.unique(column.values[known])
    used = len(distinct)
    if column.whole and used > 2 and distinct[0] == 0 and distinct[-1] < _MOST_CODES * used:
        distinct = np.arange(int(distinct[-1]) + 1, dtype=np.float64)
    codes = np.where(known, np.searchsorted(distinct, column.values), -1).astype(np.int32)
    return codes, tuple(f"{value:g}" for value in distinct)


def categorical(branch: Input, column: Column, trained: Array) -> EncodedColumns:
    """Return ids (N, 1) of categories in training rows; empty cells become the last category."""
    codes, names = coded(column)
    lost = np.setdiff1d(codes[~trained], codes[trained])
    lost = lost[lost >= 0]
    names = tuple(name for code, name in enumerate(names) if code not in lost)
    values: list[Any] = [float(name) for name in names] if not column.texts else list(names)
    present = np.delete(np.bincount(codes[trained & (codes >= 0)], minlength=codes.max() + 1), lost)
    empty = int(present.argmax()) if present.size else 0
    notes: list[str] = []
    if (codes[trained] < 0).any():
        empty = len(names)
        names = (*names, MISSING)
        notes.append(f"{count_empty(column)} of `{column.name}` became the category {MISSING}.")
    elif column.missing:
        notes.append(f"{count_empty(column)} of `{column.name}` became `{names[empty]}`.")
    if unknown := int(np.isin(codes, lost).sum()):
        notes.append(
            f"{plural(unknown, 'held-out cell')} of `{column.name}` with a category that no "
            f"training row has became `{names[empty]}`."
        )
    if len(names) > branch.cardinality:
        raise DataError(
            f"`{branch.name}` can't have more than {branch.cardinality:,} categories.",
            f"{column.name} with {len(names):,}",
            f"Set its number of categories to {len(names):,}.",
        )
    step = {
        "kind": "category",
        "columns": [column.read],
        "values": values,
        "names": list(names),
        "empty": empty,
    }
    return EncodedColumns(preparation.apply(step, [column]), tuple(notes), names, step=step)


def labels(head: Head, column: Column, trained: Array) -> EncodedColumns:
    """Return labels (N, 1) from a column without missing ones: 0 and 1, or class numbers."""
    if not column.scalar:
        raise DataError(
            f"`{head.name}` needs one class for each sample.",
            f"{column.name}, {describe(column)}",
            "Choose a column or array (N,).",
        )
    codes, names = coded(column)
    used = np.unique(codes[trained])
    most = 2 if head.target == "binary" else head.width
    if len(used) < 2:
        raise DataError(
            "A label needs at least two classes in the training rows.",
            f"{column.name} with {len(used)}",
            "Choose another column to predict, hold out other rows, or add samples of other "
            "classes.",
        )
    if len(names) > most:
        raise DataError(
            f"`{head.name}` can't predict more than {most:,} classes.",
            f"{column.name} with {len(names):,}",
            "Choose a multiclass head with that many classes, or another column."
            if head.target == "binary"
            else f"Set its number of classes to {len(names):,}.",
        )
    dtype = np.float32 if head.target == "binary" else np.int32
    step = {"kind": head.target, "columns": [column.read], "classes": list(names)}
    lost = [names[code] for code in np.setdiff1d(codes, used)]
    notes = (f"Only held-out rows have {quoted(lost)} of `{column.name}`.",) if lost else ()
    return EncodedColumns(codes[:, None].astype(dtype), notes, names, step=step)


def word_ids(branch: Input, columns: Sequence[Column], trained: Array) -> EncodedColumns:
    """Return ids (N, length) of the words of texts; texts of several columns are joined.

    A word in no training row shares the id of rare words.
    """
    counted, lengths = counted_words(columns, trained)
    words = vocabulary(counted, branch.cardinality)
    step = {
        "kind": "words",
        "columns": [column.read for column in columns],
        "words": list(words),
        "length": branch.shape[0] or usual_length(lengths[trained]),
    }
    array = preparation.apply(step, columns)
    cut = int((lengths > array.shape[1]).sum())
    notes = tuple(_notes(branch.name, array, cut, counted, words))
    return EncodedColumns(array, notes, words, step=step)


def array_ids(branch: Input, columns: Sequence[Column]) -> EncodedColumns:
    """Return ids (N, length) from one array of ids."""
    column = only_column(branch.name, columns)
    length = branch.shape[0]
    if length is not None and column.shape[0] != length:
        raise wrong_shape(branch, column)
    last = int(column.values.max())
    if last >= branch.cardinality:
        raise DataError(
            f"Ids of `{branch.name}` can only be whole numbers from 0 to "
            f"{branch.cardinality - 1:,}.",
            f"{last:,} in {column.name}",
            f"Set its vocabulary to {last + 1:,}.",
        )
    step = {"kind": "array", "columns": [column.read], "ids": branch.cardinality}
    return EncodedColumns(preparation.apply(step, [column]), step=step)


def counted_words(columns: Sequence[Column], trained: Array) -> tuple[Counter[str], Ints]:
    """Count each word in training rows, and the words of each row."""
    counted: Counter[str] = Counter()
    lengths = np.zeros(len(columns[0].values), np.int32)
    for column in columns:
        known = column.values[trained & (column.values >= 0)]
        times = np.bincount(known, minlength=len(column.texts))
        sizes = np.zeros(len(column.texts) + 1, np.int32)
        for index, text in enumerate(column.texts):
            words = preparation.split_words(text)
            sizes[index] = len(words)
            for word in words if times[index] else ():
                counted[word] += int(times[index])
        lengths += sizes[column.values]
    return counted, lengths


def usual_length(lengths: Ints) -> int:
    """Return a length that fits nine of ten texts."""
    return int(min(LENGTH, max(1, np.quantile(lengths, 0.9, method="higher"))))


def vocabulary(counted: Counter[str], most: int) -> tuple[str, ...]:
    """Return words by id: padding, one id for all rare words, then the most frequent words."""
    least = 2 if len(counted) > _RARE else 1
    ordered = sorted(
        (word for word, count in counted.items() if count >= least),
        key=lambda word: (-counted[word], word),
    )
    return (PADDING, OTHER, *ordered)[:most]


def _notes(
    name: str, array: Ints, cut: int, counted: Counter[str], words: Sequence[str]
) -> list[str]:
    known = set(words)
    rare = sum(count for word, count in counted.items() if word not in known)
    empty = int((array == 0).all(axis=1).sum())
    notes = []
    if cut:
        notes.append(f"{cut:,} texts of `{name}` are cut to {array.shape[1]} words.")
    if rare:
        notes.append(f"{rare:,} rare words of `{name}` share one id, {OTHER}.")
    if empty:
        notes.append(f"{empty:,} texts of `{name}` have no words and are only padding.")
    return notes


def pictures(branch: Input, column: Column, scaled: bool, trained: Array) -> EncodedColumns:
    """Return pictures (N, height, width, channels). Pictures of bytes are resized if needed."""
    values = column.values if column.values.ndim == 4 else column.values[..., None]
    shape = tuple(size or 1 for size in branch.shape)
    notes: tuple[str, ...] = ()
    if values.shape[1:] != shape:
        if values.dtype != np.uint8 or values.shape[3] not in (1, 3) or shape[2] not in (1, 3):
            raise wrong_shape(branch, column)
        notes = (f"Pictures of `{column.name}` are resized to {shape_text(shape)}.",)
    low, high = 0.0, 255.0
    if values.dtype != np.uint8:
        low, high = _extremes(column.name, values, trained)
        scaled = scaled and (low < 0 or high > 1)
        if scaled:
            notes = (f"`{column.name}`, from {low:g} to {high:g}, is scaled to 0 to 1.",)
    step = {
        "kind": "picture",
        "columns": [column.read],
        "shape": list(shape),
        "scaled": scaled,
        "low": low,
        "high": high,
    }
    return EncodedColumns(preparation.apply(step, [column]), notes, step=step)


def _extremes(name: str, values: Array, trained: Array) -> tuple[float, float]:
    """Return the smallest and the largest value in training rows.

    Raises `DataError` for values that can't be scaled.
    """
    check_finite(name, values)
    if float(np.abs(values).max()) > float(np.finfo(np.float32).max) / 2:
        raise DataError(
            "A number is too large: single precision ends at 3.4e38.", name, "Rescale the pictures."
        )
    return float(values[trained].min()), float(values[trained].max())
