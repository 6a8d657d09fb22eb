"""Proposes an architecture that fits a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.core.errors import DataError
from components.core.fields import settings
from components.core.registry import kind_of
from components.inputs import INPUTS
from components.model.spec import TRUNK, Architecture, parse
from sample_data.own._codes import classes_of
from sample_data.own._encode import can_feed, sizes
from sample_data.own._groups import FUSION, groups, plain_name
from sample_data.own.limits import PREPARED_BYTES
from sample_data.own.mapping import Mapping
from sample_data.own.table import Column, DataTable

_FEW_CLASSES = 20
_FEW_CATEGORIES = 10
_FLOAT_BYTES = 4


def propose(table: DataTable) -> Architecture:
    """An architecture for the file: an input for each natural group, joined, and a head a label.

    Raises `DataError` where nothing can be predicted, or nothing is left to predict it from.
    """
    grouped = groups(table)
    inputs = [_input(name, columns) for name, columns in grouped.inputs.items()]
    names = [given["name"] for given in inputs]
    merges = [{"name": FUSION, "kind": "concatenate", "sources": names}] if names[1:] else []
    return parse(
        {
            "name": plain_name(Path(table.name).stem),
            "inputs": inputs,
            "merges": merges,
            "trunk": {"depth": 1, "units": 32},
            "heads": [_head(name, column) for name, column in grouped.heads.items()],
        }
    )


def fit(table: DataTable, architecture: Architecture, mapping: Mapping) -> Architecture:
    """The architecture with the sizes that the mapped columns want; all else stays as it is.

    Inputs and heads whose columns do not suit them are left alone: `prepare` says what is wrong.
    """
    inputs, heads = [], []
    for given in architecture.inputs:
        columns = _mapped(table, mapping.inputs, given.name)
        kind = kind_of(type(given))
        if columns and all(can_feed(kind, column) for column in columns):
            wanted = _sized(kind, columns, given.shape)
            given = given.model_copy(update=wanted)
        inputs.append(given)
    for head in architecture.heads:
        columns = _mapped(table, mapping.heads, head.name)
        if columns and head.target == "classes" and columns[0].scalar:
            head = head.model_copy(update={"classes": max(2, classes_of(columns[0]))})
        elif columns and head.target == "values":
            count = sum(math.prod(column.shape) for column in columns)
            head = head.model_copy(update={"outputs": count})
        heads.append(head)
    update = {"inputs": tuple(inputs), "heads": tuple(heads)}
    return parse(architecture.model_copy(update=update).data())


def _mapped(table: DataTable, parts: dict[str, Any], name: str) -> list[Column]:
    return [table.column(column) for column in parts[name].columns] if name in parts else []


def _sized(kind: str, columns: Sequence[Column], shape: tuple[int | None, ...]) -> dict[str, Any]:
    if kind in ("timeseries", "embeddings") and columns[0].scalar:
        features = shape[1] or 1
        return {"length": max(1, len(columns) // features)}
    wanted = sizes(kind, columns)
    if shape[0] is None:
        wanted.pop("length", None)
    return wanted


def _input(name: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    kind = _kind(columns[0])
    fields = sizes(kind, columns)
    if kind == "image":
        fields |= _smaller(columns[0])
    for setting in settings(INPUTS[kind]):
        if setting.maximum is not None and fields.get(setting.name, 0) > setting.maximum:
            raise DataError(
                f"`{setting.name}` of an input of kind {kind} is at most {setting.maximum:,}.",
                f"{fields[setting.name]:,} in {columns[0].name}",
                "Make it smaller, or leave it out.",
            )
    return {"name": name, "kind": kind, **fields, "encoder": _ENCODERS[kind](fields)}


def _kind(column: Column) -> str:
    kinds = {"number": "vector", "category": "categorical", "text": "tokens"}
    return kinds.get(column.kind, column.kind)


def _smaller(column: Column) -> dict[str, int]:
    """Sides of pictures that all of them fit into memory with; theirs where they do."""
    height, width = column.shape[:2]
    numbers = math.prod(column.shape) * len(column.values)
    most = PREPARED_BYTES / 2 / _FLOAT_BYTES
    if numbers <= most or column.values.dtype != np.uint8:
        return {}
    factor = math.sqrt(most / numbers)
    return {"height": max(1, int(height * factor)), "width": max(1, int(width * factor))}


def _head(name: str, column: Column) -> dict[str, Any]:
    head = {"name": name, "source": TRUNK}
    if column.kind == "number" and not _is_classes(column):
        return {**head, "kind": "regression", "metrics": ["mean_absolute_error", "r2_score"]}
    classes = classes_of(column)
    if classes == 2:
        return {**head, "kind": "binary"}
    return {**head, "kind": "multiclass", "classes": classes}


def _is_classes(column: Column) -> bool:
    if column.distinct == 2:
        return True
    few = column.distinct <= _FEW_CLASSES and 3 * column.distinct <= len(column.values)
    return few and column.whole


def _power(number: float, least: int, most: int) -> int:
    """The power of two from there on, within bounds."""
    return int(min(most, max(least, 2 ** math.ceil(math.log2(max(1.0, number))))))


def _dense(fields: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "dense", "depth": 1, "units": _power(2 * fields["features"], 8, 64)}


def _identity(fields: dict[str, Any]) -> dict[str, Any]:
    categories = fields["categories"]
    if categories <= _FEW_CATEGORIES:
        return {"kind": "one_hot", "depth": 1}
    return {"kind": "embedding", "depth": 1, "units": _power(math.sqrt(categories), 4, 32)}


def _words(fields: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "embedding", "depth": 1, "units": 16 if fields["vocabulary"] < 500 else 32}


def _series(fields: dict[str, Any]) -> dict[str, Any]:
    steps = fields["length"]
    return {
        "kind": "conv1d",
        "depth": 2 if steps >= 16 else 1,
        "filters": 32,
        "pool": 2 if steps >= 4 else 1,
    }


def _map(fields: dict[str, Any]) -> dict[str, Any]:
    side = min(fields["height"], fields["width"])
    return {
        "kind": "conv2d",
        "depth": 3 if side >= 32 else 2 if side >= 12 else 1,
        "filters": 16,
        "widen": True,
        "padding": "same",
        "pool": 2 if side >= 4 else 1,
        "projection": 64,
    }


_ENCODERS = {
    "vector": _dense,
    "categorical": _identity,
    "tokens": _words,
    "timeseries": _series,
    "image": _map,
}
