"""Results of an X-ray: outputs of all layers for a few samples, as plain bounded values."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from components.models.heads.base import Target
from sample_data.core.arrays import Array

VERSION: Final = 2
"""Version of stored X-rays. Older ones are not read: their linear readers used other folds."""
BLANK = -1
"""Number in place of a sample: the input is replaced by zeros."""
_ROW = np.dtype("<u2")


class _XrayValue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Numbers(_XrayValue):
    """Array as text: integers of one or two bytes, and the largest absolute value.

    Equal rows are stored once.
    """

    shape: tuple[int, ...]
    largest: float
    text: str
    """Zlib-compressed data in base 64: the index of each row, then the distinct rows."""

    @classmethod
    def of(cls, values: Array) -> Numbers:
        """Encode finite values: maps (N, height, width, channels) in one byte each, others in 2."""
        largest = float(np.abs(values).max(initial=0.0))
        kind = _kind(values.shape)
        steps = np.rint(values / (largest or 1.0) * np.iinfo(kind).max).astype(kind)
        rows, which = np.unique(steps.reshape(len(steps), -1), axis=0, return_inverse=True)
        written = zlib.compress(which.astype(_ROW).tobytes() + rows.tobytes())
        return cls(shape=values.shape, largest=largest, text=base64.b64encode(written).decode())

    def values(self) -> Array:
        """Return the decoded array."""
        return _decoded(self)


@lru_cache(maxsize=1024)
def _decoded(numbers: Numbers) -> Array:
    kind, count = _kind(numbers.shape), numbers.shape[0]
    written = zlib.decompress(base64.b64decode(numbers.text))
    which = np.frombuffer(written, _ROW, count)
    rows = np.frombuffer(written, kind, offset=which.nbytes).reshape(-1, *numbers.shape[1:])
    return numbers.largest * (rows[which] / np.iinfo(kind).max)


def _kind(shape: Sequence[int]) -> np.dtype[np.signedinteger]:
    return np.dtype("<i1" if len(shape) == 4 else "<i2")


class LayerOutputs(_XrayValue):
    """Outputs of a layer for the rows of `mixed_inputs`, reduced to the size of a picture."""

    kept: Numbers
    """Outputs (rows, ...) with limited numbers of steps, features and channels."""
    ends: Numbers
    """Smallest and largest number of the whole output, (rows, 2)."""
    moved: Numbers
    """Change of the output by a swap, (rows,), relative to the length of the output."""
    attention: Numbers | None = None
    """Mean attention to each step, (rows, steps)."""
    sources: tuple[str, ...] = ()
    """Sources of a gate layer that weighs sources; the layer's `kept` are their mean gates."""


class Reading(_XrayValue):
    """Quality of a linear reader of a head's label from the outputs of a layer: accuracy, or R²."""

    score: float
    low: float
    high: float
    """Upper end of its 95 % interval; `low` is the lower end."""


class Space(_XrayValue):
    """Outputs of a layer for many samples as points in two dimensions."""

    points: Numbers
    """Coordinates (N, 2)."""
    share: float
    """Share of the variance in the two dimensions."""


class XrayEpoch(_XrayValue):
    """Layers of a model after one epoch."""

    epoch: int
    layers: dict[str, LayerOutputs]
    readings: dict[str, dict[str, Reading]]
    """Readings by layer and head.

    Earlier epochs have only those of the last layer of each part.
    """
    spaces: dict[str, Space]


class XrayHead(_XrayValue):
    """Labels of a head."""

    target: Target
    labels: tuple[str, ...]
    """Readable labels of the displayed samples."""
    truth: tuple[float, ...]
    """True label of each point of the spaces; the displayed samples come first."""
    chance: float
    """Score of a reader without any information."""


class Xray(_XrayValue):
    """Layer outputs of a model: some samples in all layers, and many as points.

    One input of a sample can be swapped with that of one of the next samples, or with zeros.
    """

    version: Literal[2]
    inputs: tuple[str, ...]
    rows: tuple[int, ...]
    """Row numbers of the displayed samples in the dataset."""
    nexts: int
    """Number of next samples from which an input can be taken in a swap."""
    words: dict[str, tuple[tuple[str, ...], ...]]
    """Words by input of ids, and by sample."""
    heads: dict[str, XrayHead]
    parts: dict[str, str]
    """Last layer of each branch, merge, trunk and head."""
    epochs: tuple[XrayEpoch, ...]
    """Epochs in ascending order."""

    def row(self, sample: int, swapped: tuple[int, int] | None) -> int:
        """Return the row of a sample as it is or with a swap.

        `swapped` has the index of an input and of its replacement: the inputs of the next samples,
        then zeros.
        """
        choices = self.nexts + 1
        start = sample * (1 + len(self.inputs) * choices)
        return start if swapped is None else start + 1 + swapped[0] * choices + swapped[1]

    def origin(self, row: int, input: int) -> int:
        """Return the sample that an input of a row is taken from, or `BLANK`."""
        return int(mixed_inputs(len(self.rows), len(self.inputs), self.nexts)[row, input])


@lru_cache(maxsize=32)
def mixed_inputs(samples: int, inputs: int, nexts: int) -> Array:
    """Return the sample that each input is taken from, (rows, inputs), or `BLANK`.

    Each sample has a row without swaps, followed by one for each input and replacement.
    """
    rows = np.repeat(np.arange(samples), 1 + inputs * (nexts + 1))[:, None].repeat(inputs, axis=1)
    by_swap = rows.reshape(samples, -1, inputs)
    for input in range(inputs):
        for choice in range(nexts + 1):
            others = (np.arange(samples) + choice + 1) % samples if choice < nexts else BLANK
            by_swap[:, 1 + input * (nexts + 1) + choice, input] = others
    return rows


@lru_cache(maxsize=64)
def parse_xray(text: str | None) -> Xray | None:
    """Parse an X-ray from JSON text; `None` if it can't be read or has no samples.

    Those of races in version 0.2 have none.
    """
    try:
        xray = Xray.model_validate_json(text or "")
    except ValidationError:
        return None
    return xray if xray.rows else None
