"""Reads the arrays of a `.npz` file as columns, by their ranks."""

from __future__ import annotations

import io

import numpy as np

from components.core.errors import DataError
from components.core.text import byte_size, shape_text
from sample_data.core.arrays import Array
from sample_data.core.npz import read_arrays, read_headers
from sample_data.own.limits import COLUMNS, FILE_BYTES, IDS, ROWS, UNPACKED_BYTES
from sample_data.own.table import Column, DataTable, Kind, array, numbers, texts

_CHANNELS = 16
_FACTOR = "Put the samples first: (N,), (N, features), (N, steps, features) or (N, h, w, channels)."


def read_npz(source: bytes, name: str) -> DataTable:
    """The arrays of a file, one column each.

    (N,) and (N, 1) are numbers or texts; (N, d) a vector, or tokens where it holds whole numbers;
    (N, T, F) a time series, or pictures where it holds bytes; (N, h, w, C) pictures. Raises
    `DataError` for what cannot be read, is too large, or does not have one row for each sample.
    """
    file = io.BytesIO(source)
    file.name = name
    headers = read_headers(file)
    _check_count(name, len(headers))
    size = sum(header.nbytes for header in headers.values())
    if size > UNPACKED_BYTES:
        raise DataError(
            f"Arrays take at most {byte_size(UNPACKED_BYTES)} of memory.",
            f"{name} with {byte_size(size)}",
            "Save fewer samples, or smaller ones.",
        )
    for array_name, header in headers.items():
        if not 1 <= len(header.shape) <= 4:
            raise DataError(
                "Arrays have one row for each sample, and at most three axes more.",
                f"{array_name} of shape {shape_text(header.shape)}",
                _FACTOR,
            )
    _check_rows({key: header.shape for key, header in headers.items()})
    arrays = read_arrays(file)
    return DataTable(name, tuple(_column(key, values) for key, values in arrays.items()))


def _check_count(name: str, count: int) -> None:
    if count < 2:
        raise DataError(
            "A `.npz` file has at least two arrays: one to predict, and one to predict it from.",
            f"{name} with {'one array' if count else 'none'}",
            "Save it with `numpy.savez(path, x=…, y=…)`.",
        )
    if count > COLUMNS:
        raise DataError(
            f"A `.npz` file has at most {COLUMNS:,} arrays.",
            f"{name} with {count:,}",
            "Stack arrays that belong together.",
        )


def _check_rows(shapes: dict[str, tuple[int, ...]]) -> None:
    usual, rows = next((name, shape[0]) for name, shape in shapes.items())
    for name, shape in shapes.items():
        if shape[0] != rows:
            raise DataError(
                "All arrays have one row for each sample.",
                f"{usual} of shape {shape_text(shapes[usual])} "
                f"and {name} of shape {shape_text(shape)}",
                "Give every array the same number of rows.",
            )
        if 0 in shape:
            raise DataError(
                "Arrays hold something.",
                f"{name} of shape {shape_text(shape)}",
                "Fill it or drop it.",
            )
    if not 2 <= rows <= ROWS:
        raise DataError(
            f"Data has from 2 to {ROWS:,} samples.", f"{rows:,} rows", "Send more, or a part of it."
        )


def _column(name: str, values: Array) -> Column:
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind in "US":
        return _texts(name, values)
    if values.ndim == 1:
        return numbers(name, values.astype(np.float64))
    return array(name, _kind(values), values)


def _texts(name: str, values: Array) -> Column:
    if values.ndim > 1:
        raise DataError(
            "An array of texts has one for each sample.",
            f"{name} of shape {shape_text(values.shape)}",
            "Number the words, and save their numbers as (N, steps).",
        )
    if values.nbytes > FILE_BYTES:
        raise DataError(
            f"An array of texts takes at most {byte_size(FILE_BYTES)}.",
            f"{name} with {byte_size(values.nbytes)}",
            "Send shorter texts, or a table in CSV.",
        )
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    distinct, codes = np.unique(np.char.strip(values), return_inverse=True)
    shift = int(bool(len(distinct)) and distinct[0] == "")
    return texts(name, codes.astype(np.int32) - shift, [str(text) for text in distinct[shift:]])


def _kind(values: Array) -> Kind:
    if values.ndim == 2:
        ids = values.dtype.kind in "iu" and values.min() >= 0 and values.max() < IDS
        return "tokens" if ids else "vector"
    if values.ndim == 3:
        return "image" if values.dtype == np.uint8 else "timeseries"
    if values.shape[3] > _CHANNELS:
        raise DataError(
            f"Pictures have 1 to {_CHANNELS} channels, on the last axis.",
            f"an array of shape {shape_text(values.shape)}",
            "Move the channels to the end: `numpy.moveaxis(x, 1, -1)`.",
        )
    return "image"
