"""Proposes an architecture that fits a file."""

from __future__ import annotations

import math
from typing import Any

from components.core.errors import DataError
from components.core.fields import settings
from components.inputs import INPUTS
from components.model.checks import TRUNK
from components.model.spec import Architecture, parse
from sample_data.columns.codes import classes_of
from sample_data.columns.column import Column
from sample_data.own._groups import FUSION, groups
from sample_data.own.mapping import ColumnMapping, MappedColumns
from sample_data.own.table import DataTable
from sample_data.renderers import RENDERERS, renderer_of
from sample_data.renderers.base import Renderer

_FEW_CLASSES = 20
NAME = "own_data"
"""Of the architecture: links and shared runs must not tell the name of the file."""


def propose(table: DataTable) -> Architecture:
    """An architecture for a file: an input for each group of columns, and a head for each label.

    Raises `DataError` if nothing can be predicted, or nothing is left to predict it from.
    """
    grouped = groups(table)
    inputs = [_input(name, columns) for name, columns in grouped.inputs.items()]
    names = [branch["name"] for branch in inputs]
    merges = [{"name": FUSION, "kind": "concatenate", "sources": names}] if names[1:] else []
    return parse(
        {
            "name": NAME,
            "inputs": inputs,
            "merges": merges,
            "trunk": {"depth": 1, "units": 32},
            "heads": [_head(name, column) for name, column in grouped.heads.items()],
        }
    )


def fit(table: DataTable, architecture: Architecture, mapping: ColumnMapping) -> Architecture:
    """The architecture with sizes that fit the mapped columns; all else stays as it is.

    Inputs and heads with unsuitable columns stay as they are: `prepare` raises their errors.
    """
    inputs, heads = [], []
    for branch in architecture.inputs:
        columns = _mapped(table, mapping.inputs, branch.reads or branch.name)
        renderer = renderer_of(branch)
        if columns and all(renderer.accepts(column) for column in columns):
            branch = branch.model_copy(update=renderer.fitted_sizes(branch, columns))
        inputs.append(branch)
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


def _mapped(table: DataTable, parts: dict[str, MappedColumns], name: str) -> list[Column]:
    return [table.column(column) for column in parts[name].columns] if name in parts else []


def _input(name: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    kind, renderer = _renderer_for(columns[0])
    sizes = renderer.proposed_sizes(columns)
    for setting in settings(INPUTS[kind]):
        if setting.maximum is not None and sizes.get(setting.name, 0) > setting.maximum:
            raise DataError(
                f"`{setting.name}` of an input of kind {kind} must be at most {setting.maximum:,}.",
                f"{sizes[setting.name]:,} in {columns[0].name}",
                "Make it smaller, or leave it out.",
            )
    return {"name": name, "kind": kind, **sizes, "encoder": renderer.proposed_encoder(sizes)}


def _renderer_for(column: Column) -> tuple[str, Renderer]:
    """The kind of input that is proposed for a column, and its renderer."""
    return next(
        (kind, renderer())
        for kind, renderer in RENDERERS.items()
        if column.kind in renderer.proposed_for
    )


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
