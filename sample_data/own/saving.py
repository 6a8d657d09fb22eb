"""Data as `.npz` files with one array for each input and head, by name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from components.base.errors import FileError
from components.base.files import explaining_writes, replacing
from components.models.architecture.architecture import Architecture
from sample_data.core.about import DatasetInfo, sidecar
from sample_data.core.archives import write_arrays
from sample_data.core.arrays import Array
from sample_data.core.dataset import PREPARED, Dataset, markings
from sample_data.loading.sources import CollectionSpec, Data, load
from sample_data.loading.synthetic import DataSpec


def arrays_of(dataset: Dataset, data: Data) -> dict[str, Array]:
    """Return the arrays for a file that gives the same result of a run as the data itself.

    If the relation removes inputs from held-out samples, the file marks where they are absent; if
    it removes them from all samples, they are zeros in the file. Data of a collection are marked as
    prepared, because their numbers are scaled.
    """
    relation = data.relation if isinstance(data, DataSpec) else None
    if getattr(relation, "absent_in_training", False):
        dataset = replace(dataset.with_absent(np.arange(dataset.samples)), absent=None)
    prepared = {PREPARED: np.array(True)} if isinstance(data, CollectionSpec) else {}
    return {**dataset.inputs, **dataset.targets, **markings(dataset), **prepared}


def npz_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Return the arrays as the content of a `.npz` file."""
    file = io.BytesIO()
    write_arrays(file, arrays)
    return file.getvalue()


def data_file(architecture: Architecture, data: Data) -> bytes:
    """Return the `.npz` file that an exported script reads. Raises `DataError`."""
    if isinstance(data, str):
        return Path(data).read_bytes()
    return npz_bytes(arrays_of(load(architecture, data), data))


def save_npz(path: Path, arrays: Mapping[str, Array], about: DatasetInfo | None = None) -> None:
    """Write all arrays or none. A file with a description next to it is used without scaling.

    Raises `FileError` for another extension, and for a folder that is not writable.
    """
    if path.suffix.lower() != ".npz":
        raise FileError(
            "The name of a data file needs the ending `.npz`.", path, "Change its ending."
        )
    with explaining_writes(path), replacing(path) as new:
        write_arrays(new, arrays)
    if about is not None:
        with explaining_writes(path), replacing(sidecar(path)) as new:
            new.write_text(about.model_dump_json(exclude_defaults=True), encoding="utf-8")
