"""Makes the arrays of an architecture from the columns of a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from components.core.errors import DataError
from components.core.text import byte_size
from components.model.spec import Architecture
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array
from sample_data.core.checks import check_names
from sample_data.core.dataset import Dataset, check
from sample_data.core.limits import PREPARED_BYTES
from sample_data.own._encode import encode_head, encode_input
from sample_data.own.mapping import ColumnMapping, MappedColumns
from sample_data.own.table import DataTable

_BYTES = 4


@dataclass(frozen=True)
class Prepared:
    """Arrays that fit an architecture, and notes on them.

    `names` by input of ids or head of classes: what each id stands for, id 0 first; `scales` by
    input or head: how its columns were scaled; `numbers` by input of a vector: what each number is.
    """

    dataset: Dataset
    notes: tuple[str, ...]
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scales: dict[str, tuple[ColumnScaling, ...]] = field(default_factory=dict)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(table: DataTable, architecture: Architecture, mapping: ColumnMapping) -> Prepared:
    """The data of a file for an architecture.

    Numbers are scaled to mean 0 and deviation 1, categories are numbered, texts are split into
    words, and pictures are resized. A missing number becomes its column's mean, a missing category
    a category of its own; rows without a label are left out. Raises `DataError` for unknown names,
    columns that don't fit the model, and arrays that would be too large.
    """
    rule = "The chosen columns must name exactly the inputs and heads of the model."
    check_names([branch.name for branch in architecture.data_inputs], list(mapping.inputs), rule)
    check_names([head.name for head in architecture.heads], list(mapping.heads), rule)
    inputs, heads = _columns(table, mapping.inputs), _columns(table, mapping.heads)
    _check_size(architecture, table.rows)
    notes = list(table.notes)
    labelled = _labelled(list(heads.values()), table.rows)
    if not labelled.all():
        lost = table.rows - int(labelled.sum())
        _check_left(table, lost)
        notes.append(f"{lost:,} {'row' if lost == 1 else 'rows'} without a label left out.")
        inputs, heads = _rows(inputs, labelled), _rows(heads, labelled)
    encoded = {
        branch.name: encode_input(branch, inputs[branch.name], mapping.inputs[branch.name].scaled)
        for branch in architecture.data_inputs
    }
    labels = {
        head.name: encode_head(head, heads[head.name], mapping.heads[head.name].scaled)
        for head in architecture.heads
    }
    dataset = Dataset(_arrays(encoded), _arrays(labels))
    check(architecture, dataset)
    parts = {**encoded, **labels}
    for name, part in parts.items():
        notes += part.notes
        if part.scales:
            notes.append(f"`{name}` is scaled to mean 0 and deviation 1 over all rows.")
    notes += _copied(mapping)
    return Prepared(
        dataset,
        tuple(dict.fromkeys(notes)),
        {name: part.names for name, part in parts.items() if part.names},
        {name: part.scales for name, part in parts.items() if part.scales},
        {name: part.numbers for name, part in parts.items() if part.numbers},
    )


def _copied(mapping: ColumnMapping) -> list[str]:
    inputs = {column for part in mapping.inputs.values() for column in part.columns}
    predicted = {column for part in mapping.heads.values() for column in part.columns}
    return [
        f"`{column}` is both an input and a label: the model only has to copy it."
        for column in sorted(inputs & predicted)
    ]


def _columns(table: DataTable, mapped: Mapping[str, MappedColumns]) -> dict[str, list[Column]]:
    for part in mapped.values():
        twice = [name for name in part.columns if part.columns.count(name) > 1]
        if twice:
            raise DataError(
                "Each column may be chosen only once.", f"{twice[0]} twice", "Leave one out."
            )
    return {name: [table.column(c) for c in part.columns] for name, part in mapped.items()}


def _check_size(architecture: Architecture, rows: int) -> None:
    """Lengths that are open are those of the file, whose size is bounded already."""
    numbers = sum(
        math.prod(size or 1 for size in branch.shape) for branch in architecture.data_inputs
    )
    needed = numbers * rows * _BYTES
    if needed > PREPARED_BYTES:
        raise DataError(
            f"Prepared data can't take more than {byte_size(PREPARED_BYTES)} of memory.",
            f"{byte_size(needed)}: {rows:,} samples of {numbers:,} numbers",
            "Make pictures or lengths smaller, or use fewer samples.",
        )


def _labelled(heads: Sequence[Sequence[Column]], rows: int) -> Array:
    """Rows in which no label is missing, (N,)."""
    whole = np.ones(rows, bool)
    for column in (column for columns in heads for column in columns if column.missing):
        whole &= ~np.isnan(column.values) if column.kind == "number" else column.values >= 0
    return whole


def _check_left(table: DataTable, lost: int) -> None:
    if table.rows - lost < 2:
        raise DataError(
            "At least two rows must have all labels.",
            f"{table.rows - lost} of {table.rows:,} rows",
            "Fill in labels, or predict another column.",
        )


def _rows(parts: Mapping[str, Sequence[Column]], rows: Array) -> dict[str, list[Column]]:
    """The columns with those rows only; texts keep their indices."""
    return {name: [_some(column, rows) for column in columns] for name, columns in parts.items()}


def _some(column: Column, rows: Array) -> Column:
    values = column.values[rows]
    if not column.scalar:
        return replace(column, values=values)
    gone = np.isnan(values) if column.kind == "number" else values < 0
    return replace(column, values=values, missing=int(gone.sum()))


def _arrays(parts: Mapping[str, EncodedColumns]) -> dict[str, Array]:
    return {name: part.array for name, part in parts.items()}
