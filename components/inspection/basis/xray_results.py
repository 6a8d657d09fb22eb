"""What an X-ray shows: the outputs of all layers for a few samples, as plain bounded values."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from components.heads.base import Target
from sample_data.core.arrays import Array

VERSION: Final = 2
"""Version of kept X-rays. Those without one are not read: their linear readers had other folds."""
BLANK = -1
"""In the place of another sample: zeros take the place of an input."""
_ROW = np.dtype("<u2")


class _XrayValue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Numbers(_XrayValue):
    """An array as text: whole numbers of one or two bytes, and the size of the largest. Rows that
    are the same are kept once."""

    shape: tuple[int, ...]
    largest: float
    text: str
    """Compressed, in base 64: for each row which one it is, then those that differ."""

    @classmethod
    def of(cls, values: Array) -> Numbers:
        """Encode finite values; those of maps (N, height, width, channels) are coarse."""
        largest = float(np.abs(values).max(initial=0.0))
        kind = _kind(values.shape)
        steps = np.rint(values / (largest or 1.0) * np.iinfo(kind).max).astype(kind)
        rows, which = np.unique(steps.reshape(len(steps), -1), axis=0, return_inverse=True)
        written = zlib.compress(which.astype(_ROW).tobytes() + rows.tobytes())
        return cls(shape=values.shape, largest=largest, text=base64.b64encode(written).decode())

    def values(self) -> Array:
        """The array."""
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
    """What a layer gave, cut to what a picture can show: in the rows of `mixed_inputs`."""

    kept: Numbers
    """(rows, ...): the output with at most so many steps, features and channels."""
    ends: Numbers
    """(rows, 2): the least and the greatest number of the whole output."""
    moved: Numbers
    """(rows,): how far a swap moves the output, as a share of its length."""
    attention: Numbers | None = None
    """(rows, steps): how much an attention reads each step, in the mean."""
    sources: tuple[str, ...] = ()
    """Of gates that weigh sources: the sources, whose mean gates are kept."""


class Reading(_XrayValue):
    """Quality at which a linear reader reads the label of a head from a layer: accuracy, or R²."""

    score: float
    low: float
    high: float
    """The ends of its 95 % interval."""


class Space(_XrayValue):
    """The outputs of a layer for many samples as points in two dimensions."""

    points: Numbers
    """(N, 2)."""
    share: float
    """The share of the variance that the two dimensions have."""


class XrayEpoch(_XrayValue):
    """The layers of a model after some epoch."""

    epoch: int
    layers: dict[str, LayerOutputs]
    readings: dict[str, dict[str, Reading]]
    """By layer and head. In earlier epochs and of a run of a race, only of the ends of parts."""
    spaces: dict[str, Space]


class XrayHead(_XrayValue):
    """The labels of a head."""

    target: Target
    labels: tuple[str, ...]
    """As a person reads them, by sample that is shown."""
    truth: tuple[float, ...]
    """By point of the spaces. The first ones are the samples that are shown."""
    chance: float
    """The score of a reader that knows nothing."""


class Xray(_XrayValue):
    """A model from inside: some samples in all layers, and many as points.

    An input of a sample can be swapped: for that of one of the next samples, or for zeros. Without
    samples, it has only what linear readers read.
    """

    version: Literal[2]
    inputs: tuple[str, ...]
    rows: tuple[int, ...]
    """Rows in the dataset of the samples that are shown."""
    nexts: int
    """For how many next samples' inputs an input can be swapped."""
    words: dict[str, tuple[tuple[str, ...], ...]]
    """By input of ids, and sample."""
    heads: dict[str, XrayHead]
    parts: dict[str, str]
    """By branch, merge, trunk and head: the layer that ends it."""
    epochs: tuple[XrayEpoch, ...]
    """From early to late."""

    def row(self, sample: int, swapped: tuple[int, int] | None) -> int:
        """The row for a sample, one of whose inputs may be swapped for a choice: the input of a
        next sample, then zeros."""
        choices = self.nexts + 1
        start = sample * (1 + len(self.inputs) * choices)
        return start if swapped is None else start + 1 + swapped[0] * choices + swapped[1]

    def origin(self, row: int, input: int) -> int:
        """The sample from which an input is taken, or `BLANK`."""
        return int(mixed_inputs(len(self.rows), len(self.inputs), self.nexts)[row, input])


@lru_cache(maxsize=32)
def mixed_inputs(samples: int, inputs: int, nexts: int) -> Array:
    """(rows, inputs): the sample that each input is taken from, or `BLANK`, for each sample as it
    is and then with each input swapped for each choice."""
    rows = np.repeat(np.arange(samples), 1 + inputs * (nexts + 1))[:, None].repeat(inputs, axis=1)
    by_swap = rows.reshape(samples, -1, inputs)
    for input in range(inputs):
        for choice in range(nexts + 1):
            others = (np.arange(samples) + choice + 1) % samples if choice < nexts else BLANK
            by_swap[:, 1 + input * (nexts + 1) + choice, input] = others
    return rows


@lru_cache(maxsize=64)
def parse_readings(text: str | None) -> Xray | None:
    """An X-ray from its JSON text, with or without samples; `None` if it can't be read."""
    try:
        return Xray.model_validate_json(text or "")
    except ValidationError:
        return None


def parse_xray(text: str | None) -> Xray | None:
    """An X-ray with samples from its JSON text; `None` without one."""
    xray = parse_readings(text)
    return xray if xray and xray.rows else None
