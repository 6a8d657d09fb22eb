"""Base of the numbers of an epoch: their charts, and their measurement during training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from components.models.architecture.architecture import Architecture
from components.models.language.registry import Concept, kind_of

if TYPE_CHECKING:
    import keras

Values = Mapping[str, float]
"""Values of an epoch, by the name of their curve."""


@dataclass(frozen=True)
class MeasuredModel:
    """Model to be measured, and the trainable weights of its branches by name."""

    model: keras.Model
    branches: Mapping[str, Sequence[Any]]


class Meter(Protocol):
    """Measurement of one run."""

    def start(self) -> None:
        """Begin a run whose model has its initial weights."""

    def read(self) -> Values:
        """Return the values of an epoch after its training steps."""


class EpochNumber(Concept):
    """A number measured in each epoch: one chart, with a curve for each branch, for example.

    Its values are in the logs of an epoch under `key`.
    """

    help: ClassVar[str]
    """Meaning of the number, and what it does not show."""

    @classmethod
    def names(cls, architecture: Architecture) -> tuple[str, ...]:
        """Return the names of its curves for a model; none if it does not apply."""
        raise NotImplementedError

    @classmethod
    def meter(cls, trained: MeasuredModel) -> Meter:
        """Return the meter for the runs of a model."""
        raise NotImplementedError

    @classmethod
    def key(cls, name: str) -> str:
        """Return the key of a value in the logs.

        It contains a space, unlike the names of losses and metrics.
        """
        return f"{kind_of(cls)} of {name}"
