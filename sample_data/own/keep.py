"""Saves prepared data as a file that a run can train on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from components.core.errors import FileError
from components.core.files import replacing
from components.core.text import one_line
from sample_data.core.about import DatasetInfo, sidecar
from sample_data.core.arrays import Array
from sample_data.core.npz import write_arrays
from sample_data.own.prepare import Prepared

_TITLE = 100


def keep(
    prepared: Prepared,
    folder: str | os.PathLike[str],
    title: str,
    make_room: Callable[[int], None] = lambda _: None,
) -> Path:
    """Saves the arrays as a `.npz` file named by its content, with its description beside it.

    The same data with the same title is saved once; `make_room` gets the bytes of a new file before
    it is written. Raises `FileError` if it cannot be written, and what `make_room` raises.
    """
    about = _about(prepared, title)
    arrays = {**prepared.dataset.inputs, **prepared.dataset.targets}
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
            "The data folder must be writable.", f"{path}: {error.strerror}", "Make room."
        ) from None
    return path


def _about(prepared: Prepared, title: str) -> DatasetInfo:
    heads = prepared.dataset.targets
    return DatasetInfo(
        title=one_line(title)[:_TITLE] or "own data",
        source="own file",
        classes={name: texts for name, texts in prepared.names.items() if name in heads},
        ids={name: texts for name, texts in prepared.names.items() if name not in heads},
        columns=prepared.numbers,
        scales=prepared.scales,
        notes=prepared.notes,
    )


def _digest(arrays: dict[str, Array], about: DatasetInfo) -> str:
    digest = hashlib.sha256(about.model_dump_json().encode())
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, str(array.dtype), array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:20]
