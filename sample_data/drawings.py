"""Plain drawing data for one sample of each kind of input; no plotting library is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sample_data.arrays import Floats


@dataclass(frozen=True)
class Picture:
    """Pixels (height, width, 3), 0 to 255.

    One channel is grey; two are shown by their mean, as grey; of more than three, the first three.
    """

    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class Lines:
    """A line over time for each of the first channels; `channels` is how many there are."""

    lines: list[list[float]]
    channels: int


@dataclass(frozen=True)
class HeatMap:
    """Values (steps, features), averaged over runs of neighbours down to at most 64 by 64."""

    values: Floats


@dataclass(frozen=True)
class Words:
    """The words of a sequence without padding, and the feeling of each: 1, -1, or 0 for neutral."""

    words: list[str]
    feelings: list[int]


@dataclass(frozen=True)
class Values:
    """The first numbers of a vector; `features` is how many there are."""

    values: list[float]
    features: int


@dataclass(frozen=True)
class Label:
    """One id as text."""

    text: str


Drawing: TypeAlias = Picture | Lines | HeatMap | Words | Values | Label
