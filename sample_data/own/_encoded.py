"""What columns become, and what they have in common in messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.core.errors import DataError
from components.core.text import shape_text
from components.inputs.base import Input
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array
from sample_data.own.table import Column


@dataclass(frozen=True)
class EncodedColumns:
    """The array, and what is to be said of it.

    `names` of ids, 0 first; `scales` of columns that were scaled; `numbers`: names of a
    vector's.
    """

    array: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scales: tuple[ColumnScaling, ...] = ()
    numbers: tuple[str, ...] = ()


def only(name: str, columns: Sequence[Column]) -> Column:
    if len(columns) > 1:
        raise DataError(
            f"`{name}` is made of one column.",
            ", ".join(column.name for column in columns),
            "Choose one of them.",
        )
    return columns[0]


def said(column: Column) -> str:
    if not column.scalar:
        return f"an array of shape {shape_text(('N', *column.shape))}"
    what = {"number": "numbers", "category": "categories", "text": "texts"}[column.kind]
    return f"{what} with {column.distinct:,} different values"


def filled(column: Column) -> str:
    """A note that missing numbers were filled."""
    verb = "stands" if column.missing == 1 else "stand"
    return f"{empty_cells(column)} in `{column.name}` {verb} at the column's mean."


def empty_cells(column: Column) -> str:
    cells = "empty cell" if column.missing == 1 else "empty cells"
    return f"{column.missing:,} {cells}"


def wrong_shape(given: Input, column: Column) -> DataError:
    wanted: tuple[Any, ...] = ("N", *given.shape)
    return DataError(
        f"The array of `{given.name}` has shape {shape_text(wanted)}, for N samples.",
        f"{column.name} of shape {shape_text((len(column.values), *column.shape))}",
        f"Set the fields of `{given.name}` to fit it, or choose another array.",
    )
