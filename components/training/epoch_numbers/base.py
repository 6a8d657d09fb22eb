"""What a number of an epoch is: its chart, and how it is measured while a model is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from components.core.registry import Concept, kind_of
from components.model.spec import Architecture

if TYPE_CHECKING:
    import keras

Values = Mapping[str, float]
"""The values of an epoch, by the name of their curve."""


@dataclass(frozen=True)
class MeasuredModel:
    """What is measured: a model, and the trainable weights of its branches by name."""

    model: keras.Model
    branches: Mapping[str, Sequence[Any]]


class Meter(Protocol):
    """Measures one run."""

    def start(self) -> None:
        """Begin a run: the model has its first weights."""

    def read(self) -> Values:
        """The values of an epoch whose training steps are done."""


class EpochNumber(Concept):
    """A number of each epoch, for each branch for instance: one chart, with a curve for each name.

    Its values stand in the logs of an epoch, as `key` says.
    """

    help: ClassVar[str]
    """What it says, and what it does not say."""

    @classmethod
    def names(cls, architecture: Architecture) -> tuple[str, ...]:
        """The names of its curves for a model; empty if it has none."""
        raise NotImplementedError

    @classmethod
    def meter(cls, trained: MeasuredModel) -> Meter:
        """What measures the runs of a model."""
        raise NotImplementedError

    @classmethod
    def key(cls, name: str) -> str:
        """The name of a value in the logs. No loss or metric has a space in its name."""
        return f"{kind_of(cls)} of {name}"
