"""Keeps prepared data as a file that a run can train on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from components.errors import FileError
from sample_data.about import About, sidecar
from sample_data.arrays import Array
from sample_data.own.prepare import Prepared

_TITLE = 100


def keep(prepared: Prepared, folder: str | os.PathLike[str], title: str) -> Path:
    """The path of a `.npz` with the arrays, named by its content, with what is said of it beside.

    The same data with the same title is kept once. Raises `FileError` where it cannot be written.
    """
    about = _about(prepared, title)
    arrays = {**prepared.dataset.inputs, **prepared.dataset.targets}
    path = Path(folder) / f"{_digest(arrays, about)}.npz"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write(sidecar(path), about.model_dump_json(exclude_defaults=True).encode())
            _write_arrays(path, arrays)
    except OSError as error:
        raise FileError(
            "The folder for data can be written to.", f"{path}: {error.strerror}", "Make room."
        ) from None
    return path


def _about(prepared: Prepared, title: str) -> About:
    heads = prepared.dataset.targets
    return About(
        title=" ".join(title.split())[:_TITLE] or "own data",
        source="own file",
        classes={name: held for name, held in prepared.names.items() if name in heads},
        ids={name: held for name, held in prepared.names.items() if name not in heads},
        columns=prepared.numbers,
        scales=prepared.scales,
        notes=prepared.notes,
    )


def _digest(arrays: dict[str, Array], about: About) -> str:
    found = hashlib.sha256(about.model_dump_json().encode())
    for name, array in sorted(arrays.items()):
        found.update(json.dumps([name, str(array.dtype), array.shape]).encode())
        found.update(array.tobytes())
    return found.hexdigest()[:20]


def _write(path: Path, held: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(held)
    os.replace(file.name, path)


def _write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        np.savez(file, allow_pickle=False, **arrays)
    os.replace(file.name, path)
