"""Where data comes from: a relation, a collection that ships with the project, or a file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from components.core.errors import DataError, FileError, suggest
from components.core.fields import first_error, number
from components.core.files import read_file
from components.core.registry import kind_of
from components.model.spec import Architecture
from sample_data.collections import COLLECTIONS
from sample_data.core.about import DatasetInfo, sidecar
from sample_data.core.dataset import ABSENT, Dataset, check
from sample_data.core.npz import read_names, read_size
from sample_data.own.whole_file import SCALED, is_prepared, load_file
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec, make, nbytes, parse_data

__all__ = [
    "CollectionSpec",
    "Data",
    "about",
    "collection",
    "load",
    "nbytes_of",
    "parse",
    "takes_away",
]

MOST_ABOUT_BYTES = 2_000_000
"""The largest sidecar that is read."""


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
        0, 0, 2**32 - 1, "Random seed of the draw. The same seed draws the same samples."
    )

    @field_validator("collection")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in COLLECTIONS:
            raise DataError("A collection must be a known one.", kind, suggest(kind, COLLECTIONS))
        return kind


Data: TypeAlias = DataSpec | CollectionSpec | str
"""The data of a run; text is the path of a `.npz` file."""


def parse(text: str, samples: int | None = None, seed: int = 0) -> Data:
    """The data that a text names: `xor:noise=0.5`, a collection's kind, or a path to a `.npz` file.

    `samples` and `seed` are those of a relation or a collection. Raises `DataError` for an unknown
    name, an unknown setting, and numbers out of range.
    """
    text = text.strip()
    if text.lower().endswith(".npz"):
        return os.path.abspath(text)
    kind = text.partition(":")[0]
    if kind not in RELATIONS and kind not in COLLECTIONS:
        known = [*RELATIONS, *COLLECTIONS]
        raise DataError(
            "Data must be a relation with its settings, a collection, or a path ending in `.npz`.",
            text or "nothing",
            suggest(kind, known),
        )
    if kind in COLLECTIONS and text != kind:
        raise DataError("A collection can't have settings.", text, f"Write `{kind}`.")
    numbers = {"seed": seed} if samples is None else {"seed": seed, "samples": samples}
    if kind in COLLECTIONS:
        return collection(kind, **numbers)
    try:
        return DataSpec.model_validate({"relation": parse_data(text), **numbers})
    except ValidationError as error:
        raise _wrong(error) from None


def collection(kind: str, samples: Any = None, seed: Any = 0) -> CollectionSpec:
    """Samples of a collection. Raises `DataError` for an unknown kind and numbers out of range."""
    try:
        return CollectionSpec.model_validate({"collection": kind, "samples": samples, "seed": seed})
    except ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: ValidationError) -> DataError:
    first = first_error(error)
    return DataError(
        f"`{first.loc[-1]}` must be in its range.", first.received, f"{first.message}."
    )


def load(architecture: Architecture, data: Data, draw: int = 0) -> Dataset:
    """The data as arrays that fit the architecture; another `draw` of a relation is a test set.

    Raises `DataError` if it cannot be read or does not fit.
    """
    if isinstance(data, str):
        return load_file(data, architecture)
    if isinstance(data, DataSpec):
        return make(architecture, data, draw)
    dataset = COLLECTIONS[data.collection]().draw(data.samples, data.seed)
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
    """Whether inputs are absent from held-out samples, but not from those trained on.

    False for a file that cannot be read.
    """
    if isinstance(data, DataSpec):
        relation = data.relation
        return bool(relation.missing) and not getattr(relation, "absent_in_training", False)
    if isinstance(data, str):
        with suppress(DataError):
            return any(name.startswith(ABSENT) for name in read_names(data))
    return False


def nbytes_of(architecture: Architecture, data: Data) -> int:
    """Bytes that the arrays take in memory; those of a relation are not made for it.

    Raises `DataError` for a file that cannot be read.
    """
    if isinstance(data, str):
        return read_size(data)
    if isinstance(data, DataSpec):
        return nbytes(architecture, data)
    dataset = COLLECTIONS[data.collection]().draw(data.samples, data.seed)
    return sum(array.nbytes for array in (*dataset.inputs.values(), *dataset.targets.values()))


def about(data: Data) -> DatasetInfo:
    """A description of the data. Of a file without a sidecar, its name and that it is scaled."""
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
    beside = sidecar(path)
    try:
        return DatasetInfo.model_validate_json(read_file(beside, MOST_ABOUT_BYTES))
    except (FileError, ValidationError):
        return DatasetInfo(title=path.stem, notes=() if _is_prepared(path) else (SCALED,))


def _is_prepared(path: Path) -> bool:
    """Whether a file is used as it is; also true of one that cannot be read."""
    try:
        return is_prepared(path)
    except DataError:
        return True
