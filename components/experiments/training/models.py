"""Files of trained models: a child process writes them, and a folder of limited size keeps them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.base.files import private_folder, replacing
from components.base.limits import MODELS_BYTES
from components.base.versions import TRAINED
from components.models.architecture.costs import FLOAT_BYTES
from sample_data.columns.preparation import PREPROCESSING

if TYPE_CHECKING:
    import keras

FILES = 10
"""Divisor of the folder's limit that gives the maximum size of one file."""
WEIGHTS = "model.weights.h5"
"""Name of the weights in a `.keras` file; as a separate file they are a `.weights.h5` file."""
MODEL, CHECKPOINT = ENDINGS = (".keras", ".checkpoint")
"""File name endings of a run's files."""
_PARTS = ("metadata.json", "config.json", WEIGHTS)


@dataclass(frozen=True)
class SaveOptions:
    """Path for the trained model of a child process, and the maximum size of its weights."""

    path: str
    max_bytes: int
    checkpoint: str = ""
    """Path of the checkpoint from which a paused run continues; empty for none."""

    def allows(self, parameters: int) -> bool:
        """Return `True` if a model with this number of parameters is small enough to be written."""
        return parameters * FLOAT_BYTES <= self.max_bytes


def write_model(model: keras.Model, path: Path, preprocessing: Mapping[str, Any]) -> None:
    """Write the model to a `.keras` file: its architecture and weights, no optimizer state.

    The file also has a member, ignored by Keras, with the preprocessing from columns to inputs.

    Plain Keras can load the file, because the model has stock layers only. Weights are written one
    by one, which needs hardly any memory. The file appears at `path` only when it is complete.
    """
    import keras

    plain = keras.Model(model.input, model.output, name=model.name)
    with replacing(path) as new:
        parts = new.with_suffix(".parts")
        keras.saving.save_model(plain, parts, zipped=False)
        with zipfile.ZipFile(new, "w") as archive:
            for name in _PARTS:
                archive.write(parts / name, name)
            learned = TRAINED.numbered(preprocessing)
            archive.writestr(PREPROCESSING, json.dumps(learned, ensure_ascii=False))


class ModelFolder:
    """Folder with a model file for each run, and checkpoints of paused runs.

    If it grows too large, old files are removed. The default limit is the server owner's. Raises
    `RunError` if that is not valid.
    """

    def __init__(self, folder: Path, max_bytes: int | None = None) -> None:
        self.folder = folder
        self.max_bytes = MODELS_BYTES.value() if max_bytes is None else max_bytes

    @property
    def max_file_bytes(self) -> int:
        """Maximum size of a file that is kept, in bytes."""
        return self.max_bytes // FILES

    def path(self, run_id: str) -> Path:
        """Return the path of the run's file, which may not exist."""
        return self.folder / f"{run_id}{MODEL}"

    def checkpoint(self, run_id: str) -> Path:
        """Return the path of the run's checkpoint, which may not exist."""
        return self.folder / f"{run_id}{CHECKPOINT}"

    def keep(self, run_id: str, data: bytes) -> str:
        """Keep a run's file and return its SHA-256."""
        private_folder(self.folder)
        with replacing(self.path(run_id), private=True) as new:
            new.write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    def remove(self, run_id: str) -> None:
        """Remove a run's files, if there are any."""
        self.path(run_id).unlink(missing_ok=True)
        self.remove_checkpoint(run_id)

    def remove_checkpoint(self, run_id: str) -> None:
        """Remove a run's checkpoint, if there is one."""
        self.checkpoint(run_id).unlink(missing_ok=True)

    def remove_others(self, run_ids: Collection[str], *endings: str) -> int:
        """Remove the files of all runs but these, and return the number of bytes removed.

        `endings` limits this to files with these endings.
        """
        removed = 0
        for path in self._files(*endings):
            if path.stem not in run_ids:
                with suppress(FileNotFoundError):
                    removed += path.stat().st_size
                    path.unlink()
        return removed

    def prune(self, spared: Collection[str]) -> None:
        """Remove old files while the folder is too large; those of `spared` runs last."""
        files = []
        for path in self._files():
            with suppress(FileNotFoundError):
                stat = path.stat()
                files.append((path.stem in spared, stat.st_mtime, stat.st_size, path))
        total = sum(size for _, _, size, _ in files)
        for _, _, size, path in sorted(files):
            if total > self.max_bytes:
                path.unlink(missing_ok=True)
                total -= size

    def _files(self, *endings: str) -> list[Path]:
        return [path for one in endings or ENDINGS for path in self.folder.glob(f"*{one}")]
