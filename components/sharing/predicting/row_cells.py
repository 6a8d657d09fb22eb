"""Cells of the rows to predict, read in the style of training.

The text of this file is part of every `predict.py`.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from components.sharing.predicting.row_table import Files, RowTable
from sample_data.columns.cells import (
    DATES,
    MISSING,
    STYLES,
    category_text,
    cell_text,
    one_spelling,
    plain_cell,
    reads,
)
from sample_data.columns.preparation import Array, Cells, RowsError, Step, padded, picture_pixels

_BOOLEANS = {"true": 1.0, "false": 0.0}
"""Numbers of the two truth values, in upper or lower case."""
_WHOLE = re.compile(r"(-?\d+)\.0")
"""Whole number as programs write it that only know numbers with a fraction."""


def read_cells(
    spec: Step, table: RowTable, known: Sequence[Any] = (), may_lack: bool = False
) -> Cells:
    """Read the cells of a column in the same way as training. `known` are names of its categories.

    With `may_lack`, cells of arrays may be empty.
    """
    name, kind = spec["column"], spec["as"]
    cells = _array_cells(spec, table) if kind == "array" else table.columns[name]
    if kind in ("array", "picture", "sequence"):
        empty = np.array([may_lack and _is_empty(cell) for cell in cells])
        filled = [cell for cell, lacks in zip(cells, empty, strict=True) if not lacks]
        read = _READERS[kind](spec, filled, table.files)
        arrays = np.zeros((len(empty), *read.shape[1:]), read.dtype)
        arrays[~empty] = read
        return Cells(name, arrays, empty=empty)
    cells = [plain_cell(cell) for cell in cells]
    numbers = _numbers(spec, cells) if "style" in spec else None
    if kind == "number" and numbers:
        return numbers
    texts = _texts(spec, cells, numbers)
    names = {name for name in known if isinstance(name, str)}
    spellings = {_spelling(name): name for name in names}
    codes: dict[str, int] = {}
    values = []
    for text in texts:
        text = text if text in names else spellings.get(_spelling(text), text)
        lacks = text.lower() in MISSING and text not in names
        values.append(-1 if lacks else codes.setdefault(text, len(codes)))
    doubtful = numbers.doubtful if numbers else ()
    return Cells(name, np.array(values, np.int32), tuple(codes), doubtful=doubtful)


def _texts(spec: Step, cells: Sequence[Any], numbers: Cells | None) -> list[str]:
    """Return cells as texts, with numbers and dates formatted as in training."""
    texts = [cell_text(cell) for cell in cells]
    if numbers is None:
        return texts
    return [
        text if math.isnan(number) else category_text(spec["style"], number)
        for text, number in zip(texts, numbers.values.tolist(), strict=True)
    ]


def _spelling(text: str) -> str:
    """Return the spelling that a category shares with other forms of it.

    Those are forms of Unicode, `TRUE` and `true`, and `12` and `12.0`.
    """
    text = one_spelling(text)
    whole = _WHOLE.fullmatch(text)
    if whole:
        return whole[1]
    return text.lower() if text.lower() in _BOOLEANS else text


def _numbers(spec: Step, cells: Sequence[Any]) -> Cells:
    """Read numbers or dates, all texts of a column in the same style, preferably that of training.

    Raises `RowsError` for infinite numbers.
    """
    learned = spec["style"]
    styles = [learned, *(DATES if learned in DATES else ()), "plain"]
    read: dict[str, float] = {}
    if learned in DATES:
        cells = [cell_text(cell) for cell in cells]
    else:
        styles += ["grouped", "comma"]
        read = {cell: _BOOLEANS[cell.lower()] for cell in _texts_in(cells, _BOOLEANS)}
    texts = sorted(_texts_in(cells) - read.keys())
    common = [style for style in styles if all(reads(style, text) for text in texts)]
    wrong, doubtful = [], []
    for text in texts:
        fitting = common or [style for style in styles if reads(style, text)]
        numbers = [STYLES[style](text) for style in fitting]
        if not fitting:
            wrong.append(text)
            continue
        read[text] = numbers[0]
        rivals = ("plain",) if fitting[0] == learned else styles
        for style, number in zip(fitting, numbers, strict=True):
            if learned not in DATES and style in rivals and number != numbers[0]:
                doubtful.append((text, numbers[0], number))
                break
    values = np.array([_number(cell, read) for cell in cells], np.float64)
    if np.isinf(values).any():
        raise RowsError(f"The column `{spec['column']}` has an infinite number.")
    return Cells(spec["column"], values, (), tuple(wrong), tuple(doubtful))


def _texts_in(cells: Sequence[Any], among: Collection[str] | None = None) -> set[str]:
    """Return the texts of a column that are not empty, or those `among` some in lower case."""
    texts = {cell for cell in cells if isinstance(cell, str) and cell.lower() not in MISSING}
    return texts if among is None else {text for text in texts if text.lower() in among}


def _number(cell: Any, read: Mapping[str, float]) -> float:
    if isinstance(cell, str):
        return read.get(cell, math.nan)
    return math.nan if cell is None else float(cell)


def parts_of(spec: Step) -> list[str]:
    """Return the names of columns that have one number each of a column of arrays."""
    if spec["as"] != "array":
        return []
    return [f"{spec['column']}[{index}]" for index in range(math.prod(spec["shape"]))]


def _array_cells(spec: Step, table: RowTable) -> Sequence[Any]:
    """Return the array of each row, from one column of arrays or one column per number."""
    name = spec["column"]
    if name in table.columns:
        return table.columns[name]
    return list(zip(*(table.columns[part] for part in parts_of(spec)), strict=True))


def _is_empty(cell: Any) -> bool:
    """Return `True` for a cell without a value, or an array of such cells."""
    if isinstance(cell, np.ndarray):
        return cell.dtype.kind == "f" and bool(np.isnan(cell).all())
    if isinstance(cell, (list, tuple)):
        return all(map(_is_empty, cell))
    return cell_text(cell).lower() in MISSING


def _arrays(spec: Step, cells: Sequence[Any], _: Files) -> Array:
    name, shape = spec["column"], tuple(spec["shape"])
    array = np.asarray(cells)
    try:
        array = array.reshape(len(array), *shape)
        if array.dtype.kind not in "iufb":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        needed = " × ".join(map(str, shape))
        raise RowsError(f"`{name}` needs {needed} numbers in each row.") from None
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise RowsError(f"`{name}` has cells that are not finite numbers.")
    return array.astype(np.uint8) if spec["dtype"] == "uint8" else array


def _pictures(spec: Step, cells: Sequence[Any], files: Files) -> Array:
    read = [_picture(spec, cell, files) for cell in cells]
    return np.array(read, np.uint8).reshape(len(cells), *spec["size"])


def _picture(spec: Step, cell: Any, files: Files) -> Array:
    from PIL import Image

    if isinstance(cell, np.ndarray):
        cell = Image.fromarray(cell.astype(np.uint8).squeeze())
    if isinstance(cell, Image.Image):
        return picture_pixels(cell, spec["size"])
    with Image.open(io.BytesIO(_named_file(spec["column"], cell, files))) as picture:
        return picture_pixels(picture, spec["size"])


def _sequences(spec: Step, cells: Sequence[Any], files: Files) -> Array:
    read = [_sequence(spec, cell, files) for cell in cells]
    return np.array(read, np.float32).reshape(len(cells), *spec["shape"])


def _sequence(spec: Step, cell: Any, files: Files) -> Array:
    if not isinstance(cell, np.ndarray):
        cell = np.load(io.BytesIO(_named_file(spec["column"], cell, files)), allow_pickle=False)
    length, features = spec["shape"]
    array = padded(cell, length)
    if array.shape[1] != features:
        raise RowsError(f"A sequence of `{spec['column']}` needs {features:,} features.")
    return array


_READERS: Mapping[str, Callable[[Step, Sequence[Any], Files], Array]] = {
    "array": _arrays,
    "picture": _pictures,
    "sequence": _sequences,
}


def _named_file(column: str, cell: Any, files: Files) -> bytes:
    """Return the content of the file that a cell names. Raises `RowsError` if there is none."""
    name = cell_text(cell)
    read = files.get(name)
    if read is None:
        shown = f"the file `{name}`" if name else "no file"
        raise RowsError(f"`{column}` names {shown}, which is not beside the table.")
    return read()
