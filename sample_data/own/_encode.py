"""The arrays that columns make for inputs and heads, and which columns can make them."""

from __future__ import annotations

from collections.abc import Sequence

from components.core.errors import DataError
from components.core.registry import kind_of
from components.heads.base import Head
from components.inputs.base import Input
from sample_data.columns.codes import labels
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns, describe, only
from sample_data.columns.numbers import vector
from sample_data.renderers import renderer_of


def accepts(part: Input | Head, column: Column) -> bool:
    """Whether an input can be made from a column, or a head can predict it."""
    if isinstance(part, Input):
        return renderer_of(part).accepts(column)
    if part.target == "values":
        return column.kind in ("number", "vector")
    return column.scalar and (
        column.distinct == 2 if part.target == "binary" else column.distinct > 1
    )


def wanted_columns(part: Input | Head) -> int:
    """How many columns with one value a sample an input or a head is made from."""
    if isinstance(part, Input):
        return renderer_of(part).wanted_columns(part)
    return part.width if part.target == "values" else 1


def encode_input(branch: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """The array (N, *shape) of an input. Raises `DataError` if the columns can't make it."""
    renderer = renderer_of(branch)
    if not columns:
        raise DataError(
            "Every input needs at least one column.", f"none for {branch.name}", "Choose columns."
        )
    for column in columns:
        if not renderer.accepts(column):
            raise DataError(
                f"`{branch.name}`, of kind {kind_of(type(branch))}, needs {renderer.needs}.",
                f"{column.name}, {describe(column)}",
                "Choose another column, or another kind of input.",
            )
    return renderer.encode(branch, columns, scaled)


def encode_head(head: Head, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """The labels (N, width) of a head. Raises `DataError` if the columns can't make them."""
    if not columns:
        raise DataError(
            "Every head needs a column to predict.", f"none for {head.name}", "Choose its column."
        )
    if head.target != "values":
        return labels(head, only(head.name, columns))
    for column in columns:
        if not accepts(head, column):
            raise DataError(
                f"`{head.name}` can predict only numbers.",
                f"{column.name}, {describe(column)}",
                "Choose a column of numbers, or a head for classes.",
            )
    return vector(head.name, head.width, columns, scaled)
