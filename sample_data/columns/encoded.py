"""What columns become, and sentences about columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.core.errors import DataError
from components.core.text import plural, shape_text
from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array


@dataclass(frozen=True)
class EncodedColumns:
    """The array of an input or head, and notes on it.

    `names` are those of ids, id 0 first; `numbers` those of a vector's numbers; `scales` tell how
    columns were scaled.
    """

    array: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scales: tuple[ColumnScaling, ...] = ()
    numbers: tuple[str, ...] = ()


def only(name: str, columns: Sequence[Column]) -> Column:
    """The one column of an input or head. Raises `DataError` if there are more."""
    if len(columns) > 1:
        raise DataError(
            f"`{name}` must have exactly one column.",
            ", ".join(column.name for column in columns),
            "Choose one of them.",
        )
    return columns[0]


def describe(column: Column) -> str:
    """What a column holds, for messages: `texts with 12 different values`."""
    if not column.scalar:
        return f"an array of shape {shape_text(('N', *column.shape))}"
    noun = {"number": "numbers", "category": "categories", "text": "texts"}[column.kind]
    return f"{noun} with {column.distinct:,} different values"


def filled(column: Column) -> str:
    """A note that missing numbers were filled."""
    verb = "was" if column.missing == 1 else "were"
    return f"{empty_cells(column)} of `{column.name}` {verb} filled with the column's mean."


def empty_cells(column: Column) -> str:
    """`1 empty cell`, `1,200 empty cells`."""
    return plural(column.missing, "empty cell")


def wrong_shape(branch: Input, column: Column) -> DataError:
    """The error for an array of another shape than the input's."""
    return DataError(
        f"The array of `{branch.name}` must have shape "
        f"{shape_text(('N', *branch.shape))}, for N samples.",
        f"{column.name} of shape {shape_text((len(column.values), *column.shape))}",
        f"Set the fields of `{branch.name}` to fit it, or choose another array.",
    )
