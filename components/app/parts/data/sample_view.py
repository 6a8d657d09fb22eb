"""Data for display: samples, shares of labels, and points in a plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from components.base.errors import DataError
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture, parse
from components.models.heads.base import Head
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.loading.preview import Preview, preview
from sample_data.loading.sources import HELD_SHARE, Data, about, load
from sample_data.loading.synthetic import DataSpec, make, make_targets, nbytes
from sample_data.relations.base import Relation

SHOWN = 5
"""Number of samples drawn side by side."""
DRAWN = 20
"""Number of samples generated for a preview: the minimum size of a dataset."""
MOST_BYTES = 100_000_000
MOST_CLASSES = 12
"""Largest number of classes listed with shares; above it, the smallest and largest share."""
POINTS = 300
"""Number of samples shown as points on a decision surface."""
PLANE_POINTS = 160
"""Number of samples in the small picture of a relation."""


@dataclass(frozen=True)
class LabelBalance:
    """Shares of one head's labels as text: `0 49 %`, `1 51 %`."""

    head: str
    shares: tuple[tuple[str, float], ...]
    """Label and share; empty for real values."""
    summary: str
    """Summary instead of shares, for many classes and for real values."""


@lru_cache(maxsize=64)
def samples(architecture: Architecture, data: Data) -> Sequence[Preview] | None:
    """Return previews of a few samples with different labels, or `None` if they are too large."""
    few = _preview_data(architecture, data)
    return None if few is None else draw(architecture, data, few, _varied(architecture, few))


def previews(request: RunRequest, rows: Sequence[int]) -> Mapping[int, Preview] | None:
    """Return previews of rows of a run's data, by row; `None` if the data is too large."""
    architecture, data = request.data_architecture, request.data
    dataset = whole(architecture, data)
    if dataset is None:
        return None
    return {sample.row: sample for sample in draw(architecture, data, dataset, rows)}


@lru_cache(maxsize=64)
def balances(architecture: Architecture, data: Data) -> Sequence[LabelBalance]:
    """Return the shares of each head's labels, over all samples."""
    if isinstance(data, DataSpec):
        targets = make_targets(architecture, data).targets
        names: Mapping[str, tuple[str, ...]] = {}
    else:
        targets, names = load(architecture, data).targets, about(data).classes
    return [
        _balance(head, targets[head.name], names.get(head.name, ())) for head in architecture.heads
    ]


@lru_cache(maxsize=16)
def points(
    architecture: Architecture, data: Data, x: str, y: str, head: str
) -> tuple[tuple[float, float, float], ...]:
    """Return (x, y, label) of some samples, for two inputs of one number each and a head."""
    dataset = whole(architecture, data)
    if dataset is None:
        return ()
    columns = (dataset.inputs[x], dataset.inputs[y], dataset.targets[head])
    return tuple(
        (round(float(first), 3), round(float(second), 3), round(float(label), 3))
        for first, second, label in zip(*(one[:POINTS, 0] for one in columns), strict=True)
    )


@lru_cache(maxsize=64)
def plane_points(relation: Relation) -> tuple[tuple[float, float, float], ...]:
    """Return (x, y, label) for a relation between two numbers; empty if numbers can't show it."""
    spec = DataSpec(relation=relation, samples=PLANE_POINTS, difficulty=0.0)
    try:
        return points(_two_numbers(), spec, "a", "b", "y")
    except DataError:
        return ()


@lru_cache(maxsize=1)
def _two_numbers() -> Architecture:
    inputs = [{"name": name, "kind": "vector", "features": 1} for name in ("a", "b")]
    merge = {"name": "fusion", "kind": "concatenate", "sources": ["a", "b"]}
    head = {"name": "y", "kind": "binary", "source": "fusion"}
    return parse({"name": "plane", "inputs": inputs, "merges": [merge], "heads": [head]})


def draw(
    architecture: Architecture, data: Data, dataset: Dataset, rows: Sequence[int]
) -> Sequence[Preview]:
    """Return previews of some rows of a dataset, with the names of the data."""
    if isinstance(data, DataSpec):
        return preview(architecture, dataset, rows)
    facts = about(data)
    return preview(
        architecture, dataset, rows, names=facts.classes, ids=facts.ids, columns=facts.columns
    )


def class_name(label: int, names: Sequence[str]) -> str:
    """Return the name of a class, or its number if the data has no names."""
    return names[label] if label < len(names) else str(label)


def prediction_text(
    target: str, predicted: float, confidence: float | None, names: Sequence[str]
) -> str:
    """Return the prediction of a head for a sample as text, with the probability of a class."""
    if target == "values":
        return f"{predicted:.2f}"
    sure = "" if confidence is None else f" ({confidence:.0%})"
    return f"{class_name(int(predicted), names)}{sure}"


def _varied(architecture: Architecture, dataset: Dataset) -> list[int]:
    """Return the rows to show: the first row of each class of the first head, then the second."""
    rows = list(range(len(next(iter(dataset.targets.values())))))
    head = next((head for head in architecture.heads if head.target != "values"), None)
    if head is not None:
        before = Counter[float]()
        turns = []
        for label in dataset.targets[head.name][:, 0].tolist():
            turns.append(before[label])
            before[label] += 1
        rows.sort(key=turns.__getitem__)
    return rows[:SHOWN]


def _preview_data(architecture: Architecture, data: Data) -> Dataset | None:
    if not isinstance(data, DataSpec):
        return load(architecture, data)
    few = data.model_copy(update={"samples": DRAWN})
    return None if nbytes(architecture, few) > MOST_BYTES else make(architecture, few)


@lru_cache(maxsize=2)
def whole(architecture: Architecture, data: Data, share: float = HELD_SHARE) -> Dataset | None:
    """Return all samples, or `None` if they are too large to generate for a page.

    `share` is the share of rows that a run holds out of a file.
    """
    if not isinstance(data, DataSpec):
        return load(architecture, data, share=share)
    return None if nbytes(architecture, data) > MOST_BYTES else make(architecture, data)


def _balance(head: Head, labels: Array, names: Sequence[str]) -> LabelBalance:
    if head.target == "values":
        mean, spread = float(labels.mean()), float(labels.std())
        return LabelBalance(head.name, (), f"mean {mean:.2f}, standard deviation {spread:.2f}")
    count = 2 if head.target == "binary" else head.width
    shares = np.bincount(labels[:, 0].astype(np.int64), minlength=count) / len(labels)
    if count > MOST_CLASSES:
        low, high = float(shares.min()), float(shares.max())
        return LabelBalance(head.name, (), f"{count} classes with {low:.1%} to {high:.1%} each")
    texts = [class_name(label, names) for label in range(count)]
    return LabelBalance(head.name, tuple(zip(texts, map(float, shares), strict=True)), "")
