"""Causes seen through an input that shows a few levels, such as a number of categories."""

from __future__ import annotations

import numpy as np

from sample_data.core.arrays import Array, Floats
from sample_data.core.probability import phi


def bins(values: Floats, levels: int) -> Array:
    """The level (N,) each value is shown by: even shares of N(0, 1), with an edge at 0."""
    share, below = phi(values), levels // 2
    above = levels - below
    low = np.minimum((share * 2 * below).astype(int), max(0, below - 1))
    high = below + np.minimum(((share - 0.5) * 2 * above).astype(int), above - 1)
    level: Array = np.where((values < 0) & (below > 0), low, high)
    return level


def is_coarse(values: Floats, levels: int) -> bool:
    """Whether different values are shown by one level."""
    return len(np.unique(values)) > len(np.unique(bins(values, levels)))


def alike(values: Floats, levels: int, rows: int, copies: int, rng: np.random.Generator) -> Floats:
    """For each of the first rows, values shown by its level: (rows · copies, 1), row by row.

    They are spread evenly over all of the values that the level shows, in random order.
    """
    ordered = np.sort(values)
    level = bins(ordered, levels)
    mine = bins(values[:rows], levels)
    start, stop = (np.searchsorted(level, mine, side=side) for side in ("left", "right"))
    index = rng.permuted(np.tile(np.arange(copies), (rows, 1)), axis=1) + rng.random((rows, copies))
    chosen = start[:, None] + ((stop - start)[:, None] * index / copies).astype(int)
    values_alike: Floats = ordered[chosen].reshape(-1, 1)
    return values_alike
