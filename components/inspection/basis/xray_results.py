"""What an X-ray shows: the outputs of all layers for a few samples, as plain bounded values."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from components.heads.base import Target
from sample_data.core.arrays import Array

BLANK = -1
"""In the place of another sample: zeros take the place of an input."""


class _XrayValue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Numbers(_XrayValue):
    """An array as text: whole numbers of one or two bytes, and the size of the largest."""

    shape: tuple[int, ...]
    largest: float
    text: str
    """Compressed, in base 64."""

    @classmethod
    def of(cls, values: Array) -> Numbers:
        """Encode finite values; those of maps (N, height, width, channels) are coarse."""
        largest = float(np.abs(values).max(initial=0.0))
        kind = _kind(values.shape)
        steps = np.rint(values / (largest or 1.0) * np.iinfo(kind).max).astype(kind)
        text = base64.b64encode(zlib.compress(steps.tobytes())).decode()
        return cls(shape=values.shape, largest=largest, text=text)

    def values(self) -> Array:
        """The array."""
        kind = _kind(self.shape)
        steps = np.frombuffer(zlib.decompress(base64.b64decode(self.text)), kind)
        return self.largest * (steps.reshape(self.shape) / np.iinfo(kind).max)


def _kind(shape: Sequence[int]) -> np.dtype[np.signedinteger]:
    return np.dtype("<i1" if len(shape) == 4 else "<i2")


class LayerOutputs(_XrayValue):
    """What a layer gave, for the rows that `Xray.row` numbers, cut to what a picture can show."""

    shape: tuple[int, ...]
    """The shape of the whole output for one sample."""
    kept: Numbers
    """(rows, ...): `shape` with at most so many steps, features and channels."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """The ends of the whole output, by row."""
    moved: tuple[float, ...]
    """How far each swap moves the output, as a share of its length, in the order of `Xray.swap`."""
    sources: tuple[str, ...] = ()
    """Of gates that weigh sources: the sources, whose mean gates are kept."""
    attention: Numbers | None = None
    """(rows, steps): how much an attention reads each step, in the mean."""


class Reading(_XrayValue):
    """How well a linear classifier reads the label of a head from a layer: accuracy, or R²."""

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
    """By layer and head. In earlier epochs, only of layers with a space."""
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
    """A model from inside: `samples` samples in all layers, and many as points.

    An input of a sample can be swapped: for that of one of the next samples, or for zeros.
    """

    inputs: tuple[str, ...]
    rows: tuple[int, ...]
    """Rows in the dataset of the samples that are shown."""
    nexts: int
    """For how many next samples' inputs an input can be swapped."""
    words: dict[str, tuple[tuple[str, ...], ...]]
    """By input of ids, and sample."""
    heads: dict[str, XrayHead]
    epochs: tuple[XrayEpoch, ...]
    """From early to late."""

    @property
    def choices(self) -> int:
        """For how many things an input can be swapped: inputs of next samples, then zeros."""
        return self.nexts + 1

    def other(self, sample: int, choice: int) -> int:
        """The sample whose input is taken, or `BLANK`."""
        return BLANK if choice == self.nexts else (sample + choice + 1) % len(self.rows)

    def swap(self, sample: int, input: int, choice: int) -> int:
        """The number of a swap."""
        return (sample * len(self.inputs) + input) * self.choices + choice

    def row(self, sample: int, swapped: tuple[int, int] | None, reads: Sequence[int]) -> int:
        """The row of a layer that reads some inputs, one of which may be swapped for a choice.

        A layer of one input has a row for each sample, then zeros; any other for each swap, too.
        """
        if swapped is None or swapped[0] not in reads:
            return sample
        if len(reads) == 1:
            other = self.other(sample, swapped[1])
            return len(self.rows) if other == BLANK else other
        return len(self.rows) + self.swap(sample, *swapped)

    def json_text(self) -> str:
        """The X-ray as JSON, which `parse_xray` reads back."""
        return self.model_dump_json()


@lru_cache(maxsize=32)
def parse_xray(text: str | None) -> Xray | None:
    """An X-ray from its JSON text; `None` without one that this version can read."""
    try:
        return Xray.model_validate_json(text or "")
    except ValidationError:
        return None
