"""What an inspection finds: frozen values with a JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from components.core.errors import RunError
from components.heads.base import Target


@dataclass(frozen=True)
class ExplainedMeasure:
    """One measure of a head. Names of inputs stand in backticks."""

    title: str
    values: str
    meaning: str
    limit: str
    """What it does not say."""


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Number(_Finding):
    """A measured number, with its standard error over the samples; 0 for one without."""

    value: float
    error: float = 0.0


class CoalitionValue(_Finding):
    """The quality if only some inputs are known."""

    inputs: tuple[str, ...]
    value: float


class SampleShares(_Finding):
    """How much each input pushed one prediction: Shapley values on the logit.

    For several classes it is the logit of the predicted class, less the mean over the classes; for
    several values, it is the value with the largest error. `base` and all `pushes` add up to
    `score`.
    """

    row: int
    """Row in the dataset."""
    truth: float
    predicted: float
    confidence: float | None
    """Probability of the predicted class; `None` for a real value."""
    score: float
    base: float
    pushes: tuple[float, ...]
    """By input, in the order of the inputs."""


class HeadInspection(_Finding):
    """What is measured of one head. Quality is accuracy for classes, and R² for real values."""

    target: Target
    quality: float
    nothing: float
    """The quality if no input is known: chance."""
    inputs: tuple[str, ...]
    """Names of the model's inputs."""
    measures: dict[str, tuple[Number, ...]]
    """By the kind of a measure: a number for each input, or one for the head; none if it does not
    apply to the head."""
    coalitions: tuple[CoalitionValue, ...]
    """All coalitions; if Shapley values are sampled, none, each alone, all but one, and all."""
    samples: tuple[SampleShares, ...]
    """The worst predictions first."""
    metric: str = ""
    """Name of the metric that is the quality, in the place of accuracy or R²."""

    @property
    def quality_name(self) -> str:
        """What the quality is called."""
        return self.metric or head_quality(self.target)


class Readout(_Finding):
    """What one layer of gates, attention or learned weights does. It is routing, not influence."""

    part: str
    """The merge or branch that it belongs to."""
    layer: str
    kind: Literal["gate", "attention", "weights"]
    columns: tuple[str, ...]
    """Sources, steps that are read, or one gate."""
    mean: tuple[float, ...]
    """By column; of a gate, the mean over its features."""
    by_class: dict[str, dict[int, tuple[float, ...]]]
    """The means by head and true class."""
    samples: tuple[tuple[float, ...], ...]
    """By sample and column, in the order of `sample_rows`; empty if all samples have the same."""


class UnpluggedHead(_Finding):
    """A head for all combinations of the inputs' steps, the last input's step changing first."""

    quality: tuple[float, ...]
    rows: tuple[int, ...]
    """Rows in the dataset of the samples that are shown."""
    truth: tuple[float, ...]
    predicted: tuple[tuple[float, ...], ...]
    """By sample that is shown, and combination: a class, or the first of the values."""
    confidence: tuple[tuple[float, ...], ...]
    """The probability of each predicted class; empty for values."""


class Unplug(_Finding):
    """What a model predicts if inputs get noise or are removed.

    An input's steps are the `levels` of noise in standard deviations, 0 first, and after them its
    removal: then it is that of another sample.
    """

    levels: tuple[float, ...]
    samples: int
    seed: int
    """Of the noise."""
    others: dict[int, tuple[int, ...]]
    """By row of a sample that is shown: the row from which each input comes if it is removed."""
    heads: dict[str, UnpluggedHead]

    @property
    def steps(self) -> int:
        """How many steps each input has."""
        return len(self.levels) + 1

    def combination(self, steps: Sequence[int]) -> int:
        """The number of the combination with these steps, one for each input."""
        number = 0
        for step in steps:
            number = number * self.steps + step
        return number


class Inspection(_Finding):
    """What each input of a trained model contributes to each head."""

    inputs: tuple[str, ...]
    samples: int
    background: int
    """How many samples take the place of inputs that are not known."""
    validated: bool
    """Whether it is measured on validation samples, or else on training samples."""
    heads: dict[str, HeadInspection]
    sample_rows: tuple[int, ...] = ()
    """The row in the dataset of each sample."""
    readouts: tuple[Readout, ...] = ()
    unplug: Unplug | None = None
    """`None` if there are too many inputs, or the model takes too long."""
    seconds: float

    def json_text(self) -> str:
        """The inspection as JSON, which `parse_inspection` reads back."""
        return self.model_dump_json()


def parse_inspection(text: str) -> Inspection:
    """An inspection from its JSON text. Raises `RunError` if this version can't read it."""
    try:
        return Inspection.model_validate_json(text)
    except ValidationError:
        raise RunError(
            "The inspection of this run is from another version.",
            "",
            "Train the model again: it is inspected at the end.",
        ) from None


def head_quality(target: Target) -> str:
    """What the quality of a head with such labels is called."""
    return "R²" if target == "values" else "accuracy"
