"""Handwritten digits, seen in two halves."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sample_data.collections._digits import LICENCE, NAMES, SOURCE, digits
from sample_data.collections.base import Collection
from sample_data.core.dataset import Dataset

_HALF = {"kind": "image", "height": 8, "width": 4, "channels": 1}
_CONVOLUTION = {"kind": "conv2d", "depth": 1, "filters": 16, "padding": "same", "pool": 1}
_ENCODER = {**_CONVOLUTION, "projection": 32}


class DigitHalves(Collection):
    """The left and the right half of a digit; the label is the digit."""

    title = "Digits in two halves"
    source = SOURCE
    licence = LICENCE
    teaches = (
        "Complementary views: either half alone leaves some digits ambiguous, and both together "
        "settle most of them; remove an input to see what it contributed."
    )
    reached = (
        "Measured over five seeds, 30 epochs: accuracy .967 (deviation .010); the left half alone "
        ".885, the right half alone .906."
    )
    classes: ClassVar[dict[str, tuple[str, ...]]] = {"digit": NAMES}
    notes = ("Grey levels of 0 to 16 are divided by 16.",)
    rank = 10
    proposed: ClassVar[dict[str, Any]] = {
        "name": "digit_halves",
        "inputs": [
            {"name": "left", **_HALF, "encoder": _ENCODER},
            {"name": "right", **_HALF, "encoder": _ENCODER},
        ],
        "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["left", "right"]}],
        "trunk": {"depth": 1, "units": 32},
        "heads": [{"name": "digit", "kind": "multiclass", "classes": 10, "source": "trunk"}],
    }

    def make(self, rng: np.random.Generator) -> Dataset:
        pictures, labels = digits()
        halves = {"left": pictures[:, :, :4], "right": pictures[:, :, 4:]}
        return Dataset(halves, {"digit": labels[:, None]})
