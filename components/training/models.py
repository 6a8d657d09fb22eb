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

from components.core.files import private_folder, replacing
from components.core.limits import MODELS_BYTES
from components.core.versions import TRAINED
from components.model.costs import FLOAT_BYTES
from sample_data.columns.preparation import PREPROCESSING

if TYPE_CHECKING:
    import keras

FILES = 10
"""One file may take this part (1/10) of the folder's limit."""
WEIGHTS = "model.weights.h5"
"""The weights inside a `.keras` file; on their own they are a `.weights.h5` file."""
MODEL, CHECKPOINT = ENDINGS = (".keras", ".checkpoint")
"""The endings of a run's files."""
_PARTS = ("metadata.json", "config.json", WEIGHTS)


@dataclass(frozen=True)
class SaveOptions:
    """Where a child process writes its trained model, and how large the weights may be."""

    path: str
    max_bytes: int
    checkpoint: str = ""
    """Path at which a paused run keeps its state and finds it again; empty for none."""

    def allows(self, parameters: int) -> bool:
        """Whether a model with that many parameters is small enough to be written."""
        return parameters * FLOAT_BYTES <= self.max_bytes


def write_model(model: keras.Model, path: Path, preprocessing: Mapping[str, Any]) -> None:
    """Write the model to a `.keras` file: its architecture and weights, no optimizer state.

    How columns become its inputs stands in the file, too: a member that Keras leaves alone.

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
    """A folder with a model file for each run, and checkpoints of paused ones. If it grows too
    large, old files are removed.

    The limit is that of the server's owner. Raises `RunError` if it is not valid.
    """

    def __init__(self, folder: Path, max_bytes: int | None = None) -> None:
        self.folder = folder
        self.max_bytes = MODELS_BYTES.value() if max_bytes is None else max_bytes

    @property
    def max_file_bytes(self) -> int:
        """The largest file that is kept."""
        return self.max_bytes // FILES

    def path(self, run_id: str) -> Path:
        """The path of the run's file, whether it exists or not."""
        return self.folder / f"{run_id}{MODEL}"

    def checkpoint(self, run_id: str) -> Path:
        """Return the path of the checkpoint of a run, which may not exist."""
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
        """Remove the files of all other runs, or those of some endings, and return how many bytes
        they had."""
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
