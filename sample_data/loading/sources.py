"""Sources of data: a relation, a collection that ships with the project, or a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from components.base.errors import DataError, FileError, suggest
from components.base.files import read_file
from components.base.refusals import refusal
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import Input, presence
from components.models.language.fields import number
from components.models.language.registry import kind_of
from sample_data.collections import COLLECTIONS
from sample_data.columns.column import array_column
from sample_data.columns.encode import EncodedColumns, pictures, series, vector
from sample_data.core.about import ColumnScaling, DatasetInfo, sidecar
from sample_data.core.archives import read_headers
from sample_data.core.arrays import Array
from sample_data.core.dataset import (
    ABSENT,
    HELD,
    PREPARED,
    Dataset,
    check,
    load_npz,
    random_rows,
    with_presences,
)
from sample_data.loading.synthetic import DataSpec, make, nbytes, parse_data
from sample_data.relations import RELATIONS
from sample_data.renderers.base import NOMINAL_LENGTH

SCALED = (
    "Numbers are scaled to mean 0 and deviation 1 over the training rows, and pixels to 0 to 1."
)
"""Note on the scaling of a file that is not prepared."""
HELD_SHARE = 0.25
"""Share of a file's rows that are held out unless the file or a run sets another."""
MOST_ABOUT_BYTES = 2_000_000
"""Maximum size of a sidecar file in bytes."""


class CollectionSpec(BaseModel):
    """A collection that ships with the project, by its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    samples: int | None = number(
        None,
        20,
        200000,
        "Number of samples drawn from the collection. Empty takes all.",
        step=100,
        unit="samples",
    )
    seed: int = number(
        0,
        0,
        2**32 - 1,
        "Random seed of the draw. The same seed draws the same samples.",
        title="Data seed",
    )

    @field_validator("collection")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in COLLECTIONS:
            raise DataError(f"There is no collection `{kind}`.", kind, suggest(kind, COLLECTIONS))
        return kind


Data: TypeAlias = DataSpec | CollectionSpec | str
"""Data of a run; a text is the path of a `.npz` file."""


def parse(text: str, samples: int | None = None, seed: int = 0) -> Data:
    """Parse the name of data: `xor:noise=0.5`, a collection's kind, or the path of a `.npz` file.

    `samples` and `seed` apply to a relation or collection. Raises `DataError` for an unknown name
    or setting, and for numbers out of range.
    """
    text = text.strip()
    if text.lower().endswith(".npz"):
        return os.path.abspath(text)
    kind = text.partition(":")[0]
    if kind not in RELATIONS and kind not in COLLECTIONS:
        known = [*RELATIONS, *COLLECTIONS]
        raise DataError(
            "This is no relation with its settings, no collection, and no path ending in `.npz`.",
            text or "nothing",
            suggest(kind, known),
        )
    if kind in COLLECTIONS and text != kind:
        raise DataError("A collection can't have settings.", text, f"Write `{kind}`.")
    numbers = {"seed": seed} if samples is None else {"seed": seed, "samples": samples}
    if kind in COLLECTIONS:
        return collection(kind, **numbers)
    fields = {"relation": parse_data(text), **numbers}
    try:
        return DataSpec.model_validate(fields)
    except ValidationError as error:
        raise refusal(error, DataError, DataSpec, fields, "the dataset") from None


def collection(kind: str, samples: Any = None, seed: Any = 0) -> CollectionSpec:
    """Return samples of a collection. Raises `DataError` for an unknown kind or wrong numbers."""
    fields = {"collection": kind, "samples": samples, "seed": seed}
    try:
        return CollectionSpec.model_validate(fields)
    except ValidationError as error:
        raise refusal(error, DataError, CollectionSpec, fields, "the dataset") from None


def load(
    architecture: Architecture, data: Data, draw: int = 0, share: float = HELD_SHARE
) -> Dataset:
    """Return data as arrays that fit the architecture; another `draw` of a relation is a test set.

    In a user's file without marks of held-out rows, a random `share` is held out, the same rows
    each time. Raises `DataError` if the file cannot be read or does not fit.
    """
    if isinstance(data, str):
        return _load_file(data, architecture, share)
    if isinstance(data, DataSpec):
        return make(architecture, data, draw)
    dataset = COLLECTIONS[data.collection]().draw(data.samples, data.seed)
    dataset = with_presences(architecture, dataset)
    try:
        check(architecture, dataset)
    except DataError as error:
        raise DataError(
            error.rule,
            error.received,
            f"{error.fix} `{data.collection}` comes with an architecture that fits.",
            error.where,
        ) from None
    return dataset


def takes_away(data: Data) -> bool:
    """Return `True` if inputs are absent from held-out samples but not from training samples.

    `False` for a file that cannot be read.
    """
    if isinstance(data, DataSpec):
        relation = data.relation
        return bool(relation.missing) and not getattr(relation, "absent_in_training", False)
    if isinstance(data, str):
        with suppress(DataError):
            return any(name.startswith(ABSENT) for name in read_headers(data))
    return False


def held_by(path: str) -> Literal["marks", "once", "seed"]:
    """Return the source of a file's held-out rows. Raises `DataError`.

    `marks`: marks in the file. `once`: a fixed random choice, the same for each run. `seed`: the
    seed of each run, for a file that this program wrote, as for the generated data themselves.
    """
    if HELD in read_headers(path):
        return "marks"
    return "seed" if _is_prepared(Path(path)) else "once"


def rows_of(path: str) -> int:
    """Return the number of samples in a file. Raises `DataError`."""
    return max(h.shape[0] for h in read_headers(path).values() if h.shape)


def nbytes_of(architecture: Architecture, data: Data) -> int:
    """Return the memory that the arrays take, in bytes, without generating those of a relation.

    Raises `DataError` for a file that cannot be read.
    """
    if isinstance(data, str):
        return sum(header.nbytes for header in read_headers(data).values())
    if isinstance(data, DataSpec):
        return nbytes(architecture, data)
    dataset = COLLECTIONS[data.collection]().draw(data.samples, data.seed)
    return sum(array.nbytes for array in (*dataset.inputs.values(), *dataset.targets.values()))


def about(data: Data) -> DatasetInfo:
    """Return a description of data. A file without a sidecar has its name and a scaling note."""
    if isinstance(data, str):
        return _about_file(Path(data))
    if isinstance(data, DataSpec):
        relation = data.relation
        return DatasetInfo(
            title=RELATIONS[kind_of(type(relation))].title,
            source=relation.source,
            teaches=relation.teaches,
        )
    return COLLECTIONS[data.collection]().about


def _about_file(path: Path) -> DatasetInfo:
    try:
        return DatasetInfo.model_validate_json(read_file(sidecar(path), MOST_ABOUT_BYTES))
    except (FileError, ValidationError):
        pass
    notes: tuple[str, ...] = ()
    with suppress(DataError):
        notes = () if _is_prepared(path) else (SCALED,)
    return DatasetInfo(title=path.stem, notes=notes)


def preprocessing(
    architecture: Architecture, data: Data, share: float = HELD_SHARE
) -> dict[str, Any]:
    """Return the conversion of columns to the arrays of the model's inputs, as plain data.

    Each input and head has a step with learned values (`sample_data.columns.preparation`), or its
    array is used unchanged. `present` is the model input that marks the rows with an input. `share`
    is the share of rows that a run holds out of a file.
    """
    facts = about(data)
    learned = facts.steps or _raw_steps(architecture, data, share)
    return {
        "inputs": [
            {
                "input": branch.name,
                **({} if branch.missing == "never" else {"present": presence(branch.name)}),
                **(learned.get(branch.name) or _input_step(branch, facts)),
            }
            for branch in architecture.data_inputs
        ],
        "heads": [
            {"head": head.name, **(learned.get(head.name) or _head_step(head, facts))}
            for head in architecture.data_heads
        ],
    }


def _raw_steps(architecture: Architecture, data: Data, share: float) -> dict[str, dict[str, Any]]:
    """Return the steps of a file that is scaled when it is read; none for other data."""
    if not isinstance(data, str) or _is_prepared(Path(data)):
        return {}
    encoded = _encoded_parts(data, architecture, _split_npz(data, architecture, share))
    return {name: part.step for name, part in encoded.items()}


def _input_step(branch: Input, facts: DatasetInfo) -> dict[str, Any]:
    """Return a step for an input of a dataset that consists of arrays, or is a known table."""
    scales, columns = facts.scales.get(branch.name), facts.columns.get(branch.name)
    if scales and columns:
        return _numbers_step(scales)
    if branch.shape == (1,) and (names := facts.ids.get(branch.name)):
        text = {"column": branch.name, "as": "text"}
        ids = {"values": list(names), "names": list(names), "empty": 0}
        return {"kind": "category", "columns": [text], **ids}
    shape = [NOMINAL_LENGTH if size is None else size for size in branch.shape]
    dtype = "int32" if branch.cardinality else "float32"
    column = {"column": branch.name, "as": "array", "shape": shape, "dtype": dtype}
    return {"kind": "array", "columns": [column], "ids": branch.cardinality}


def _head_step(head: Head, facts: DatasetInfo) -> dict[str, Any]:
    if head.target == "values":
        scales = facts.scales.get(head.name)
        return (
            _numbers_step(scales) if scales else {"kind": "numbers", "columns": [], "scaled": False}
        )
    names = facts.classes.get(head.name, ())
    return {"kind": head.target, "columns": [{"column": head.name}], "classes": list(names)}


def _numbers_step(scales: Sequence[ColumnScaling]) -> dict[str, Any]:
    columns = [
        {
            "column": scale.column,
            "as": "number",
            "style": "plain",
            "means": [scale.mean],
            "deviations": [scale.deviation],
        }
        for scale in scales
    ]
    return {"kind": "numbers", "columns": columns, "scaled": bool(columns)}


def _split_npz(path: str, architecture: Architecture, share: float) -> Dataset:
    """Load the data of a file with its held-out rows. Raises the errors of `load_npz`."""
    dataset = load_npz(path, architecture)
    if held_by(path) != "once":
        return dataset
    return replace(dataset, held=random_rows(dataset.samples, share, seed=0))


def _load_file(path: str, architecture: Architecture, share: float) -> Dataset:
    """Load the data of a file, scaled unless prepared. Raises the errors of `load_npz`."""
    dataset = _split_npz(path, architecture, share)
    if _is_prepared(Path(path)):
        return dataset
    arrays = {
        name: part.array for name, part in _encoded_parts(path, architecture, dataset).items()
    }
    return replace(
        dataset,
        inputs={name: arrays.get(name, array) for name, array in dataset.inputs.items()},
        targets={name: arrays.get(name, array) for name, array in dataset.targets.items()},
    )


def _encoded_parts(
    path: str, architecture: Architecture, dataset: Dataset
) -> dict[str, EncodedColumns]:
    """Return the numeric inputs and heads, scaled, without those of ids and classes."""
    assert dataset.held is not None
    headers, trained = read_headers(path), ~dataset.held
    inputs = {
        branch.name: _scaled(
            branch, dataset.inputs[branch.name], headers[branch.name].dtype, trained
        )
        for branch in architecture.data_inputs
        if not branch.cardinality
    }
    targets = {
        head.name: _numbers(head.name, dataset.targets[head.name], trained)
        for head in architecture.data_heads
        if head.target == "values"
    }
    return {**inputs, **targets}


def _is_prepared(path: Path) -> bool:
    """Return `True` if this program wrote the file.

    Then it has a description next to it, is marked as prepared, or marks absent inputs.
    """
    marks = (ABSENT, PREPARED)
    return sidecar(path).exists() or any(name.startswith(marks) for name in read_headers(path))


def _scaled(
    branch: Input, array: Array, dtype: np.dtype[np.generic], trained: Array
) -> EncodedColumns:
    if len(branch.shape) == 1:
        return _numbers(branch.name, array, trained)
    if len(branch.shape) == 2:
        return series(branch, [array_column(branch.name, "timeseries", array)], True, trained)
    pixels = array.astype(np.uint8) if dtype == np.uint8 else array
    return pictures(branch, array_column(branch.name, "image", pixels), True, trained)


def _numbers(name: str, array: Array, trained: Array) -> EncodedColumns:
    columns = [array_column(name, "vector", array)]
    return vector(name, array.shape[1], columns, True, trained)
