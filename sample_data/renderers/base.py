"""What every renderer shares: its shape, and the small steps most of them take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from components.errors import DataError
from components.inputs.base import Input
from components.registry import Concept
from sample_data.arrays import Array, Floats
from sample_data.drawings import Drawing

NOMINAL_LENGTH = 32
"""Steps drawn for an input that takes any length."""

_BLOCK_BYTES = 4_000_000


class Renderer(Concept):
    """Draws the hidden cause of one input into an array of the input's shape and dtype.

    Its `kind` is the input's. `world` settles what stays for all samples of a seed (directions,
    colours, ids), `rng` what differs from sample to sample.
    """

    cue: ClassVar[str]
    """What in the input shows the cause, in a few words."""

    def draw(
        self,
        given: Input,
        causes: Floats,
        world: np.random.Generator,
        rng: np.random.Generator,
    ) -> Array:
        """Causes (N, dimensions) as an array (N, *shape).

        Raises `DataError` where the input cannot show that many dimensions.
        """
        raise NotImplementedError

    def show(self, given: Input, sample: Array) -> Drawing:
        """One sample, of the input's shape, as plain drawing data."""
        raise NotImplementedError


def full_shape(given: Input) -> tuple[int, ...]:
    """Shape of one sample as it is drawn, with the nominal length where any is taken."""
    return tuple(NOMINAL_LENGTH if axis is None else axis for axis in given.shape)


def only_cause(given: Input, causes: Floats) -> Floats:
    """Causes (N, 1) as (N,). Raises `DataError` for a cause of several numbers."""
    if causes.shape[1] != 1:
        raise DataError(
            f"{given.title} can show a hidden cause of one number.",
            f"{causes.shape[1]} numbers for {given.name}",
            "Choose another relation, or make the input a vector.",
        )
    return causes[:, 0]


def squashed(cause: Floats) -> Floats:
    """A cause of any size in (-1, 1), sign and order kept."""
    inside: Floats = np.tanh(cause / np.float32(1.5))
    return inside


def directions(given: Input, world: np.random.Generator, features: int, count: int) -> Floats:
    """Random unit vectors (count, features) at right angles; on a single feature, its axis.

    Raises `DataError` for more directions than features.
    """
    if count > features:
        raise DataError(
            "A feature can carry one number of the hidden cause.",
            f"{count} numbers for {features} features of {given.name}",
            f"Give `{given.name}` {count} features or more, or choose another relation.",
        )
    if features == 1:
        return np.ones((1, 1), dtype=np.float32)
    rotated, _ = np.linalg.qr(world.standard_normal((features, count)))
    return np.ascontiguousarray(rotated.T, dtype=np.float32)


def put_along(x: Floats, towards: Floats, amount: Floats) -> None:
    """Sets the part of x (N, …, d) along a unit vector (d,) to an amount (N, …), in place."""
    for rows in blocks(x):
        step = amount[rows] - x[rows] @ towards
        x[rows] += step[..., None] * towards


def bells(side: int, centre: Floats, width: float = 1 / 8) -> Floats:
    """Bells (N, side) of height 1 around centres (N,); centre and width are shares of the side."""
    places = np.arange(side, dtype=np.float32)
    away = (places - centre[:, None] * (side - 1)) / np.float32(max(side * width, 0.5))
    high: Floats = np.exp(np.float32(-0.5) * np.square(away))
    return high


def blocks(x: Array) -> Iterator[slice]:
    """Runs of samples small enough that what is worked out for them takes little memory."""
    count = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(start, start + count) for start in range(0, len(x), count))
