"""Makes arrays for an architecture of the columns of a file."""

from __future__ import annotations

import math
from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from components.core.errors import DataError, suggest
from components.core.text import byte_size, quoted
from components.model.spec import Architecture
from sample_data.core.about import ColumnScaling
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset, check
from sample_data.own._encode import encode_head, encode_input
from sample_data.own._encoded import EncodedColumns
from sample_data.own.limits import PREPARED_BYTES
from sample_data.own.mapping import Columns, Mapping
from sample_data.own.table import Column, DataTable

_BYTES = 4


@dataclass(frozen=True)
class Prepared:
    """Arrays that fit an architecture, and what is to be said of them.

    `names` by input of ids or head of classes: what each id stands for, 0 first; `scales` by input
    or head: how its columns were scaled; `numbers` by input of a vector: what each number is.
    """

    dataset: Dataset
    notes: tuple[str, ...]
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scales: dict[str, tuple[ColumnScaling, ...]] = field(default_factory=dict)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(table: DataTable, architecture: Architecture, mapping: Mapping) -> Prepared:
    """The data of a file for an architecture.

    Numbers are scaled to mean 0 and deviation 1, categories numbered, texts cut into words, and
    pictures resized. A missing number stands at its column's mean and a missing category is one of
    its own; rows without a label are left out. Raises `DataError` for names that are not there,
    columns that do not make what the model takes, and arrays that get too large.
    """
    _check_parts([given.name for given in architecture.inputs], mapping.inputs, "input")
    _check_parts([head.name for head in architecture.heads], mapping.heads, "head")
    notes = list(table.notes)
    inputs = _columns(table, mapping.inputs)
    heads = _columns(table, mapping.heads)
    _check_size(architecture, table.rows)
    labelled = _labelled(list(heads.values()), table.rows)
    if not labelled.all():
        lost = table.rows - int(labelled.sum())
        _check_left(table, lost)
        notes.append(f"{lost:,} {'row' if lost == 1 else 'rows'} without a label left out.")
        inputs = {name: [_picked(c, labelled) for c in held] for name, held in inputs.items()}
        heads = {name: [_picked(c, labelled) for c in held] for name, held in heads.items()}
    encoded = {
        given.name: encode_input(given, inputs[given.name], mapping.inputs[given.name].scaled)
        for given in architecture.inputs
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


def _copied(mapping: Mapping) -> list[str]:
    given = {column for part in mapping.inputs.values() for column in part.columns}
    predicted = {column for part in mapping.heads.values() for column in part.columns}
    return [
        f"`{column}` is both given and predicted: the model only has to copy it."
        for column in sorted(given & predicted)
    ]


def _check_parts(needed: Sequence[str], mapped: Names[str, Columns], what: str) -> None:
    rule = f"A mapping has columns for each {what} of the model, by name."
    missing = [name for name in needed if name not in mapped]
    for name in mapped:
        if name not in needed:
            fix = suggest(name, missing) if missing else "Leave it out."
            raise DataError(rule, name, fix)
    if missing:
        raise DataError(rule, ", ".join(mapped) or "none", f"Add {quoted(missing)}.")


def _columns(table: DataTable, mapped: Names[str, Columns]) -> dict[str, list[Column]]:
    for part in mapped.values():
        twice = [name for name in part.columns if part.columns.count(name) > 1]
        if twice:
            raise DataError("A column is chosen once.", f"{twice[0]} twice", "Leave one out.")
    return {name: [table.column(c) for c in part.columns] for name, part in mapped.items()}


def _check_size(architecture: Architecture, rows: int) -> None:
    """Lengths that are open are those of the file, whose size is bounded already."""
    numbers = sum(math.prod(size or 1 for size in given.shape) for given in architecture.inputs)
    needed = numbers * rows * _BYTES
    if needed > PREPARED_BYTES:
        raise DataError(
            f"Prepared data takes at most {byte_size(PREPARED_BYTES)} of memory.",
            f"{byte_size(needed)}: {rows:,} samples of {numbers:,} numbers",
            "Make pictures or lengths smaller, or send fewer samples.",
        )


def _labelled(heads: Sequence[Sequence[Column]], rows: int) -> Array:
    """Rows in which no label is missing, (N,)."""
    whole = np.ones(rows, bool)
    for column in (column for held in heads for column in held if column.missing):
        whole &= ~np.isnan(column.values) if column.kind == "number" else column.values >= 0
    return whole


def _check_left(table: DataTable, lost: int) -> None:
    if table.rows - lost < 2:
        raise DataError(
            "At least two rows have all labels.",
            f"{table.rows - lost} of {table.rows:,} rows",
            "Fill in labels, or predict another column.",
        )


def _picked(column: Column, rows: Array) -> Column:
    """The column with those rows alone; texts keep their places."""
    values = column.values[rows]
    if not column.scalar:
        return replace(column, values=values)
    gone = np.isnan(values) if column.kind == "number" else values < 0
    return replace(column, values=values, missing=int(gone.sum()))


def _arrays(parts: Names[str, EncodedColumns]) -> dict[str, Array]:
    return {name: part.array for name, part in parts.items()}
