"""The arrays that columns become: vectors and series, ids, words, pictures."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from components.core.errors import DataError
from components.core.text import join_names, plural, shape_text
from components.heads.base import Head
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.dataset import check_finite
from sample_data.core.limits import LENGTH

_BLOCK = 1_000_000
"""Numbers in memory in double precision at a time."""
MISSING = "(missing)"
_MOST_CODES = 2
"""Whole numbers keep their values as ids if at least every second one is used."""
PADDING, OTHER = "(padding)", "(other)"
_WORD = re.compile(r"\w+(?:'\w+)*")
_RARE = 1000
"""From this many different words on, those that occur once share the id of `(other)`."""


@dataclass(frozen=True)
class EncodedColumns:
    """The array of an input or head, and notes on it.

    `names` are those of ids, id 0 first; `numbers` those of a vector's numbers; `scales` tell how
    columns were scaled.
    """

    array: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scales: tuple[ColumnScaling, ...] = ()
    numbers: tuple[str, ...] = ()


def only(name: str, columns: Sequence[Column]) -> Column:
    """The one column of an input or head. Raises `DataError` if there are more."""
    if len(columns) > 1:
        raise DataError(
            f"`{name}` takes one column only.",
            ", ".join(column.name for column in columns),
            "Choose one of them.",
        )
    return columns[0]


def describe(column: Column) -> str:
    """What a column holds, for messages: `texts with 12 different values`."""
    if not column.scalar:
        return f"an array of shape {shape_text(('N', *column.shape))}"
    noun = {"number": "numbers", "category": "categories", "text": "texts"}[column.kind]
    return f"{noun} with {column.distinct:,} different values"


def empty_cells(column: Column) -> str:
    """`1 empty cell`, `1,200 empty cells`."""
    return plural(column.missing, "empty cell")


def wrong_shape(branch: Input, column: Column) -> DataError:
    """The error for an array of another shape than the input's."""
    return DataError(
        f"`{branch.name}` needs an array of shape {shape_text(('N', *branch.shape))}, "
        "for N samples.",
        f"{column.name} of shape {shape_text((len(column.values), *column.shape))}",
        f"Set the fields of `{branch.name}` to fit it, or choose another array.",
    )


def vector(name: str, width: int, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """Numbers (N, width) of one or several columns or arrays."""
    count = sum(math.prod(column.shape) for column in columns)
    if count != width:
        raise DataError(
            f"`{name}` needs {width:,} numbers for each sample.",
            f"{count:,} from {join_names([column.name for column in columns], 4)}",
            f"Choose other columns, or set its size to {count:,}.",
        )
    array = np.empty((len(columns[0].values), width), np.float32)
    scales: list[ColumnScaling] = []
    start = 0
    for column in columns:
        part = array[:, start : start + math.prod(column.shape)]
        scales += _scale(column.values.reshape(part.shape), part, column, scaled)
        start += part.shape[1]
    notes = [
        f"{empty_cells(column)} of `{column.name}` {'was' if column.missing == 1 else 'were'} "
        "filled with the column's mean."
        for column in columns
        if column.missing
    ]
    constant = [scale.column for scale in scales if scale.deviation == 0]
    notes += [f"`{column}` is the same in all rows." for column in constant[:3]]
    numbers = tuple(scale.column for scale in scales)
    return EncodedColumns(array, tuple(notes), (), _used(scales, scaled), numbers)


def series(branch: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """A series (N, length, features) of an array, or of a column for each step and feature."""
    length, features = branch.shape[0], branch.shape[1] or 1
    if columns[0].scalar:
        count = len(columns)
        if count % features or length not in (None, count // features):
            raise DataError(
                f"`{branch.name}` needs a column for each of its steps and features.",
                f"{count:,} columns for {shape_text((length, features))}",
                "Choose that many columns, or change its length.",
            )
        flat = vector(branch.name, count, columns, scaled)
        array = flat.array.reshape(len(flat.array), -1, features)
        return EncodedColumns(array, flat.notes, (), flat.scales)
    column = only(branch.name, columns)
    if column.shape[1] != features or (length is not None and column.shape[0] != length):
        raise wrong_shape(branch, column)
    array = np.empty(column.values.shape, np.float32)
    scales = _scale(column.values, array, column, scaled)
    return EncodedColumns(array, (), (), _used(scales, scaled))


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
    step = max(1, _BLOCK // max(1, math.prod(values.shape[:-1])))
    for start in range(0, values.shape[-1], step):
        part = slice(start, start + step)
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
        names = [
            column.name if column.scalar else f"{column.name}[{index}]"
            for index in range(start, start + len(means))
        ]
        _check_range(names, into[..., part], deviations)
        scales += [
            ColumnScaling(column=name, mean=mean, deviation=deviation)
            for name, mean, deviation in zip(names, means, deviations, strict=True)
        ]
    return scales


def _check_range(names: Sequence[str], array: Array, deviations: Array) -> None:
    fine = np.isfinite(array).all(axis=tuple(range(array.ndim - 1))) & np.isfinite(deviations)
    if not fine.all():
        raise DataError(
            "A number is too large: single precision ends at 3.4e38.",
            names[int(np.flatnonzero(~fine)[0])],
            "Rescale the column.",
        )


def classes_of(column: Column) -> int:
    """The number of classes of a column of labels."""
    return len(coded(column)[1])


def coded(column: Column) -> tuple[Array, tuple[str, ...]]:
    """Class numbers (N,), -1 where missing, and the name of each class.

    Texts are numbered in alphabetical order, numbers by size. Whole numbers from 0 up keep their
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


def categorical(branch: Input, column: Column) -> EncodedColumns:
    """Ids (N, 1). Empty cells become a category of their own, the last one."""
    codes, names = coded(column)
    notes: tuple[str, ...] = ()
    if column.missing:
        codes = np.where(codes < 0, np.int32(len(names)), codes)
        names = (*names, MISSING)
        notes = (f"{empty_cells(column)} of `{column.name}` became the category {MISSING}.",)
    if len(names) > branch.cardinality:
        raise DataError(
            f"`{branch.name}` can't have more than {branch.cardinality:,} categories.",
            f"{column.name} with {len(names):,}",
            f"Set its number of categories to {len(names):,}.",
        )
    return EncodedColumns(codes[:, None], notes, names)


def labels(head: Head, column: Column) -> EncodedColumns:
    """Labels (N, 1) of a column without missing ones: 0 and 1, or class numbers."""
    if not column.scalar:
        raise DataError(
            f"`{head.name}` needs one class for each sample.",
            f"{column.name}, {describe(column)}",
            "Choose a column or array (N,).",
        )
    codes, names = coded(column)
    used = len(np.unique(codes[codes >= 0]))
    most = 2 if head.target == "binary" else head.width
    if used < 2:
        raise DataError(
            "A label needs at least two classes.",
            f"{column.name} with {used}",
            "Choose another column to predict, or add samples of other classes.",
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
    return EncodedColumns(codes[:, None].astype(dtype), (), names)


def word_ids(branch: Input, columns: Sequence[Column]) -> EncodedColumns:
    """Ids (N, length) of the words of texts; texts of several columns are joined."""
    counted, longest = counted_words(columns)
    words = vocabulary(counted, branch.cardinality)
    length = branch.shape[0] or longest
    ids = {word: index for index, word in enumerate(words)}
    array = np.zeros((len(columns[0].values), length), np.int32)
    coded = [
        (column.values, [[ids.get(word, 1) for word in _split(text)] for text in column.texts])
        for column in columns
    ]
    cut = 0
    for row in range(len(array)):
        text = [word for codes, texts in coded if codes[row] >= 0 for word in texts[codes[row]]]
        if len(text) > length:
            cut += 1
        array[row, : len(text)] = text[:length]
    return EncodedColumns(array, tuple(_notes(branch.name, array, cut, counted, words)), words)


def array_ids(branch: Input, columns: Sequence[Column]) -> EncodedColumns:
    """Ids (N, length) of one array of ids."""
    column = only(branch.name, columns)
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
    return EncodedColumns(column.values.astype(np.int32))


def counted_words(columns: Sequence[Column]) -> tuple[Counter[str], int]:
    """How often each word occurs in all rows, and a length that nine of ten texts fit into."""
    counted: Counter[str] = Counter()
    lengths = np.zeros(len(columns[0].values), np.int64)
    for column in columns:
        times = np.bincount(column.values[column.values >= 0], minlength=len(column.texts))
        sizes = np.zeros(len(column.texts) + 1, np.int64)
        for index, text in enumerate(column.texts):
            words = _split(text)
            sizes[index] = len(words)
            for word in words:
                counted[word] += int(times[index])
        lengths += sizes[column.values]
    return counted, int(min(LENGTH, max(1, np.quantile(lengths, 0.9, method="higher"))))


def vocabulary(counted: Counter[str], most: int) -> tuple[str, ...]:
    """Words by their ids: padding, one id for all rare words, then the most frequent words."""
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


def _split(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def pictures(branch: Input, column: Column, scaled: bool) -> EncodedColumns:
    """Pictures (N, height, width, channels). Pictures of bytes are resized if they must be."""
    values = column.values if column.values.ndim == 4 else column.values[..., None]
    shape = tuple(size or 1 for size in branch.shape)
    notes: tuple[str, ...] = ()
    if values.shape[1:] != shape:
        if values.dtype != np.uint8 or values.shape[3] not in (1, 3) or shape[2] not in (1, 3):
            raise wrong_shape(branch, column)
        values = _resized(values, shape)
        notes = (f"Pictures of `{column.name}` are resized to {shape_text(shape)}.",)
    if values.dtype == np.uint8:
        array = values.astype(np.float32)
        if scaled:
            array /= np.float32(255)
        return EncodedColumns(array, notes)
    return _brought_to_unit(column.name, values, scaled, notes)


def _brought_to_unit(
    name: str, values: Array, scaled: bool, notes: tuple[str, ...]
) -> EncodedColumns:
    check_finite(name, values)
    low, high = float(values.min()), float(values.max())
    if max(-low, high) > float(np.finfo(np.float32).max) / 2:
        raise DataError(
            "A number is too large: single precision ends at 3.4e38.", name, "Rescale the pictures."
        )
    array = values.astype(np.float32)
    if scaled and (low < 0 or high > 1):
        array -= np.float32(low)
        array /= np.float32((high - low) or 1.0)
        notes = (*notes, f"`{name}`, from {low:g} to {high:g}, is scaled to 0 to 1.")
    return EncodedColumns(array, notes)


def _resized(values: Array, shape: Sequence[int]) -> Array:
    height, width, channels = shape
    array = np.empty((len(values), height, width, channels), np.uint8)
    for row, pixels in enumerate(values):
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
        picture = picture.convert("L" if channels == 1 else "RGB")
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        array[row] = np.asarray(picture).reshape(shape)
    return array
