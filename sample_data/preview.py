"""A few samples as plain drawing data, with labels and hidden causes as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from components.core.registry import kind_of
from components.heads.base import Head
from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.core.arrays import Array, Floats
from sample_data.core.dataset import Dataset
from sample_data.core.drawings import Drawing, HeatMap, Label, Lines, Pixels, Sound, Values, Words
from sample_data.renderers import RENDERERS

__all__ = [
    "Drawing",
    "HeatMap",
    "Label",
    "Lines",
    "Pixels",
    "Preview",
    "Sound",
    "Values",
    "Words",
    "preview",
]

Names = Mapping[str, Sequence[str]]

_NUMBERS = 4
_CAUSES = 8
_MINUS = "−"


@dataclass(frozen=True)
class Preview:
    """One sample: its row in the data, a drawing for each input, a text for each head.

    `causes` says by input name what it was drawn from, as `tilt: 0.80, colour: −1.20`; it is empty
    for data without causes. `absent` names the inputs that are zeros because they are missing.
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
    """The samples of those rows as drawing data; rows beyond the data are left out.

    `names` are those of a head's classes, by head; `ids` those of an input's ids and `columns`
    those of a vector's numbers, by input; for data whose numbers stand for something.
    """
    told = (names or {}, ids or {}, columns or {})
    return [_sample(architecture, dataset, row, *told) for row in rows if row < dataset.samples]


def _sample(
    architecture: Architecture, dataset: Dataset, row: int, names: Names, ids: Names, columns: Names
) -> Preview:
    drawings, causes = {}, {}
    for given in architecture.inputs:
        name, made = given.name, bool(dataset.causes)
        sample = dataset.inputs[name][row]
        if made:
            causes[name] = _caused(given, dataset.causes[name][row])
        drawings[name] = _drawn(given, sample, made, ids.get(name, ()), columns.get(name, ()))
    labels = {
        head.name: _written(head, dataset.targets[head.name][row], names.get(head.name, ()))
        for head in architecture.heads
    }
    return Preview(row, drawings, labels, causes, _absent(architecture, dataset, row))


def _absent(architecture: Architecture, dataset: Dataset, row: int) -> frozenset[str]:
    """Inputs that are absent from a row, where their zeros stand in the data."""
    if dataset.absent is None:
        return frozenset()
    places = enumerate(given.name for given in architecture.inputs)
    return frozenset(
        name
        for place, name in places
        if dataset.absent[row, place] and not dataset.inputs[name][row].any()
    )


def _drawn(
    given: Input, sample: Array, made: bool, ids: Sequence[str], columns: Sequence[str]
) -> Drawing:
    drawing = RENDERERS[kind_of(type(given))]().show(given, sample)
    if isinstance(drawing, Values) and columns:
        return Values(drawing.values, drawing.features, tuple(columns))
    if isinstance(drawing, Words) and not made:
        held = [int(identity) for identity in sample if identity]
        return Words([_named(i, ids, f"w{i}") for i in held], [0.0] * len(held))
    if isinstance(drawing, Label):
        return Label(_named(drawing.id, ids, drawing.text), drawing.id, drawing.ids)
    return drawing


def _named(number: int, names: Sequence[str], otherwise: str) -> str:
    return names[number] if number < len(names) else otherwise


def _written(head: Head, label: Array, names: Sequence[str]) -> str:
    if head.target != "values":
        return _named(int(label[0]), names, str(int(label[0])))
    more = ", …" if len(label) > _NUMBERS else ""
    return ", ".join(_signed(value) for value in label[:_NUMBERS]) + more


def _caused(given: Input, cause: Floats) -> str:
    """`pitch: 0.80, onset: −1.20`; over steps `pitch: 0.8 −1.2 0.1`, one for each step."""
    steps = len(cause) if cause.ndim == 2 else 0
    numbers = np.atleast_2d(cause)
    captions = RENDERERS[kind_of(type(given))]().captions(given, numbers.shape[1], steps)
    more = ", …" if len(captions) > _CAUSES else ""
    return (
        ", ".join(
            f"{caption}: {' '.join(_signed(value, 1 if steps else 2) for value in values)}"
            for caption, values in zip(captions[:_CAUSES], numbers.T, strict=False)
        )
        + more
    )


def _signed(value: float, places: int = 2) -> str:
    return f"{value:z.{places}f}".replace("-", _MINUS)
