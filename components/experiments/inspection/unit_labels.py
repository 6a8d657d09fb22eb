"""Labels of an output's units: in an order that is given, or in a guessed one with a note."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from components.base.errors import DataError, suggest
from components.base.text import one_line, plural, quoted
from sample_data.core.arrays import Array

LUCK = 1000
"""Luck alone prefers a reading as clearly at most once in so many models."""
LISTED = 10
"""Units that a note lists; of more, it shows the first ones and the last."""
LETTERS = 40
"""Letters of a label in a note."""


@dataclass(frozen=True)
class UnitLabels:
    """Label of each unit of an output. An output of a single number has two: low and high."""

    output: str
    labels: tuple[Any, ...]
    single: bool = False
    """`True` for an output of one number for each sample."""
    way: str = "give that as `classes`"
    """Way to set another order, as the end of a sentence."""
    origin: str = ""
    """Source of the order, as the start of a sentence."""
    doubt: str = ""
    """Sentence on what speaks for another order; empty if the order is known."""

    @property
    def note(self) -> str:
        """Note on the label of each unit, and on how to set another order if it is a guess."""
        is_plain = self.labels == tuple(range(len(self.labels))) and not self.single
        note = f"{self.origin}." if is_plain else f"{self.origin}: {self._listed()}."
        if not self.doubt:
            return note
        return f"{note} {self.doubt} If the model was trained with another order, {self.way}."

    def _listed(self) -> str:
        texts = [one_line(str(label)).replace("`", "'")[:LETTERS] for label in self.labels]
        labels = [f"`{text}`" for text in texts]
        if self.single:
            return f"a low `{self.output}` means {labels[0]}, a high one {labels[1]}"
        units = [f"{unit} is {label}" for unit, label in enumerate(labels)]
        if len(units) > LISTED:
            units[3:-1] = ["…"]
        return f"unit {', '.join(units)}"

    def better(self, truth: Array, predicted: Array) -> str:
        """Return a note on an order with at most half the errors; empty if none is that clear.

        `truth` and `predicted` are units of samples (N,).
        """
        width = len(self.labels)
        counts = np.zeros((width, width), np.int64)
        np.add.at(counts, (predicted, truth), 1)
        taken = _matched(counts)
        now, then = truth == predicted, truth == np.array(taken)[predicted]
        is_clear = _is_clear(now, then, math.factorial(width))
        if not is_clear or 2 * (1 - then.mean()) > 1 - now.mean():
            return ""
        labels = tuple(self.labels[number] for number in taken)
        other = UnitLabels(self.output, labels, self.single)
        return (
            f"Another order fits `{self.output}` far better: {other._listed()}. The model is then "
            f"right for {_percent(then)} of {plural(len(truth), 'sample')}, and for "
            f"{_percent(now)} as measured. If it was trained with that order, {self.way}."
        )

    def read(self, labels: Array, seen: Array, predicted: Array) -> tuple[Array, UnitLabels]:
        """Return the unit of each sample (N,), and the labels of the units with their note.

        If their order is unknown, whole numbers are units, counted from 0 or from 1, and all other
        labels are sorted. `predicted` has the units that the model predicts for the samples `seen`.
        Raises `DataError` for labels without a unit.
        """
        known, numbers = np.unique(labels, return_inverse=True)
        numbers, output, width = numbers.reshape(-1), self.output, len(self.labels)
        if self.origin:
            return self._places(known.tolist())[numbers], self
        starts = _starts(known, width)
        if not starts and len(known) != width:
            raise DataError(
                f"The output {output} tells {width:,} classes.",
                f"y has {len(known):,} different labels",
                f"Give class numbers from 0 to {width - 1}, or the label of each unit as classes.",
            )
        if not starts:
            origin = f"The labels of `{output}` are in sorted order"
            doubt = "That order is a guess."
            return numbers, replace(self, labels=tuple(known.tolist()), origin=origin, doubt=doubt)
        units, start, doubt = labels.astype(np.int64), starts[0], ""
        if len(starts) > 1:
            start, doubt = self._start(predicted == units[seen], predicted == units[seen] - 1)
        names = (False, True) if known.dtype.kind == "b" else tuple(range(start, start + width))
        origin = f"The labels of `{output}` are " + (
            f"counted from {start}" if start or self.single else "the numbers of its units"
        )
        return units - start, replace(self, labels=names, origin=origin, doubt=doubt)

    def _places(self, known: Sequence[Any]) -> Array:
        """Return the unit of each label. Raises `DataError` for a label without a unit."""
        units = {label: unit for unit, label in enumerate(self.labels)}
        for label in known:
            if label not in units:
                raise DataError(
                    f"The labels of {self.output} need a place in its classes.",
                    f"{label!r} has none",
                    "Write the classes as y has them, in the order of the units.",
                )
        return np.array([units[label] for label in known])

    def _start(self, zero: Array, one: Array) -> tuple[int, str]:
        """Choose the number of the first unit if no sample has the label 0, and say why."""
        start = int(_is_clear(zero, one, 1))
        shares = [_percent(right) for right in (zero, one)]
        return start, (
            f"No sample has the label 0, so this is a guess: the model is right for "
            f"{shares[start]} of {plural(len(zero), 'sample')}, and for {shares[1 - start]} if "
            f"labels are counted from {1 - start}."
        )


def classes_by_name(classes: Any, names: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return the labels of the units by output. Raises `DataError` if they don't match."""
    if classes is None:
        return {}
    if not isinstance(classes, Mapping):
        if len(names) != 1:
            raise DataError(
                f"The model has the outputs {quoted(names)}.",
                "one list of classes",
                "Give `classes` as a dict of the labels of each output.",
            )
        classes = {names[0]: classes}
    for name, labels in classes.items():
        if name not in names:
            raise DataError("`classes` names an output with labels.", name, suggest(name, names))
        if isinstance(labels, str) or not np.iterable(labels):
            raise DataError(
                "`classes` has the label of each unit.",
                f"{labels!r}",
                'Write it like `classes=["low", "high"]`.',
            )
    known = {name: tuple(np.asarray(list(labels)).tolist()) for name, labels in classes.items()}
    for name, labels in known.items():
        if twice := [label for label in labels if labels.count(label) > 1]:
            raise DataError(
                f"The classes of {name} need a different label for each unit.",
                f"{twice[0]} is there twice",
                "Remove one of them.",
            )
    return known


def _starts(known: Array, width: int) -> list[int]:
    """Return the possible numbers of the first unit; empty if labels are no numbers of units."""
    if known.dtype.kind == "b":
        return [0]
    if known.dtype.kind not in "iuf" or (known != np.floor(known)).any():
        return []
    low, high = int(known.min()), int(known.max())
    return [start for start in (0, 1) if low >= start and high < width + start]


def _matched(counts: Array) -> list[int]:
    """Match each predicted unit with a true one by their samples, the most frequent pairs first.

    A unit without samples keeps its place if it is free.
    """
    cells = [(-int(counts[unit, true]), unit, true) for unit, true in np.argwhere(counts).tolist()]
    same = [(0, unit, unit) for unit in range(len(counts))]
    taken, free = dict[int, int](), set(range(len(counts)))
    for _, unit, true in (*sorted(cells), *same):
        if unit not in taken and true in free:
            taken[unit] = true
            free.remove(true)
    rest = iter(sorted(free))
    return [taken[unit] if unit in taken else next(rest) for unit in range(len(counts))]


def _is_clear(now: Array, then: Array, readings: int) -> bool:
    """Return `True` if the best of other readings is right more often than by luck.

    It is a sign test of the samples for which only one of both is right, with Bonferroni's
    correction for the number of readings.
    """
    wins, losses = int((then & ~now).sum()), int((now & ~then).sum())
    every = wins + losses
    tail = sum(math.comb(every, count) for count in range(wins, every + 1))
    return bool(LUCK * readings * tail <= 1 << every)


def _percent(right: Array) -> str:
    return f"{100 * right.mean():.0f} %"
