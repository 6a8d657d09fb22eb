"""Which columns make which kind of input or head, of what size, and the arrays they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from components.core.errors import DataError
from components.core.registry import kind_of
from components.heads.base import Head
from components.inputs.base import Input
from sample_data.own._codes import categorical, coded, labels
from sample_data.own._encoded import EncodedColumns, only, said
from sample_data.own._numbers import series, vector
from sample_data.own._pictures import image
from sample_data.own._words import counted_words, tokens, vocabulary
from sample_data.own.limits import WORDS
from sample_data.own.table import Column


def can_feed(kind: str, column: Column) -> bool:
    """Whether a kind of input can be made of the column, alone or with others."""
    return _FEEDS[kind](column)


def can_label(kind: str, column: Column) -> bool:
    """Whether a kind of head can predict the column."""
    if kind == "regression":
        return column.kind in ("number", "vector")
    return column.scalar and (column.distinct == 2 if kind == "binary" else column.distinct > 1)


def wanted_columns(part: Input | Head) -> int:
    """How many columns with one value a sample an input or a head is made of."""
    if isinstance(part, Head):
        return part.width if part.target == "values" else 1
    if kind_of(type(part)) in ("categorical", "tokens"):
        return 1
    return math.prod(size or 1 for size in part.shape)


def sizes(kind: str, columns: Sequence[Column]) -> dict[str, Any]:
    """The fields of a kind of input that say its size, as the columns want them."""
    first = columns[0]
    if kind == "categorical":
        return {"categories": len(coded(first)[1]) + int(first.missing > 0)}
    if kind == "tokens" and first.kind == "tokens":
        return {"vocabulary": max(2, int(first.values.max()) + 1), "length": first.shape[0]}
    if kind == "tokens":
        counted, longest = counted_words(columns)
        return {"vocabulary": len(vocabulary(counted, WORDS)), "length": longest}
    if kind == "vector":
        return {"features": sum(math.prod(column.shape) for column in columns)}
    if kind == "image":
        height, width, channels = (*first.shape, 1)[:3]
        return {"height": height, "width": width, "channels": channels}
    if kind == "spectrogram":
        return {"frames": first.shape[0], "bands": first.shape[1]}
    return {"length": first.shape[0], "features": first.shape[1]}


def encode_input(given: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """The array (N, *shape) of an input. Raises `DataError` where the columns do not make it."""
    kind = kind_of(type(given))
    if not columns:
        raise DataError(
            "Every input is made of columns.", f"none for {given.name}", "Choose its columns."
        )
    for column in columns:
        if not can_feed(kind, column):
            raise DataError(
                f"`{given.name}`, of kind {kind}, is made of {_MADE_OF[kind]}.",
                f"{column.name}, {said(column)}",
                "Choose another column, or another kind of input.",
            )
    if kind == "categorical":
        return categorical(given, only(given.name, columns))
    if kind == "tokens":
        return tokens(given, columns)
    if kind == "vector":
        return vector(given.name, given.shape[0] or 1, columns, scaled)
    if kind in ("image", "spectrogram"):
        return image(given, only(given.name, columns), scaled)
    return series(given, columns, scaled)


def encode_head(head: Head, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
    """The labels (N, width) of a head. Raises `DataError` where the columns do not make them."""
    kind = kind_of(type(head))
    if not columns:
        raise DataError(
            "Every head predicts a column.", f"none for {head.name}", "Choose its column."
        )
    for column in columns:
        if head.target == "values" and not can_label(kind, column):
            raise DataError(
                f"`{head.name}` predicts numbers.",
                f"{column.name}, {said(column)}",
                "Choose a column of numbers, or a head for classes.",
            )
    if head.target == "values":
        return vector(head.name, head.width, columns, scaled)
    return labels(head, only(head.name, columns))


_FEEDS: dict[str, Callable[[Column], bool]] = {
    "vector": lambda column: column.kind in ("number", "vector", "tokens"),
    "categorical": lambda column: (
        column.scalar and column.distinct > 0 and (column.kind != "number" or column.whole)
    ),
    "tokens": lambda column: column.kind in ("text", "category", "tokens"),
    "image": lambda column: column.kind in ("image", "timeseries"),
    "spectrogram": lambda column: column.kind in ("image", "timeseries"),
    "timeseries": lambda column: (
        column.kind in ("timeseries", "number")
        or (column.kind == "image" and len(column.shape) == 2)
    ),
    "embeddings": lambda column: column.kind in ("timeseries", "number"),
}
_MADE_OF = {
    "vector": "numbers",
    "categorical": "one column of categories or whole numbers",
    "tokens": "texts, or an array of whole numbers (N, steps)",
    "image": "pictures, an array (N, height, width, channels)",
    "spectrogram": "an array (N, frames, bands) or pictures",
    "timeseries": "an array (N, steps, features), or a column for each step",
    "embeddings": "an array (N, steps, features), or a column for each step",
}
