"""Data taken away: a `.npz` file with one array for each input and head, by name."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from components.errors import FileError
from sample_data.arrays import Array


def save_npz(path: Path, arrays: Mapping[str, Array], overwrite: bool = False) -> None:
    """Write the arrays, whole or not at all. Any name will do: `np.savez` keeps some for itself.

    Raises `FileError` for another ending, a file that is there unless it is to be overwritten, and
    a folder that cannot be written to.
    """
    if path.suffix.lower() != ".npz":
        raise FileError("A file of data ends in `.npz`.", path, "Change the file's ending.")
    if path.exists() and not overwrite:
        raise FileError("A file is not overwritten unasked.", path, "Name another, or remove it.")
    try:
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                _write(file.name, arrays)
                os.chmod(file.name, 0o644)
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise FileError(
            "The file must be writable.", f"{path}: {error.strerror}", "Name another file."
        ) from None


def _write(path: str, arrays: Mapping[str, Array]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
