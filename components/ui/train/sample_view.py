"""What the Train page shows of its data: samples, the share of each label, points in a plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from components.heads.base import Head
from components.model.spec import Architecture
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.preview import Preview, preview
from sample_data.sources import Data, about, load
from sample_data.synthetic import DataSpec, make, make_targets, nbytes

SHOWN = 5
"""Samples drawn side by side."""
DRAWN = 20
"""Samples that are made for a preview; the fewest a data set can have."""
MOST_BYTES = 100_000_000
MOST_CLASSES = 12
"""Classes whose shares are told; of more, the smallest and the largest."""
POINTS = 300
"""Samples drawn as points on a decision surface."""


@dataclass(frozen=True)
class Balance:
    """How the labels of one head are shared out, as text: `0 49 %`, `1 51 %`."""

    head: str
    shares: tuple[tuple[str, float], ...]
    """Label and share; empty for real values."""
    said: str
    """The same in words where shares are too many, or where labels are real values."""


@lru_cache(maxsize=64)
def samples(architecture: Architecture, data: Data) -> Sequence[Preview] | None:
    """The first samples of the data, drawn; `None` where even these are too large to show."""
    few = _few(architecture, data)
    return None if few is None else _previews(architecture, data, few, range(SHOWN))


def drawn(
    architecture: Architecture, data: Data, rows: Sequence[int]
) -> Mapping[int, Preview] | None:
    """Given rows of the whole data, drawn; `None` where the data is too large to make for that."""
    whole = _whole(architecture, data)
    if whole is None:
        return None
    return {found.row: found for found in _previews(architecture, data, whole, rows)}


@lru_cache(maxsize=64)
def balances(architecture: Architecture, data: Data) -> Sequence[Balance]:
    """How each head's labels are shared out, over all samples."""
    if isinstance(data, DataSpec):
        targets = make_targets(architecture, data).targets
        names: Mapping[str, tuple[str, ...]] = {}
    else:
        targets, names = load(architecture, data).targets, about(data).classes
    return [
        _balance(head, targets[head.name], names.get(head.name, ())) for head in architecture.heads
    ]


@lru_cache(maxsize=16)
def points(architecture: Architecture, data: Data) -> tuple[tuple[float, float, float], ...]:
    """Two numbers and the first head's label of some samples, for a model of two single numbers."""
    whole = _whole(architecture, data)
    if whole is None:
        return ()
    first, second = (whole.inputs[given.name][:POINTS, 0] for given in architecture.inputs)
    label = whole.targets[architecture.heads[0].name][:POINTS, 0]
    return tuple(
        (round(float(x), 3), round(float(y), 3), round(float(z), 3))
        for x, y, z in zip(first, second, label, strict=True)
    )


def _previews(
    architecture: Architecture, data: Data, dataset: Dataset, rows: Sequence[int]
) -> Sequence[Preview]:
    if isinstance(data, DataSpec):
        return preview(architecture, dataset, rows)
    told = about(data)
    return preview(
        architecture, dataset, rows, names=told.classes, ids=told.ids, columns=told.columns
    )


def _few(architecture: Architecture, data: Data) -> Dataset | None:
    if not isinstance(data, DataSpec):
        return load(architecture, data)
    few = data.model_copy(update={"samples": DRAWN})
    return None if nbytes(architecture, few) > MOST_BYTES else make(architecture, few)


@lru_cache(maxsize=2)
def _whole(architecture: Architecture, data: Data) -> Dataset | None:
    if not isinstance(data, DataSpec):
        return load(architecture, data)
    return None if nbytes(architecture, data) > MOST_BYTES else make(architecture, data)


def _balance(head: Head, labels: Array, names: Sequence[str]) -> Balance:
    if head.target == "values":
        mean, spread = float(labels.mean()), float(labels.std())
        return Balance(head.name, (), f"mean {mean:.2f}, standard deviation {spread:.2f}")
    count = 2 if head.target == "binary" else head.width
    found = np.bincount(labels[:, 0].astype(np.int64), minlength=count) / len(labels)
    if count > MOST_CLASSES:
        low, high = float(found.min()), float(found.max())
        return Balance(head.name, (), f"{count} classes of {low:.1%} to {high:.1%} each")
    told = [names[place] if place < len(names) else str(place) for place in range(count)]
    return Balance(head.name, tuple(zip(told, map(float, found), strict=True)), "")
