"""Arrays of an architecture from the columns of a file, kept for runs."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from components.base.errors import DataError, FileError
from components.base.files import replacing
from components.base.text import byte_size, one_line, plural
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import Input, presence
from components.models.language.registry import kind_of
from sample_data.columns.column import Column, DataTable
from sample_data.columns.encode import (
    EncodedColumns,
    count_empty,
    describe,
    labels,
    only_column,
    vector,
)
from sample_data.columns.preparation import empty_cells, present
from sample_data.core.about import DatasetInfo, sidecar
from sample_data.core.archives import write_arrays
from sample_data.core.arrays import Array
from sample_data.core.dataset import PREPARED, Dataset, check, check_names, markings, with_presences
from sample_data.core.limits import PREPARED_BYTES
from sample_data.own.propose import ColumnMapping, MappedColumns, accepts
from sample_data.own.split import RowSplit, held_rows, split_text
from sample_data.renderers import renderer_of

_BYTES = 4
_TITLE = 100


@dataclass(frozen=True)
class Prepared:
    """Arrays that fit an architecture, and the meaning of their numbers."""

    dataset: Dataset
    about: DatasetInfo


def prepare(
    table: DataTable,
    architecture: Architecture,
    mapping: ColumnMapping,
    split: RowSplit | None = None,
) -> Prepared:
    """Prepare the data of a file for an architecture, with the held-out rows.

    Numbers are scaled to mean 0 and deviation 1, categories are numbered, texts are split into
    words, and pictures are resized. A missing number becomes its column's mean, a missing category
    a category of its own; a row in which all columns of an input are empty lacks that input; rows
    without a label are left out. Means, deviations, categories and words are those of the training
    rows alone. Raises `DataError` for unknown names, columns that don't fit the model, and arrays
    that would be too large.
    """
    rule = "Columns can only be chosen for the inputs and heads of the model."
    check_names([branch.name for branch in architecture.data_inputs], list(mapping.inputs), rule)
    check_names([head.name for head in architecture.data_heads], list(mapping.heads), rule)
    inputs, heads = _columns(table, mapping.inputs), _columns(table, mapping.heads)
    _check_size(architecture, table.rows)
    split = split or RowSplit()
    held = held_rows(table, split)
    notes = list(table.notes)
    labelled = _labelled([column for columns in heads.values() for column in columns], table.rows)
    if lost := table.rows - int(labelled.sum()):
        notes.append(f"{plural(lost, 'row')} without a label left out.")
        inputs, heads = (
            {name: [_some(c, labelled) for c in columns] for name, columns in part.items()}
            for part in (inputs, heads)
        )
        held = held[labelled]
    _check_trained(held)
    trained = ~held
    notes.append(split_text(split, held))
    encoded = {
        branch.name: _encoded(
            branch, inputs[branch.name], mapping.inputs[branch.name].scaled, trained
        )
        for branch in architecture.data_inputs
    }
    targets = {
        head.name: _encoded(head, heads[head.name], mapping.heads[head.name].scaled, trained)
        for head in architecture.data_heads
    }
    dataset = Dataset(
        {name: part.array for name, part in encoded.items()},
        {name: part.array for name, part in targets.items()},
        held=held,
    )
    presences = {presence(name): present(columns) for name, columns in inputs.items()}
    presences = {name: there for name, there in presences.items() if not there.all()}
    dataset = replace(dataset, inputs={**dataset.inputs, **presences})
    check(architecture, with_presences(architecture, dataset))
    notes += [
        f"{plural(int((presences[presence(name)] == 0).sum()), 'row')} without `{name}`."
        for name in architecture.may_be_missing
        if presence(name) in presences
    ]
    parts = {**encoded, **targets}
    for name, part in parts.items():
        notes += part.notes
        if part.scales:
            notes.append(f"`{name}` is scaled to mean 0 and deviation 1 over the training rows.")
    used, predicted = (
        {column for part in chosen.values() for column in part.columns}
        for chosen in (mapping.inputs, mapping.heads)
    )
    notes += [
        f"`{column}` is both an input and a label: the model only has to copy it."
        for column in sorted(used & predicted)
    ]
    about = DatasetInfo(
        title="own data",
        source="own file",
        classes={name: part.names for name, part in targets.items() if part.names},
        ids={name: part.names for name, part in encoded.items() if part.names},
        columns={name: part.numbers for name, part in parts.items() if part.numbers},
        scales={name: part.scales for name, part in parts.items() if part.scales},
        steps={name: part.step for name, part in parts.items()},
        held_share=round(float(held.mean()), 4),
        notes=tuple(dict.fromkeys(notes)),
    )
    return Prepared(dataset, about)


def _encoded(
    part: Input | Head, columns: Sequence[Column], scaled: bool, trained: Array
) -> EncodedColumns:
    """Return the array of an input or head. Raises `DataError` if the columns don't fit it."""
    if not columns:
        what = "input" if isinstance(part, Input) else "head"
        raise DataError(
            f"No column is assigned to the {what} `{part.name}` yet.",
            part.name,
            "Choose one under Columns.",
        )
    if isinstance(part, Head) and part.target != "values":
        return labels(part, only_column(part.name, columns), trained)
    if isinstance(part, Input):
        rule = f"`{part.name}`, of kind {kind_of(type(part))}, needs {renderer_of(part).needs}."
    else:
        rule = f"`{part.name}` can predict only numbers."
    for column in columns:
        if not accepts(part, column):
            fix = "Choose another column, or another kind."
            raise DataError(rule, f"{column.name}, {describe(column)}", fix)
    if isinstance(part, Input):
        _check_empty(part, columns)
        return renderer_of(part).encode(part, columns, scaled, trained)
    return vector(part.name, part.width, columns, scaled, trained)


def _check_empty(branch: Input, columns: Sequence[Column]) -> None:
    """Raise `DataError` for empty cells of pictures or sequences that every row must have."""
    for column in columns:
        if not column.scalar and column.missing and branch.missing == "never":
            raise DataError(
                f"Every row needs a file in `{column.name}`, as `{branch.name}` is never missing.",
                count_empty(column),
                f"Choose another filling under “If missing” of `{branch.name}`, or leave out these "
                "rows.",
            )


def _columns(table: DataTable, mapped: Mapping[str, MappedColumns]) -> dict[str, list[Column]]:
    for part in mapped.values():
        twice = [name for name in part.columns if part.columns.count(name) > 1]
        if twice:
            raise DataError(
                "A column is chosen twice for one part of the model.", twice[0], "Leave one out."
            )
    return {name: [table.column(c) for c in part.columns] for name, part in mapped.items()}


def _check_size(architecture: Architecture, rows: int) -> None:
    """Check the memory of the arrays; open lengths come from the file, whose size is limited."""
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


def _labelled(columns: Sequence[Column], rows: int) -> Array:
    """Return the rows in which no label is missing, (N,)."""
    whole = np.ones(rows, bool)
    for column in columns:
        if column.missing:
            whole &= ~empty_cells(column)
    if whole.sum() < 2:
        raise DataError(
            "At least two rows need all labels.",
            f"{whole.sum()} of {rows:,} rows",
            "Fill in labels, or predict another column.",
        )
    return whole


def _check_trained(held: Array) -> None:
    if held.all():
        raise DataError(
            "Held-out rows can't be all rows with a label.",
            f"{len(held):,} rows, all held out",
            "Hold out fewer rows.",
        )


def _some(column: Column, rows: Array) -> Column:
    """Return the column with these rows only; texts keep their indices."""
    empty = None if column.empty is None else column.empty[rows]
    some = replace(column, values=column.values[rows], empty=empty)
    return replace(some, missing=int(empty_cells(some).sum()))


def keep(
    prepared: Prepared,
    folder: str | os.PathLike[str],
    title: str,
    make_room: Callable[[int], None] = lambda _: None,
) -> Path:
    """Save the arrays as a `.npz` file named by its content, with its description beside it.

    The same data with the same title is saved once; `make_room` gets the bytes of a new file before
    it is written. Raises `FileError` if it cannot be written, and what `make_room` raises.
    """
    title = one_line(title)[:_TITLE] or prepared.about.title
    about = prepared.about.model_copy(update={"title": title})
    dataset = prepared.dataset
    arrays = {**dataset.inputs, **dataset.targets, **markings(dataset), PREPARED: np.array(True)}
    path = Path(folder) / f"{_digest(arrays, about)}.npz"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            make_room(sum(array.nbytes for array in arrays.values()))
            with replacing(sidecar(path), private=True) as new:
                new.write_text(about.model_dump_json(exclude_defaults=True), encoding="utf-8")
            with replacing(path, private=True) as new:
                write_arrays(new, arrays)
    except OSError as error:
        raise FileError(
            "The data folder can't be written.", f"{path}: {error.strerror}", "Make room."
        ) from None
    return path


def _digest(arrays: dict[str, Array], about: DatasetInfo) -> str:
    digest = hashlib.sha256(about.model_dump_json().encode())
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, str(array.dtype), array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:20]
