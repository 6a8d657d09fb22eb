"""Even cells of a picture, and plain tiles in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sample_data.core.arrays import Floats


def grid(height: int, width: int, count: int) -> tuple[int, int]:
    """Return rows and columns of at least `count` cells, as near to squares as possible."""
    fits = ((rows, -(-count // rows)) for rows in range(1, min(count, height) + 1))
    return max(
        (fit for fit in fits if fit[1] <= width),
        key=lambda fit: (min(height / fit[0], width / fit[1]), -fit[0] * fit[1]),
        default=(height, width),
    )


def cells(
    height: int, width: int, rows: int, columns: int, count: int
) -> Iterator[tuple[slice, slice]]:
    """Yield the first `count` cells, row by row."""
    for index in range(count):
        row, column = divmod(index, columns)
        yield (
            slice(row * height // rows, (row + 1) * height // rows),
            slice(column * width // columns, (column + 1) * width // columns),
        )


def tiled(x: Floats, inside: Floats) -> None:
    """Add tiles to pictures x (N, height, width, channels), bright for large numbers in (-1, 1).

    Earlier values of x may be up to 0.3; they cancel out in each tile. Values stay in [0, 1].
    """
    height, width = x.shape[1:3]
    count = inside.shape[1]
    rows, columns = grid(height, width, count)
    for index, (down, across) in enumerate(cells(height, width, rows, columns, count)):
        tile = x[:, down, across]
        tile -= tile.mean(axis=(1, 2), keepdims=True)
        tile += (np.float32(0.5) + np.float32(0.35) * inside[:, index])[:, None, None, None]
    np.clip(x, 0, 1, out=x)
