"""Results of an inspection: frozen values with a JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from components.base.errors import RunError
from components.models.heads.base import Target


@dataclass(frozen=True)
class ExplainedMeasure:
    """Explanation of one measure of a head. Names of inputs are in backticks."""

    title: str
    values: str
    meaning: str
    limit: str
    """Limits of the measure."""


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Number(_Finding):
    """Measured number with its standard error over the samples; 0 if it has none."""

    value: float
    error: float = 0.0


class CoalitionValue(_Finding):
    """Quality of a head that knows only some inputs."""

    inputs: tuple[str, ...]
    value: float


class SampleShares(_Finding):
    """Contribution of each input to one prediction: Shapley values on the logit.

    For several classes, it is the logit of the predicted class minus the mean over the classes; for
    several values, the value with the largest error. `base` and all `pushes` add up to `score`.
    """

    row: int
    """Row number in the dataset."""
    truth: float
    predicted: float
    confidence: float | None
    """Probability of the predicted class; `None` for a real value."""
    score: float
    base: float
    pushes: tuple[float, ...]
    """One for each input, in the order of the inputs."""


class HeadInspection(_Finding):
    """Measurements of one head. Quality is accuracy for classes, and R² for real values."""

    target: Target
    quality: float
    nothing: float
    """Quality without any known input."""
    inputs: tuple[str, ...]
    """Names of the model's inputs."""
    measures: dict[str, tuple[Number, ...]]
    """Numbers by kind of measure: one for each input, or one for the head.

    Empty if the measure does not apply to the head.
    """
    coalitions: tuple[CoalitionValue, ...]
    """All coalitions; if Shapley values are sampled, only those of 0, 1, all but 1 and all
    inputs.
    """
    samples: tuple[SampleShares, ...]
    """All samples, the worst predictions first."""
    metric: str = ""
    """Name of the quality metric, if it is neither accuracy nor R²."""

    @property
    def quality_name(self) -> str:
        """Name of the quality, such as `accuracy`."""
        return self.metric or head_quality(self.target)


class Readout(_Finding):
    """Values of a layer of gates, attention or learned weights: routing, not influence."""

    part: str
    """Merge or branch of the layer."""
    layer: str
    kind: Literal["gate", "attention", "weights"]
    columns: tuple[str, ...]
    """Names of the sources or of the steps that are read, or a single gate."""
    mean: tuple[float, ...]
    """Means by column; for a gate, also over its features."""
    by_class: dict[str, dict[int, tuple[float, ...]]]
    """Means by head and true class."""
    samples: tuple[tuple[float, ...], ...]
    """Values by sample and column, in the order of `sample_rows`; empty for learned weights."""


class UnpluggedHead(_Finding):
    """Results of a head for all combinations of inputs' steps; the last input changes fastest."""

    quality: tuple[float, ...]
    rows: tuple[int, ...]
    """Row numbers of the displayed samples in the dataset."""
    truth: tuple[float, ...]
    predicted: tuple[tuple[float, ...], ...]
    """Predictions by displayed sample and combination: a class, or the first of the values."""
    confidence: tuple[tuple[float, ...], ...]
    """Probabilities of the predicted classes; empty for values."""


class Unplug(_Finding):
    """Predictions of a model if inputs get noise or are removed.

    The steps of an input are the `levels` of noise in standard deviations, 0 first, and then its
    removal. A removed input is taken from another sample.
    """

    levels: tuple[float, ...]
    samples: int
    seed: int
    """Seed of the noise."""
    others: dict[int, tuple[int, ...]]
    """Rows that replace removed inputs, one for each input, by row of a displayed sample."""
    heads: dict[str, UnpluggedHead]

    @property
    def steps(self) -> int:
        """Number of steps of each input."""
        return len(self.levels) + 1

    def combination(self, steps: Sequence[int]) -> int:
        """Return the number of the combination with these steps, one for each input."""
        number = 0
        for step in steps:
            number = number * self.steps + step
        return number


class Inspection(_Finding):
    """Contributions of each input of a trained model to each head."""

    inputs: tuple[str, ...]
    samples: int
    background: int
    """Number of samples that replace unknown inputs."""
    filled: tuple[str, ...] = ()
    """Inputs that may be missing: the model fills them if they are unknown."""
    validated: bool
    """`True` if measured on validation samples, `False` if on training samples."""
    heads: dict[str, HeadInspection]
    sample_rows: tuple[int, ...] = ()
    """Row number of each sample in the dataset."""
    readouts: tuple[Readout, ...] = ()
    unplug: Unplug | None = None
    """`None` with too many inputs, or if the model is too slow."""
    seconds: float

    def json_text(self) -> str:
        """Return the inspection as JSON for `parse_inspection`."""
        return self.model_dump_json()


def parse_inspection(text: str) -> Inspection:
    """Parse an inspection from JSON text. Raises `RunError` if this version can't read it."""
    try:
        return Inspection.model_validate_json(text)
    except ValidationError:
        raise RunError(
            "The inspection of this run is from another version.",
            "",
            "Train the model again: it is inspected at the end.",
        ) from None


def head_quality(target: Target) -> str:
    """Return the name of the quality for a kind of target."""
    return "R²" if target == "values" else "accuracy"
