"""Arrays of a `.npz` file as columns, by their ranks."""

from __future__ import annotations

import io

import numpy as np

from components.base.errors import DataError
from components.base.text import byte_size, plural, shape_text
from sample_data.columns.column import (
    Column,
    ColumnKind,
    DataTable,
    array_column,
    number_column,
    text_column,
)
from sample_data.core.archives import read_arrays, read_headers
from sample_data.core.arrays import Array
from sample_data.core.dataset import HELD, PREPARED, held_of
from sample_data.core.limits import COLUMNS, FILE_BYTES, IDS, ROWS, UNPACKED_BYTES

_CHANNELS = 16
_AXES = "Put the samples first: (N,), (N, features), (N, steps, features) or (N, h, w, channels)."


def read_npz(source: bytes, name: str) -> DataTable:
    """Return the arrays of a file, one column each; `_held` marks the held-out rows.

    (N,) and (N, 1) are numbers or texts; (N, d) is a vector, or tokens if it holds whole numbers;
    (N, T, F) is a time series, or pictures if it holds bytes; (N, h, w, C) is pictures. Raises
    `DataError` for files that cannot be read, are too large, or lack a row for each sample.
    """
    file = io.BytesIO(source)
    file.name = name
    headers = read_headers(file)
    if PREPARED in headers:
        raise DataError(
            "The file holds rows that are prepared for a model already, and can't be prepared "
            "again.",
            name,
            "Choose the file that they were made from.",
        )
    size = sum(header.nbytes for header in headers.values())
    if not 2 <= len(headers) <= COLUMNS:
        raise DataError(
            f"A `.npz` file needs 2 to {COLUMNS:,} arrays: a label, and something to "
            "predict it from.",
            f"{name} with {plural(len(headers), 'array')}",
            "Save it with `numpy.savez(path, x=…, y=…)`, and stack arrays that belong together.",
        )
    if size > UNPACKED_BYTES:
        raise DataError(
            f"Arrays can't take more than {byte_size(UNPACKED_BYTES)} of memory.",
            f"{name} with {byte_size(size)}",
            "Save fewer samples, or smaller ones.",
        )
    _check_shapes({key: header.shape for key, header in headers.items()})
    arrays = read_arrays(file)
    marks = arrays.pop(HELD, None)
    held = None if marks is None else held_of(marks, len(marks))
    columns = tuple(_column(key, each) for key, each in arrays.items())
    return DataTable(name, columns, held=held)


def _check_shapes(shapes: dict[str, tuple[int, ...]]) -> None:
    usual, first = next(iter(shapes.items()))
    for name, shape in shapes.items():
        if not 1 <= len(shape) <= 4:
            raise DataError(
                "An array needs one row for each sample, and at most three more axes.",
                f"{name} of shape {shape_text(shape)}",
                _AXES,
            )
        if shape[0] != first[0]:
            raise DataError(
                "All arrays need one row for each sample.",
                f"{usual} of shape {shape_text(first)} and {name} of shape {shape_text(shape)}",
                "Give every array the same number of rows.",
            )
        if 0 in shape:
            raise DataError(
                "An array can't be empty.",
                f"{name} of shape {shape_text(shape)}",
                "Fill it or leave it out.",
            )
    if not 2 <= first[0] <= ROWS:
        raise DataError(
            f"Data need 2 to {ROWS:,} samples.",
            f"{first[0]:,} rows",
            "Add samples, or use a part of them.",
        )


def _column(name: str, values: Array) -> Column:
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind in "US":
        return _texts(name, values)
    if values.ndim == 1:
        return number_column(name, values.astype(np.float64))
    return array_column(name, _kind(values), values)


def _texts(name: str, values: Array) -> Column:
    if values.ndim > 1:
        raise DataError(
            "An array of texts needs one text for each sample.",
            f"{name} of shape {shape_text(values.shape)}",
            "Number the words, and save their numbers as (N, steps).",
        )
    if values.nbytes > FILE_BYTES:
        raise DataError(
            f"An array of texts can't take more than {byte_size(FILE_BYTES)}.",
            f"{name} with {byte_size(values.nbytes)}",
            "Use shorter texts, or a table in CSV.",
        )
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    distinct, codes = np.unique(np.char.strip(values), return_inverse=True)
    shift = int(bool(len(distinct)) and distinct[0] == "")
    return text_column(
        name, codes.astype(np.int32) - shift, [str(text) for text in distinct[shift:]]
    )


def _kind(values: Array) -> ColumnKind:
    if values.ndim == 2:
        ids = values.dtype.kind in "iu" and values.min() >= 0 and values.max() < IDS
        return "tokens" if ids else "vector"
    if values.ndim == 3:
        return "image" if values.dtype == np.uint8 else "timeseries"
    if values.shape[3] > _CHANNELS:
        raise DataError(
            f"Pictures need 1 to {_CHANNELS} channels, on the last axis.",
            f"an array of shape {shape_text(values.shape)}",
            "Move the channels to the end: `numpy.moveaxis(x, 1, -1)`.",
        )
    return "image"
