"""Checkpoints, from which a paused run continues exactly as if it had not stopped."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy.typing as npt

from components.base.files import private_folder, replacing
from components.base.versions import CHECKPOINT, KEY

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
            # Protocol 5 writes arrays without a copy.
            pickle.dump({KEY: CHECKPOINT, **vars(self)}, file, protocol=5)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the checkpoint in a file.

        Raises errors of any kind if it was not written by this version: a pickle imports modules
        and sets attributes that an update may have moved.
        """
        with open(path, "rb") as file:
            content = pickle.load(file)
        if (number := content.pop(KEY)) != CHECKPOINT:
            raise ValueError(f"The checkpoint has number {number}, not {CHECKPOINT}.")
        return cls(**content)


def values_of(variables: Sequence[Any]) -> Values:
    """Return the values of Keras's variables."""
    return [variable.numpy() for variable in variables]
