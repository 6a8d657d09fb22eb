"""Splits texts into words, and numbers the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from components.core.errors import DataError
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns, only, wrong_shape
from sample_data.core.arrays import Ints
from sample_data.core.limits import LENGTH

PADDING, OTHER = "(padding)", "(other)"
_WORD = re.compile(r"\w+(?:'\w+)*")
_RARE = 1000
"""From this many different words on, those that occur once share the id of `(other)`."""


def word_ids(branch: Input, columns: Sequence[Column]) -> EncodedColumns:
    """Ids (N, length) of the words of texts; texts of several columns are joined."""
    counted, longest = counted_words(columns)
    words = vocabulary(counted, branch.cardinality)
    length = branch.shape[0] or longest
    ids = {word: index for index, word in enumerate(words)}
    array = np.zeros((len(columns[0].values), length), np.int32)
    numbered = [_NumberedTexts(column, ids) for column in columns]
    cut = 0
    for row in range(len(array)):
        text = [word for each in numbered for word in each.row(row)]
        cut += len(text) > length
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
            f"Ids of `{branch.name}` must be whole numbers from 0 to {branch.cardinality - 1:,}.",
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
            if times[index] == 1:
                counted.update(words)
                continue
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


@dataclass
class _NumberedTexts:
    """The words of a column's texts by their ids; each different text is split once."""

    column: Column
    ids: dict[str, int]
    split: dict[int, list[int]] = field(default_factory=dict)

    def row(self, row: int) -> list[int]:
        code = int(self.column.values[row])
        if code < 0:
            return []
        if code not in self.split:
            self.split[code] = [self.ids.get(word, 1) for word in _split(self.column.texts[code])]
        return self.split[code]


def _split(text: str) -> list[str]:
    return _WORD.findall(text.lower())
