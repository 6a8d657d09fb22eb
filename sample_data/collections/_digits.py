"""Handwritten digits, which several collections show in different ways."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from sample_data.core.archives import read_arrays
from sample_data.core.arrays import Floats, Ints

SOURCE = (
    "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning "
    "Repository, doi.org/10.24432/C50P49; its 1,797 test pictures, as scikit-learn ships them"
)
LICENCE = "CC BY 4.0"
NAMES = tuple("0123456789")


@cache
def digits() -> tuple[Floats, Ints]:
    """Return read-only pictures (1797, 8, 8, 1) of values from 0 to 1, and their digits (1797,)."""
    arrays = read_arrays(Path(__file__).parent / "data" / "digits.npz")
    pictures: Floats = arrays["pictures"][..., None].astype(np.float32) / np.float32(16)
    labels: Ints = arrays["digits"].astype(np.int32)
    pictures.flags.writeable = labels.flags.writeable = False
    return pictures, labels
