"""Preparation of a model's inputs from cells, with values learned from its training rows.

The text of this file is part of every `predict.py`, so it imports only NumPy, and Pillow if a model
reads pictures. The learned values are plain data: a step for each input, which `apply` follows.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Step: TypeAlias = Mapping[str, Any]
"""Learned values of an input, as plain data."""

PREPROCESSING = "preprocessing.json"
"""Member of a `.keras` file that describes how columns become the model's inputs."""
BLOCK = 1_000_000
"""Maximum number of values converted to double precision at a time."""
FAR = 6.0
"""Standard deviations from the mean of training beyond which a number is noted."""
_OTHER_WORD = 1
"""Id shared by all words without an id."""
_WORD = re.compile(r"\w+(?:'\w+)*")


class Readable(Protocol):
    """Column with numeric cells.

    `values` are numbers (N,), NaN where one is missing; indices into `texts` (N,), -1 where one is
    missing; or an array (N, ...).
    """

    @property
    def name(self) -> str:
        """Name of the column."""
        ...

    @property
    def values(self) -> Array:
        """Numbers, indices or an array."""
        ...

    @property
    def texts(self) -> tuple[str, ...]:
        """Different texts of the column."""
        ...

    @property
    def empty(self) -> Array | None:
        """Empty cells (N,) of a column of arrays; `None` if there are none."""
        ...


class RowsError(ValueError):
    """Error in rows or in a model's file; its text is a sentence for people."""


@dataclass(frozen=True)
class Cells:
    """Column of new rows. `wrong` are unreadable cells, which count as empty.

    `doubtful` are cells with two readings, each with the number that was read and the other one.
    `empty` are the empty cells, (N,), of a column of arrays, which has zeros there.
    """

    name: str
    values: Array
    texts: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    doubtful: tuple[tuple[str, float, float], ...] = ()
    empty: Array | None = None


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, in the composed form of Unicode."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _encoded_numbers(step: Step, columns: Sequence[Readable]) -> Array:
    """Join numbers of columns: empty ones become the mean, and all are scaled as in training."""
    each = [math.prod(column.values.shape[1:]) for column in columns]
    rows = len(columns[0].values)
    array = np.empty((rows, sum(each)), np.float32)
    start = 0
    for column, learned, size in zip(columns, step["columns"], each, strict=True):
        part = array[:, start : start + size]
        _scale_into(part, column.values.reshape(rows, size), learned, step["scaled"])
        start += size
    features = step.get("features")
    return array.reshape(rows, -1, features) if features else array


def _encoded_series(step: Step, columns: Sequence[Readable]) -> Array:
    """Scale the features of sequences (N, steps, features)."""
    values, learned = columns[0].values, step["columns"][0]
    array = np.empty(values.shape, np.float32)
    features = values.shape[-1]
    flat = array.reshape(-1, features)
    _scale_into(flat, values.reshape(-1, features), learned, step["scaled"])
    return array


def _scale_into(
    into: Array,
    values: Array,
    learned: Mapping[str, Any],
    scaled: bool,
) -> None:
    means, deviations = np.array(learned["means"]), np.array(learned["deviations"])
    step = max(1, BLOCK // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        block = values[start : start + step].astype(np.float64)
        block = np.where(np.isnan(block), means, block)
        if scaled:
            block = (block - means) / np.where(deviations == 0, 1.0, deviations)
        with np.errstate(over="ignore"):
            into[start : start + step] = block


def _encoded_category(step: Step, columns: Sequence[Readable]) -> Array:
    """Number categories. A category unknown in training counts as an empty cell.

    An empty cell gets the category that training has for it, else the most frequent one.
    """
    column, empty = columns[0], step["empty"]
    ids = {value: index for index, value in enumerate(step["values"])}
    if _has_numbers(column):
        read = [ids.get(value, empty) for value in column.values.tolist()]
        return np.array(read, np.int32)[:, None]
    known = np.array([*(ids.get(text, empty) for text in column.texts), empty], np.int32)
    return known[column.values][:, None]


def _encoded_words(step: Step, columns: Sequence[Readable]) -> Array:
    """Number the words of texts; texts of several columns are joined."""
    ids = {word: index for index, word in enumerate(step["words"])}
    length = step["length"]
    array = np.zeros((len(columns[0].values), length), np.int32)
    coded = [
        (
            column.values,
            [[ids.get(word, _OTHER_WORD) for word in split_words(text)] for text in column.texts],
        )
        for column in columns
    ]
    for row in range(len(array)):
        text = [word for codes, texts in coded if codes[row] >= 0 for word in texts[codes[row]]]
        array[row, : len(text)] = text[:length]
    return array


def _encoded_picture(step: Step, columns: Sequence[Readable]) -> Array:
    """Resize pictures of bytes, and scale their values to 0 to 1 if training did so."""
    values = columns[0].values
    values = values if values.ndim == 4 else values[..., None]
    if list(values.shape[1:]) != step["shape"]:
        values = np.stack([resized(pixels, step["shape"]) for pixels in values])
    array = values.astype(np.float32)
    if step["scaled"]:
        array -= np.float32(step["low"])
        array /= np.float32((step["high"] - step["low"]) or 1.0)
    return array


def _encoded_array(step: Step, columns: Sequence[Readable]) -> Array:
    """Return numbers unchanged, ids as whole numbers."""
    values = columns[0].values
    ids = step.get("ids")
    if not ids:
        return values.astype(np.float32)
    if not np.isin(values, np.arange(ids)).all():
        raise RowsError(
            f"`{columns[0].name}` can only have whole numbers from 0 to {ids - 1:,}; it has others."
        )
    return values.astype(np.int32)


ENCODERS: dict[str, Callable[[Step, Sequence[Readable]], Array]] = {
    "numbers": _encoded_numbers,
    "series": _encoded_series,
    "category": _encoded_category,
    "words": _encoded_words,
    "picture": _encoded_picture,
    "array": _encoded_array,
}
"""Functions that make an input's array, by the kind of its step."""


def apply(step: Step, columns: Sequence[Readable]) -> Array:
    """Return the array of an input (N, ...) from its columns and the learned values."""
    return ENCODERS[step["kind"]](step, columns)


def empty_cells(column: Readable) -> Array:
    """Return a mask (N,) of the empty cells of a column."""
    values = column.values
    if values.ndim > 1:
        return np.zeros(len(values), bool) if column.empty is None else column.empty
    empty: Array = np.isnan(values) if _has_numbers(column) else values < 0
    return empty


def _has_numbers(column: Readable) -> bool:
    """Return `True` for numbers, `False` for indices into texts, of which there may be none."""
    return bool(column.values.dtype.kind == "f")


def present(columns: Sequence[Readable]) -> Array:
    """Return 0 for rows in which all columns of an input are empty, else 1, as (N, 1)."""
    lacking = np.all([empty_cells(column) for column in columns], axis=0)
    there: Array = 1 - lacking[:, None].astype(np.float32)
    return there


def unseen(step: Step, columns: Sequence[Cells]) -> list[str]:
    """Return a sentence on each value in the columns that is unknown from training."""
    notes = []
    if "present" in step:
        if lacking := int((present(columns) == 0).sum()):
            rows = "1 row lacks" if lacking == 1 else f"{lacking:,} rows lack"
            notes.append(f"{rows} `{step['input']}`, which was filled as in training.")
        columns = [_of_rows(column, present(columns)[:, 0] > 0) for column in columns]
    for column in columns:
        if column.wrong:
            one, count = f"`{column.wrong[0][:40]}`", len(column.wrong)
            some = f"{count:,} different cells, such as {one}," if count > 1 else f"The cell {one}"
            counts = "count" if count > 1 else "counts"
            notes.append(f"{some} of `{column.name}` can't be read and {counts} as empty.")
        if column.doubtful:
            text, number, other = column.doubtful[0]
            count = len(column.doubtful)
            some = f"{count:,} different cells of `{column.name}` have"
            notes.append(
                f"{some if count > 1 else f'A cell of `{column.name}` has'} two readings: `{text}` "
                f"is read as {number:.15g}, not as {other:.15g}."
            )
        if step["kind"] == "numbers" and _has_numbers(column):
            if empty := int(np.isnan(column.values).sum()):
                notes.append(
                    f"{_count_empty(empty)} of `{column.name}` became the mean of training."
                )
        elif step["kind"] == "category":
            notes += _unseen_categories(step, column)
        elif step["kind"] == "words":
            known = set(step["words"])
            words = {word for text in column.texts for word in split_words(text)} - known
            if words:
                are = "word {} is" if len(words) == 1 else "different words {} are"
                notes.append(
                    f"{len(words):,} {are.format(f'of `{column.name}`')} not in the vocabulary, "
                    "which has one id for all such words."
                )
    return notes


def row_notes(step: Step, columns: Sequence[Readable]) -> list[tuple[Array, str]]:
    """Return what is unusual in some rows, each with the mask (N,) of these rows.

    These are cells without a value, new categories, and numbers far from the mean of training.
    """
    notes = []
    for column, learned in zip(columns, step["columns"], strict=True):
        empty = empty_cells(column)
        notes.append((empty, f"{column.name} has no value"))
        if step["kind"] == "category":
            if _has_numbers(column):
                known = np.isin(column.values, step["values"])
            else:
                known = np.array([*(text in step["values"] for text in column.texts), True])
                known = known[column.values]
            notes.append((~known & ~empty, f"{column.name} is new"))
        elif step["kind"] == "numbers" and column.values.ndim == 1:
            mean, deviation = learned["means"][0], learned["deviations"][0]
            far = np.abs(column.values - mean) > max(FAR * deviation, 1e-6 * abs(mean))
            notes.append((far, f"{column.name} is far from the mean of training"))
    return notes


def _of_rows(column: Cells, rows: Array) -> Cells:
    return replace(column, values=column.values[rows])


def _unseen_categories(step: Step, column: Cells) -> list[str]:
    as_empty = f"`{step['names'][step['empty']]}`"
    if _has_numbers(column):
        known = np.unique(column.values[~np.isnan(column.values)])
        new = [f"{value:g}" for value in known if value not in step["values"]]
    else:
        new = [text for text in column.texts if text not in step["values"]]
    empty = int(empty_cells(column).sum())
    notes = []
    if new:
        some = ", ".join(f"`{text[:40]}`" for text in new[:3])
        more = f" and {len(new) - 3:,} more" if len(new) > 3 else ""
        notes.append(
            f"Training has not seen {some}{more} in `{column.name}`; counted as {as_empty}."
        )
    if empty:
        notes.append(f"{_count_empty(empty)} of `{column.name}` counted as {as_empty}.")
    return notes


def _count_empty(count: int) -> str:
    return "1 empty cell" if count == 1 else f"{count:,} empty cells"


def resized(pixels: Array, shape: Sequence[int]) -> Array:
    """Resize a picture of bytes to (height, width, channels)."""
    from PIL import Image

    height, width, channels = shape
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    picture = picture.convert("L" if channels == 1 else "RGB")
    picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture).reshape(tuple(shape))


def picture_pixels(picture: Any, size: Sequence[int]) -> Array:
    """Return an opened picture as bytes (height, width, channels), on white."""
    from PIL import Image

    height, width, channels = size
    mode = "L" if channels == 1 else "RGB"
    picture.draft(mode, (2 * width, 2 * height))
    if picture.mode in ("I;16", "I", "F"):
        levels = np.asarray(picture, dtype=np.float64)
        top = 65535 if picture.mode == "I;16" else max(float(levels.max()), 1.0)
        picture = Image.fromarray((levels.clip(0, top) * (255 / top)).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.new("RGB", clear.size, "white")
        picture.paste(clear, mask=clear.getchannel("A"))
    picture = picture.convert(mode)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(picture).reshape(tuple(size))


def padded(sequence: Array, length: int) -> Array:
    """Return a sequence (steps, features) cut or padded with zeros to a length."""
    with np.errstate(over="ignore"):
        sequence = sequence.reshape(len(sequence), -1)[:length].astype(np.float32)
    return np.concatenate(
        [sequence, np.zeros((length - len(sequence), sequence.shape[1]), np.float32)]
    )
