"""Types of arrays, and rounding of numbers that are kept as text."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Array: TypeAlias = NDArray[Any]


def rounded(value: float | np.floating[Any]) -> float:
    """Return a number with 6 significant digits."""
    return float(f"{float(value):.6g}")
