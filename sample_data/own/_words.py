"""Cuts texts into words, and numbers the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from components.core.errors import DataError
from components.inputs.base import Input
from sample_data.own._encoded import EncodedColumns, only, wrong_shape
from sample_data.own.limits import LENGTH
from sample_data.own.table import Column

PADDING, OTHER = "(padding)", "(other)"
_WORD = re.compile(r"\w+(?:'\w+)*")
_RARE = 1000
"""From so many different words on, those that stand once are left to `(other)`."""


def tokens(given: Input, columns: Sequence[Column]) -> EncodedColumns:
    """Ids (N, length) of an array, or of the words of texts, joined where there are several."""
    if not columns[0].scalar:
        column = only(given.name, columns)
        length = given.shape[0]
        if length is not None and column.shape[0] != length:
            raise wrong_shape(given, column)
        last = int(column.values.max())
        if last >= given.cardinality:
            raise DataError(
                f"Ids of `{given.name}` are whole numbers from 0 to {given.cardinality - 1:,}.",
                f"{last:,} in {column.name}",
                f"Set its vocabulary to {last + 1:,}.",
            )
        return EncodedColumns(column.values.astype(np.int32))
    counted, longest = counted_words(columns)
    words = vocabulary(counted, given.cardinality)
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
    return EncodedColumns(made, tuple(notes), words)


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


def counted_words(columns: Sequence[Column]) -> tuple[Counter[str], int]:
    """How often each word stands in all rows, and a length that nine of ten texts keep within."""
    counted: Counter[str] = Counter()
    lengths = np.zeros(len(columns[0].values), np.int64)
    for column in columns:
        times = np.bincount(column.values[column.values >= 0], minlength=len(column.texts))
        sizes = np.zeros(len(column.texts) + 1, np.int64)
        for place, text in enumerate(column.texts):
            words = _cut(text)
            sizes[place] = len(words)
            if times[place] == 1:
                counted.update(words)
                continue
            for word in words:
                counted[word] += int(times[place])
        lengths += sizes[column.values]
    return counted, int(min(LENGTH, max(1, np.quantile(lengths, 0.9, method="higher"))))


def vocabulary(counted: Counter[str], most: int) -> tuple[str, ...]:
    """Words by their ids: padding, all rare ones as one, then the most frequent."""
    least = 2 if len(counted) > _RARE else 1
    ordered = sorted(
        (word for word, count in counted.items() if count >= least),
        key=lambda word: (-counted[word], word),
    )
    return (PADDING, OTHER, *ordered)[:most]
