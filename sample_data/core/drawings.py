"""Plain drawing data for one sample of an input; no plotting library is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sample_data.core.arrays import Floats


@dataclass(frozen=True)
class Pixels:
    """Pixels (height, width, 3), 0 to 255.

    One channel is grey; two are shown by their mean, as grey; of more than three, the first three.
    """

    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class Sound:
    """Energy (bands, frames) from 0 to 1: time to the right, the lowest band in the last row."""

    energy: Floats


@dataclass(frozen=True)
class Lines:
    """Lines over time for each of the first channels; `channels` is the number of all channels."""

    lines: list[list[float]]
    channels: int


@dataclass(frozen=True)
class HeatMap:
    """Values (steps, features), averaged over runs of neighbours down to at most 64 by 64."""

    values: Floats


@dataclass(frozen=True)
class Words:
    """Words of a sequence without padding, and the feeling of each.

    A feeling is from -1 for one end of a word's scale to 1 for the other; 0 for a plain word.
    """

    words: list[str]
    feelings: list[float]


@dataclass(frozen=True)
class Values:
    """First numbers of a vector; `features` is the number of all of them.

    `names` are those of the numbers, if known.
    """

    values: list[float]
    features: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Label:
    """Id as text, and its number among all ids."""

    text: str
    id: int
    ids: int


Drawing: TypeAlias = Pixels | Sound | Lines | HeatMap | Words | Values | Label
