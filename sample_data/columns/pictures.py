"""Makes pictures of the size that an input takes, with values from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from components.core.errors import DataError
from components.core.text import shape_text
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns, wrong_shape
from sample_data.core.arrays import Array
from sample_data.core.checks import check_finite


def pictures(branch: Input, column: Column, scaled: bool) -> EncodedColumns:
    """Pictures (N, height, width, channels). Pictures of bytes are resized if they must be."""
    values = column.values if column.values.ndim == 4 else column.values[..., None]
    shape = tuple(size or 1 for size in branch.shape)
    notes: tuple[str, ...] = ()
    if values.shape[1:] != shape:
        if values.dtype != np.uint8 or values.shape[3] not in (1, 3) or shape[2] not in (1, 3):
            raise wrong_shape(branch, column)
        values = _resized(values, shape)
        notes = (f"Pictures of `{column.name}` are resized to {shape_text(shape)}.",)
    if values.dtype == np.uint8:
        array = values.astype(np.float32)
        if scaled:
            array /= np.float32(255)
        return EncodedColumns(array, notes)
    return _brought_to_unit(column.name, values, scaled, notes)


def _brought_to_unit(
    name: str, values: Array, scaled: bool, notes: tuple[str, ...]
) -> EncodedColumns:
    check_finite(name, values)
    low, high = float(values.min()), float(values.max())
    if max(-low, high) > float(np.finfo(np.float32).max) / 2:
        raise DataError(
            "Numbers must fit single precision, up to 3.4e38.", name, "Rescale the pictures."
        )
    array = values.astype(np.float32)
    if scaled and (low < 0 or high > 1):
        array -= np.float32(low)
        array /= np.float32((high - low) or 1.0)
        notes = (*notes, f"`{name}`, from {low:g} to {high:g}, is scaled to 0 to 1.")
    return EncodedColumns(array, notes)


def _resized(values: Array, shape: Sequence[int]) -> Array:
    height, width, channels = shape
    array = np.empty((len(values), height, width, channels), np.uint8)
    for row, pixels in enumerate(values):
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
        picture = picture.convert("L" if channels == 1 else "RGB")
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        array[row] = np.asarray(picture).reshape(shape)
    return array
