"""Checkpoints, from which a paused run continues exactly as if it had not stopped."""

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
    """Duration of each finished epoch in seconds."""
    seconds: float
    """Seconds since the start of the run, without pauses."""
    model: Values
    """Weights, and the states of layers that draw random numbers."""
    optimizer: Values
    order: Mapping[str, Any]
    """State of the generator that shuffles the samples."""
    stopping: Mapping[str, Any]
    """State of early stopping, with the best weights; empty without early stopping."""
    watcher: object
    """State of the run's watcher."""

    def write(self, path: Path) -> None:
        """Write the complete file or none. Raises `OSError` if it can't be written."""
        private_folder(path.parent)
        with replacing(path, private=True) as new, open(new, "wb") as file:
            pickle.dump(self, file, protocol=5)  # Protocol 5 writes arrays without a copy.

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
