"""Samples as plain drawing data, with labels and hidden causes as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import Input, presence
from sample_data.core.arrays import Array, Floats
from sample_data.core.dataset import Dataset
from sample_data.core.drawings import Drawing
from sample_data.renderers import renderer_of

Names = Mapping[str, Sequence[str]]

_NUMBERS = 4
_CAUSES = 8
_MINUS = "−"


@dataclass(frozen=True)
class Preview:
    """One sample: its row in the data, a drawing for each input, a text for each head.

    `causes` has the hidden causes by input name, such as `tilt: 0.80, colour: −1.20`; it is empty
    for data without causes. `absent` has the names of missing inputs.
    """

    row: int
    inputs: dict[str, Drawing]
    labels: dict[str, str]
    causes: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


def preview(
    architecture: Architecture,
    dataset: Dataset,
    rows: Sequence[int] = (0, 1, 2, 3),
    *,
    names: Names | None = None,
    ids: Names | None = None,
    columns: Names | None = None,
) -> list[Preview]:
    """Return the samples in some rows as drawing data; rows beyond the data are left out.

    `names` are names of classes by head; by input, `ids` are names of ids and `columns` names of a
    vector's numbers.
    """
    classes, inputs = names or {}, {**(ids or {}), **(columns or {})}
    return [
        _sample(architecture, dataset, row, classes, inputs)
        for row in rows
        if row < dataset.samples
    ]


def _sample(
    architecture: Architecture, dataset: Dataset, row: int, classes: Names, names: Names
) -> Preview:
    drawings, causes = {}, {}
    for branch in architecture.data_inputs:
        name = branch.name
        known = names.get(name, None if dataset.causes else ())
        drawings[name] = renderer_of(branch).show(branch, dataset.inputs[name][row], known)
        if dataset.causes:
            causes[name] = _cause_text(branch, dataset.causes[name][row])
    labels = {
        head.name: _label_text(head, dataset.targets[head.name][row], classes.get(head.name, ()))
        for head in architecture.data_heads
    }
    return Preview(row, drawings, labels, causes, _absent(architecture, dataset, row))


def _absent(architecture: Architecture, dataset: Dataset, row: int) -> frozenset[str]:
    """Return the inputs that are missing in a row, or absent there with zeros in the data."""
    inputs, names = dataset.inputs, [branch.name for branch in architecture.data_inputs]
    marked = [name for name in names if presence(name) in inputs]
    lacking = {name for name in marked if not inputs[presence(name)][row]}
    if dataset.absent is not None:
        lacking |= {
            name
            for name, absent in zip(names, dataset.absent[row], strict=True)
            if absent and not inputs[name][row].any()
        }
    return frozenset(lacking)


def _label_text(head: Head, label: Array, names: Sequence[str]) -> str:
    if head.target != "values":
        number = int(label[0])
        return names[number] if number < len(names) else str(number)
    more = ", …" if len(label) > _NUMBERS else ""
    return ", ".join(_signed(value) for value in label[:_NUMBERS]) + more


def _cause_text(branch: Input, cause: Floats) -> str:
    """Format causes as `pitch: 0.80, onset: −1.20`, or over time steps as `pitch: 0.8 −1.2 0.1`."""
    steps = len(cause) if cause.ndim == 2 else 0
    numbers = np.atleast_2d(cause)
    captions = renderer_of(branch).captions(branch, numbers.shape[1], steps)
    more = ", …" if len(captions) > _CAUSES else ""
    return (
        ", ".join(
            f"{caption}: {' '.join(_signed(value, 1 if steps else 2) for value in values)}"
            for caption, values in zip(captions[:_CAUSES], numbers.T, strict=False)
        )
        + more
    )


def _signed(value: float, decimals: int = 2) -> str:
    return f"{value:z.{decimals}f}".replace("-", _MINUS)
