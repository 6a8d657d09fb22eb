"""Checkpoints: a run that is paused goes on from its own as if it had never stopped."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from components.core.files import private_folder, replacing

Values = Sequence[npt.NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """State of a run between two epochs.

    The file is a pickle. Only processes of the playground write and read it, beside the models: it
    is never downloaded, uploaded or exported.
    """

    epoch_seconds: Sequence[float]
    """Seconds of each epoch that is done."""
    seconds: float
    """Seconds since the start of the run, without those in which it was paused."""
    model: Values
    """Weights, and the states of layers that draw random numbers."""
    optimizer: Values
    order: Mapping[str, Any]
    """State of the generator that shuffles the samples."""
    stopping: Mapping[str, Any]
    """Memory of early stopping, with the best weights; empty without it."""
    watcher: object
    """Memory of the run's watcher."""

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all. Raises `OSError` if it can't be written."""
        private_folder(path.parent)
        with replacing(path, private=True) as new, open(new, "wb") as file:
            pickle.dump(self, file, protocol=5)  # Arrays are written as they are, without a copy.

    @classmethod
    def read(cls, path: Path) -> Checkpoint | None:
        """Return the checkpoint in a file, or `None` if there is no such file."""
        with suppress(FileNotFoundError), open(path, "rb") as file:
            checkpoint: Checkpoint = pickle.load(file)
            return checkpoint
        return None


def values_of(variables: Sequence[Any]) -> Values:
    """Return the values of Keras's variables."""
    return [variable.numpy() for variable in variables]
