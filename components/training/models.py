"""Files of trained models: written by a run's own process, kept in a folder of bounded size."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.core.errors import RunError

if TYPE_CHECKING:
    import keras

FOLDER_BYTES = 1_000_000_000
"""What all files together may take where FUSION_MODELS_BYTES does not say otherwise."""
SHARE = 10
"""One file may take this part of what all may take."""
WEIGHTS = "model.weights.h5"
"""The weights in a `.keras` file; by themselves they are a `.weights.h5` file."""
_PARTS = ("metadata.json", "config.json", WEIGHTS)
_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Save:
    """Where a run's process writes its model, if its weights take at most `most` bytes."""

    path: str
    most: int

    def takes(self, parameters: int) -> bool:
        """Whether a model of that many parameters is written."""
        return parameters * _FLOAT_BYTES <= self.most


def write(model: keras.Model, path: Path) -> None:
    """Write a `.keras` file of the model, its weights and nothing of its training.

    It holds stock layers only, and so loads in plain Keras. The weights go to the disk one by one,
    so that hardly any memory is needed; at `path` there is the whole file or none.
    """
    import keras

    plain = keras.Model(model.input, model.output, name=model.name)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        parts = Path(folder, "parts")
        keras.saving.save_model(plain, parts, zipped=False)
        whole = Path(folder, "whole")
        with zipfile.ZipFile(whole, "w") as archive:
            for name in _PARTS:
                archive.write(parts / name, name)
        os.replace(whole, path)


def folder_bytes() -> int:
    """What all files together may take: FUSION_MODELS_BYTES; 0 keeps none.

    Raises `RunError` where the variable is wrong.
    """
    given = os.environ.get("FUSION_MODELS_BYTES", str(FOLDER_BYTES))
    if not given.isascii() or not given.isdigit():
        raise RunError(
            "FUSION_MODELS_BYTES is how many bytes trained models may take, 0 for none.",
            given,
            "Set it to a number such as `1000000000`, or take it out of the environment.",
        )
    return int(given)


class Models:
    """A folder with one file for each run. Where it grows too large, the oldest are removed."""

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self.most = most

    @property
    def most_each(self) -> int:
        """The largest file that is kept, in bytes."""
        return self.most // SHARE

    def path(self, run_id: str) -> Path:
        """Where the run's file is, if there is one."""
        return self.folder / f"{run_id}.keras"

    def keep(self, run_id: str, data: bytes, spared: Collection[str] = ()) -> str:
        """Keep a run's file; its SHA-256. Those of `spared` runs are the last to be removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".new", delete=False) as new:
            new.write(data)
        os.replace(new.name, self.path(run_id))
        self._prune({run_id, *spared})
        return hashlib.sha256(data).hexdigest()

    def remove(self, run_id: str) -> None:
        """Remove a run's file, if there is one."""
        self.path(run_id).unlink(missing_ok=True)

    def _prune(self, spared: Collection[str]) -> None:
        found = []
        for path in self.folder.glob("*.keras"):
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((path.stem in spared, about.st_mtime, about.st_size, path))
        left = sum(size for _, _, size, _ in found)
        for _, _, size, path in sorted(found):
            if left <= self.most:
                return
            path.unlink(missing_ok=True)
            left -= size
