"""A few samples as plain drawing data, with the label of each head as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.heads.base import Head
from components.inputs.base import Input
from components.registry import kind_of
from components.spec import Architecture
from sample_data.arrays import Array
from sample_data.dataset import Dataset
from sample_data.drawings import Drawing, HeatMap, Label, Lines, Picture, Values, Words
from sample_data.renderers import RENDERERS

__all__ = [
    "Drawing",
    "HeatMap",
    "Label",
    "Lines",
    "Picture",
    "Preview",
    "Values",
    "Words",
    "preview",
]

_NUMBERS = 4


@dataclass(frozen=True)
class Preview:
    """One sample: its row in the data, a drawing for each input, a text for each head."""

    row: int
    inputs: dict[str, Drawing]
    labels: dict[str, str]


def preview(
    architecture: Architecture, dataset: Dataset, rows: Sequence[int] = (0, 1, 2, 3)
) -> list[Preview]:
    """The samples of those rows as drawing data; rows beyond the data are left out."""
    return [_sample(architecture, dataset, row) for row in rows if row < dataset.samples]


def _sample(architecture: Architecture, dataset: Dataset, row: int) -> Preview:
    return Preview(
        row,
        {
            given.name: _drawn(given, dataset.inputs[given.name][row])
            for given in architecture.inputs
        },
        {
            head.name: f"{head.name}: {_written(head, dataset.targets[head.name][row])}"
            for head in architecture.heads
        },
    )


def _drawn(given: Input, sample: Array) -> Drawing:
    return RENDERERS[kind_of(type(given))]().show(given, sample)


def _written(head: Head, label: Array) -> str:
    if head.target != "values":
        return str(int(label[0]))
    more = ", …" if len(label) > _NUMBERS else ""
    return ", ".join(f"{value:.2f}" for value in label[:_NUMBERS]) + more
