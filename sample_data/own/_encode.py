"""Turns columns into the array of an input or a head: scaled, numbered, cut into words, resized."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from components.errors import DataError
from components.heads.base import Head
from components.inputs.base import Input
from components.merges.base import written
from components.registry import kind_of
from sample_data.about import Scale
from sample_data.arrays import Array
from sample_data.own.caps import LENGTH, WORDS
from sample_data.own.table import Column

MISSING = "(missing)"
PADDING, OTHER = "(padding)", "(other)"
_WORD = re.compile(r"\w+(?:'\w+)*")
_RARE = 1000
"""From so many different words on, those that stand once are left to `(other)`."""
_MOST_CODES = 2
"""Whole numbers are ids as they are where at most every second one is not used."""


@dataclass(frozen=True)
class Encoded:
    """The array, and what is to be said of it.

    `names` of ids, 0 first; `scales` of columns that were scaled; `numbers`: names of a
    vector's.
    """

    array: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()
    numbers: tuple[str, ...] = ()


def can_feed(kind: str, column: Column) -> bool:
    """Whether a kind of input can be made of the column, alone or with others."""
    return _FEEDS[kind](column)


def can_label(kind: str, column: Column) -> bool:
    """Whether a kind of head can predict the column."""
    if kind == "regression":
        return column.kind in ("number", "vector")
    return column.scalar and (column.distinct == 2 if kind == "binary" else column.distinct > 1)


def wanted_columns(part: Input | Head) -> int:
    """How many columns with one value a sample an input or a head is made of."""
    if isinstance(part, Head):
        return part.width if part.target == "values" else 1
    if kind_of(type(part)) in ("categorical", "tokens"):
        return 1
    return math.prod(size or 1 for size in part.shape)


def sizes(kind: str, columns: Sequence[Column]) -> dict[str, Any]:
    """The fields of a kind of input that say its size, as the columns want them."""
    first = columns[0]
    if kind == "categorical":
        return {"categories": len(_code(first)[1]) + int(first.missing > 0)}
    if kind == "tokens" and first.kind == "tokens":
        return {"vocabulary": max(2, int(first.values.max()) + 1), "length": first.shape[0]}
    if kind == "tokens":
        counted, longest = _counted(columns)
        return {"vocabulary": len(_vocabulary(counted, WORDS)), "length": longest}
    if kind == "vector":
        return {"features": sum(math.prod(column.shape) for column in columns)}
    if kind == "image":
        height, width, channels = (*first.shape, 1)[:3]
        return {"height": height, "width": width, "channels": channels}
    if kind == "spectrogram":
        return {"frames": first.shape[0], "bands": first.shape[1]}
    return {"length": first.shape[0], "features": first.shape[1]}


def classes_of(column: Column) -> int:
    """How many classes a column of labels has."""
    return len(_code(column)[1])


def encode_input(given: Input, columns: Sequence[Column], scaled: bool) -> Encoded:
    """The array (N, *shape) of an input. Raises `DataError` where the columns do not make it."""
    kind = kind_of(type(given))
    if not columns:
        raise DataError(
            "Every input is made of columns.", f"none for {given.name}", "Choose its columns."
        )
    for column in columns:
        if not can_feed(kind, column):
            raise DataError(
                f"`{given.name}`, of kind {kind}, is made of {_MADE_OF[kind]}.",
                f"{column.name}, {_said(column)}",
                "Choose another column, or another kind of input.",
            )
    if kind == "categorical":
        return _categorical(given, _only(given.name, columns))
    if kind == "tokens":
        return _tokens(given, columns)
    if kind == "vector":
        return _vector(given.name, given.shape[0] or 1, columns, scaled)
    if kind in ("image", "spectrogram"):
        return _image(given, _only(given.name, columns), scaled)
    return _series(given, columns, scaled)


def encode_head(head: Head, columns: Sequence[Column], scaled: bool) -> Encoded:
    """The labels (N, width) of a head. Raises `DataError` where the columns do not make them."""
    kind = kind_of(type(head))
    if not columns:
        raise DataError(
            "Every head predicts a column.", f"none for {head.name}", "Choose its column."
        )
    for column in columns:
        if head.target == "values" and not can_label(kind, column):
            raise DataError(
                f"`{head.name}` predicts numbers.",
                f"{column.name}, {_said(column)}",
                "Choose a column of numbers, or a head for classes.",
            )
    if head.target == "values":
        return _vector(head.name, head.width, columns, scaled)
    return _labels(head, _only(head.name, columns))


def _only(name: str, columns: Sequence[Column]) -> Column:
    if len(columns) > 1:
        raise DataError(
            f"`{name}` is made of one column.",
            ", ".join(column.name for column in columns),
            "Choose one of them.",
        )
    return columns[0]


def _said(column: Column) -> str:
    if not column.scalar:
        return f"an array of shape {written(('N', *column.shape))}"  # type: ignore[arg-type]
    what = {"number": "numbers", "category": "categories", "text": "texts"}[column.kind]
    return f"{what} with {column.distinct:,} different values"


def _code(column: Column) -> tuple[Array, tuple[str, ...]]:
    """Class numbers (N,), -1 where missing, and the name of each.

    Texts are numbered in the order of the alphabet, numbers by size; whole numbers from 0 on stand
    as they are where most of them are used.
    """
    if column.kind != "number":
        order = sorted(range(len(column.texts)), key=lambda place: column.texts[place])
        ranks = np.empty(len(order) + 1, np.int32)
        ranks[order] = np.arange(len(order))
        ranks[-1] = -1
        return ranks[column.values], tuple(column.texts[place] for place in order)
    known = np.isfinite(column.values)
    distinct = np.unique(column.values[known])
    if column.whole and distinct[0] >= 0 and distinct[-1] < _MOST_CODES * len(distinct):
        distinct = np.arange(int(distinct[-1]) + 1, dtype=np.float64)
    codes = np.where(known, np.searchsorted(distinct, column.values), -1).astype(np.int32)
    return codes, tuple(f"{value:g}" for value in distinct)


def _categorical(given: Input, column: Column) -> Encoded:
    codes, names = _code(column)
    notes: tuple[str, ...] = ()
    if column.missing:
        codes = np.where(codes < 0, np.int32(len(names)), codes)
        names = (*names, MISSING)
        notes = (f"{_cells(column)} in `{column.name}` became a category, {MISSING}.",)
    if len(names) > given.cardinality:
        raise DataError(
            f"`{given.name}` takes {given.cardinality:,} categories.",
            f"{column.name} with {len(names):,}",
            f"Set its categories to {len(names):,}.",
        )
    return Encoded(codes[:, None], notes, names)


def _labels(head: Head, column: Column) -> Encoded:
    if not column.scalar:
        raise DataError(
            f"`{head.name}` predicts one class for each sample.",
            f"{column.name}, {_said(column)}",
            "Choose a column or array (N,).",
        )
    codes, names = _code(column)
    seen = len(np.unique(codes[codes >= 0]))
    most = 2 if head.target == "binary" else head.width
    if seen < 2:
        raise DataError(
            "A label has at least two classes.",
            f"{column.name} with {seen}",
            "Choose another column to predict, or add samples of other classes.",
        )
    if len(names) > most:
        raise DataError(
            f"`{head.name}` predicts {most:,} classes.",
            f"{column.name} with {len(names):,}",
            "Choose a multiclass head of as many classes, or another column."
            if head.target == "binary"
            else f"Set its classes to {len(names):,}.",
        )
    kind = np.float32 if head.target == "binary" else np.int32
    return Encoded(codes[:, None].astype(kind), (), names)


def _vector(name: str, width: int, columns: Sequence[Column], scaled: bool) -> Encoded:
    parts = [_numbers_of(column) for column in columns]
    made = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    if made.shape[1] != width:
        raise DataError(
            f"`{name}` takes {width:,} numbers for each sample.",
            f"{made.shape[1]:,} from {_named(columns)}",
            f"Choose other columns, or set its size to {made.shape[1]:,}.",
        )
    names = [
        column.name if column.scalar else f"{column.name}[{place}]"
        for column in columns
        for place in range(math.prod(column.shape))
    ]
    notes = [
        f"{_cells(column)} in `{column.name}` stand at the column's mean."
        for column in columns
        if column.missing
    ]
    array, scales, same = _scaled(made, names, scaled)
    notes += [f"`{column}` is the same in all rows." for column in same[:3]]
    return Encoded(array, tuple(notes), (), scales, tuple(names))


def _named(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns[:4]) + (", …" if columns[4:] else "")


def _numbers_of(column: Column) -> Array:
    """The column as real numbers, with NaN only where a single number is missing."""
    values = column.values.astype(np.float64)
    wrong = int(np.isinf(values).sum())
    nans = 0 if column.kind == "number" else int(np.isnan(values).sum())
    if wrong or nans:
        raise DataError(
            f"Every value of `{column.name}` is a finite number.",
            f"{nans:,} NaN and {wrong:,} infinite of {values.size:,} values",
            "Fill them in or leave out their samples.",
        )
    return values


def _scaled(
    values: Array, names: Sequence[str], scaled: bool
) -> tuple[Array, tuple[Scale, ...], list[str]]:
    """Numbers on the last axis, each filled and scaled by itself; which, and those all the same."""
    axes = tuple(range(values.ndim - 1))
    with np.errstate(over="ignore", invalid="ignore"):
        means, deviations = np.nanmean(values, axis=axes), np.nanstd(values, axis=axes)
        same = [name for name, spread in zip(names, deviations, strict=True) if spread == 0]
        values = np.where(np.isnan(values), means, values)
        scales: tuple[Scale, ...] = ()
        if scaled:
            deviations = np.where(deviations == 0, 1.0, deviations)
            values = (values - means) / deviations
            scales = tuple(
                Scale(column=name, mean=mean, deviation=deviation)
                for name, mean, deviation in zip(names, means, deviations, strict=True)
            )
        made = values.astype(np.float32)
    if not np.isfinite(made).all():
        at = int(np.flatnonzero(~np.isfinite(made).reshape(-1, made.shape[-1]).all(axis=0))[0])
        raise DataError(
            "Numbers fit single precision, up to 3.4e38.", names[at], "Rescale the column."
        )
    return made, scales, same


def _series(given: Input, columns: Sequence[Column], scaled: bool) -> Encoded:
    length, features = given.shape
    arrays = [column for column in columns if not column.scalar]
    if arrays:
        column = _only(given.name, columns)
        values = _numbers_of(column)
        if values.shape[2] != features or (length is not None and values.shape[1] != length):
            raise _wrong_shape(given, column)
        source = column.name
    else:
        values = np.stack([_numbers_of(column) for column in columns], axis=1)
        wanted = None if length is None else length * (features or 1)
        if (wanted or len(columns)) != len(columns) or len(columns) % (features or 1):
            raise DataError(
                f"`{given.name}` is made of columns for each of its steps and features.",
                f"{len(columns):,} columns for {written(given.shape)}",
                "Choose as many columns, or set its length.",
            )
        values = values.reshape(len(values), -1, features or 1)
        source = given.name
    names = [f"{source}[{place}]" for place in range(values.shape[2])]
    array, scales, _ = _scaled(values, names, scaled)
    filled = [c for c in columns if c.scalar and c.missing]
    notes = [f"{_cells(column)} in `{column.name}` stand at the mean." for column in filled]
    return Encoded(array, tuple(notes), (), scales)


def _wrong_shape(given: Input, column: Column) -> DataError:
    wanted: tuple[Any, ...] = ("N", *given.shape)
    return DataError(
        f"The array of `{given.name}` has shape {written(wanted)}, for N samples.",
        f"{column.name} of shape {written((len(column.values), *column.shape))}",
        f"Set the fields of `{given.name}` to fit it, or choose another array.",
    )


def _image(given: Input, column: Column, scaled: bool) -> Encoded:
    values = column.values if column.values.ndim == 4 else column.values[..., None]
    shape = tuple(size or 1 for size in given.shape)
    notes: tuple[str, ...] = ()
    if values.shape[1:] != shape:
        if values.dtype != np.uint8 or values.shape[3] not in (1, 3) or shape[2] not in (1, 3):
            raise _wrong_shape(given, column)
        values = _resized(values, shape)
        notes = (f"Pictures of `{column.name}` are resized to {written(shape)}.",)
    if values.dtype == np.uint8:
        return Encoded(values.astype(np.float32) / np.float32(255 if scaled else 1), notes)
    values = _numbers_of(column).reshape(values.shape)
    low, high = float(values.min()), float(values.max())
    if scaled and (low < 0 or high > 1):
        values = (values - low) / ((high - low) or 1.0)
        notes = (*notes, f"`{column.name}`, from {low:g} to {high:g}, is brought to 0 to 1.")
    with np.errstate(over="ignore"):
        made = values.astype(np.float32)
    if not np.isfinite(made).all():
        raise DataError(
            "Numbers fit single precision, up to 3.4e38.", column.name, "Rescale the pictures."
        )
    return Encoded(made, notes)


def _resized(values: Array, shape: Sequence[int]) -> Array:
    height, width, channels = shape
    made = np.empty((len(values), height, width, channels), np.uint8)
    for place, pixels in enumerate(values):
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
        picture = picture.convert("L" if channels == 1 else "RGB")
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        made[place] = np.asarray(picture).reshape(shape)
    return made


def _tokens(given: Input, columns: Sequence[Column]) -> Encoded:
    if not columns[0].scalar:
        column = _only(given.name, columns)
        length = given.shape[0]
        if length is not None and column.shape[0] != length:
            raise _wrong_shape(given, column)
        last = int(column.values.max())
        if last >= given.cardinality:
            raise DataError(
                f"Ids of `{given.name}` are whole numbers from 0 to {given.cardinality - 1:,}.",
                f"{last:,} in {column.name}",
                f"Set its vocabulary to {last + 1:,}.",
            )
        return Encoded(column.values.astype(np.int32))
    counted, longest = _counted(columns)
    words = _vocabulary(counted, given.cardinality)
    length = given.shape[0] or longest
    ids = {word: place for place, word in enumerate(words)}
    made = np.zeros((len(columns[0].values), length), np.int32)
    cut = 0
    numbered = [_Numbered(column, ids) for column in columns]
    for row in range(len(made)):
        found = [identity for each in numbered for identity in each.row(row)]
        cut += len(found) > length
        made[row, : len(found)] = found[:length]
    known = set(words)
    rare = sum(count for word, count in counted.items() if word not in known)
    notes = []
    if cut:
        notes.append(f"{cut:,} texts of `{given.name}` are longer than {length} words and cut.")
    if rare:
        notes.append(f"{rare:,} rare words of `{given.name}` share one id, {OTHER}.")
    empty = int((made == 0).all(axis=1).sum())
    if empty:
        notes.append(f"{empty:,} texts of `{given.name}` have no word and are padding alone.")
    return Encoded(made, tuple(notes), words)


@dataclass
class _Numbered:
    """The words of a column's texts by their ids; each different text is cut into words once."""

    column: Column
    ids: dict[str, int]
    held: dict[int, list[int]] = field(default_factory=dict)

    def row(self, row: int) -> list[int]:
        code = int(self.column.values[row])
        if code < 0:
            return []
        if code not in self.held:
            self.held[code] = [self.ids.get(word, 1) for word in _cut(self.column.texts[code])]
        return self.held[code]


def _cut(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _counted(columns: Sequence[Column]) -> tuple[Counter[str], int]:
    """How often each word stands in all rows, and a length that nine of ten texts keep within."""
    counted: Counter[str] = Counter()
    lengths = np.zeros(len(columns[0].values), np.int64)
    for column in columns:
        times = np.bincount(column.values[column.values >= 0], minlength=len(column.texts))
        sizes = np.zeros(len(column.texts) + 1, np.int64)
        for place, text in enumerate(column.texts):
            words = _cut(text)
            sizes[place] = len(words)
            for word in words:
                counted[word] += int(times[place])
        lengths += sizes[column.values]
    return counted, int(min(LENGTH, max(1, np.quantile(lengths, 0.9, method="higher"))))


def _vocabulary(counted: Counter[str], most: int) -> tuple[str, ...]:
    """Words by their ids: padding, all rare ones as one, then the most frequent."""
    least = 2 if len(counted) > _RARE else 1
    ordered = sorted(
        (word for word, count in counted.items() if count >= least),
        key=lambda word: (-counted[word], word),
    )
    return (PADDING, OTHER, *ordered)[:most]


def _cells(column: Column) -> str:
    cells = "empty cell" if column.missing == 1 else "empty cells"
    return f"{column.missing:,} {cells}"


_FEEDS: dict[str, Callable[[Column], bool]] = {
    "vector": lambda column: column.kind in ("number", "vector", "tokens"),
    "categorical": lambda column: (
        column.scalar and column.distinct > 0 and (column.kind != "number" or column.whole)
    ),
    "tokens": lambda column: column.kind in ("text", "category", "tokens"),
    "image": lambda column: column.kind in ("image", "timeseries"),
    "spectrogram": lambda column: column.kind in ("image", "timeseries"),
    "timeseries": lambda column: (
        column.kind in ("timeseries", "number")
        or (column.kind == "image" and len(column.shape) == 2)
    ),
    "embeddings": lambda column: column.kind in ("timeseries", "number"),
}
_MADE_OF = {
    "vector": "numbers",
    "categorical": "one column of categories or whole numbers",
    "tokens": "texts, or an array of whole numbers (N, steps)",
    "image": "pictures, an array (N, height, width, channels)",
    "spectrogram": "an array (N, frames, bands) or pictures",
    "timeseries": "an array (N, steps, features), or a column for each step",
    "embeddings": "an array (N, steps, features), or a column for each step",
}
