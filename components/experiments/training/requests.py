"""The request for a run: architecture, data and training settings."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.base.errors import RunError
from components.base.refusals import refusal
from components.models.architecture.architecture import Architecture, parse
from components.models.language.fields import hints, number
from components.models.language.registry import Concept
from sample_data.loading.sources import Data, about

Optimizer = Literal["adam", "adamw", "sgd", "momentum", "rmsprop"]
Schedule = Literal["constant", "cosine", "linear", "exponential", "step"]
ClassWeights = Literal["none", "balanced"]


class Settings(Concept):
    """Settings of a model's training."""

    title: ClassVar[str] = "Training"

    epochs: int = number(20, 1, 1000, "Number of passes over the training samples.", step=1)
    batch_size: int = number(
        32, 1, 4096, "Samples for each step of the optimizer.", step=8, unit="samples"
    )
    optimizer: Optimizer = Field(
        "adam", description="Optimizer. `momentum` is SGD with momentum 0.9."
    )
    learning_rate: float = number(
        0.001, 1e-7, 10, "Learning rate: the step size of the optimizer.", step=0.0005
    )
    schedule: Schedule = Field(
        "constant",
        description="How the learning rate falls from epoch to epoch: as a half cosine or linearly "
        "towards 0, or by a constant factor, gradually (exponential) or in steps (step).",
        json_schema_extra=hints(title="Rate schedule"),
    )
    warmup_epochs: int = number(
        0,
        0,
        100,
        "Linear warm-up, in epochs. 0 turns it off.",
        step=1,
        unit="epochs",
        title="Warm-up",
    )
    decay: float = number(
        0.5,
        0.001,
        1,
        "Factor that the learning rate is multiplied by. 1 turns it off.",
        step=0.05,
        when="schedule=exponential|step",
        title="Decay factor",
    )
    decay_epochs: int = number(
        5,
        1,
        1000,
        "Number of epochs after which the factor is reached once.",
        step=1,
        unit="epochs",
        when="schedule=exponential|step",
        title="Decay over",
    )
    clip_norm: float = number(
        0.0,
        0,
        1000,
        "Clip the global gradient norm at this value. 0 turns it off.",
        step=0.5,
        title="Clip gradient norm",
    )
    class_weights: ClassWeights = Field(
        "none",
        description="Balanced: samples of rare classes get a larger weight in the training loss, "
        "1 on average. The validation loss is never weighted.",
        json_schema_extra=hints(title="Class weights"),
    )
    validation_share: float = number(
        0.25,
        0,
        0.9,
        "Share of the samples held out for validation. 0 turns validation off.",
        step=0.05,
        title="Validation share",
    )
    patience: int = number(
        0,
        0,
        1000,
        "Early stopping: end after this many epochs without a lower loss (validation "
        "loss if there is one). 0 turns it off.",
        step=1,
        unit="epochs",
    )
    restore_best: bool = Field(
        False,
        description="At the end, restore the weights of the epoch with the lowest loss (validation "
        "loss if there is one).",
        json_schema_extra=hints(title="Keep the best epoch"),
    )
    seed: int = number(
        0,
        0,
        2**31 - 1,
        "Random seed of weights, order of samples and dropout.",
        title="Training seed",
        step=1,
    )


class RunRequest(BaseModel):
    """One training of one architecture on one dataset with one seed: a frozen value.

    `data` describes synthetic data, names a collection, or is the path of a `.npz` file with one
    array for each input and head, by name. `parse_request` raises `RunError` if it is not valid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Architecture
    data: Data
    settings: Settings = Settings()
    whole: Architecture | None = None
    """Architecture that the data was made for, if inputs or heads of it were left out."""
    tuned: bool = False
    """`True` if the learning rate is chosen from three on a part of the training samples."""
    inspect: bool = False
    """`True` if the model is inspected after its training.

    It does not change the training, so it is not part of the digest.
    """

    @property
    def data_architecture(self) -> Architecture:
        """Architecture that the data was made for."""
        return self.whole or self.architecture

    @property
    def digest(self) -> str:
        """Hash of the request; equal requests have equal digests, on every machine."""
        parts = self.model_dump(mode="json", exclude={"inspect"})
        if self.whole is None:
            del parts["whole"]
        if not self.tuned:
            del parts["tuned"]
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def at_rate(self, rate: float | None) -> Self:
        """Return the same training with the learning rate that it chose, if any."""
        if rate is None:
            return self
        settings = self.settings.model_copy(update={"learning_rate": rate})
        return self.model_copy(update={"settings": settings})

    def inspected(self) -> Self:
        """Return the same training, with an inspection of the model at the end."""
        return self.model_copy(update={"inspect": True})

    def json_text(self) -> str:
        """Return the request as one line of JSON, which `parse_request` reads."""
        parts = self.model_dump(mode="json", exclude={"architecture", "whole"})
        if self.whole is not None:
            parts["whole"] = self.whole.data()
        parts = {name: value for name, value in parts.items() if value is not False}
        return json.dumps({"architecture": self.architecture.data(), **parts})


def settings_for(settings: Settings, data: Data) -> Settings:
    """Return the settings with the held-out share of a prepared file, if its rows are fixed."""
    share = about(data).held_share if isinstance(data, str) else None
    if share is None:
        return settings
    return settings.model_copy(update={"validation_share": min(share, 0.9)})


def parse_request(text: str | bytes) -> RunRequest:
    """Return a request from its JSON text.

    Raises `SpecError` if an architecture is not valid, and `RunError` if the rest is not.
    """
    try:
        parts: dict[str, Any] = json.loads(text)
        architecture = parse(parts.pop("architecture"))
        if "whole" in parts:
            parts["whole"] = parse(parts["whole"])
        return RunRequest(architecture=architecture, **parts)
    except ValidationError as error:
        raise refusal(error, RunError, RunRequest, parts, "the run") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A request needs a JSON object with `architecture`, `data` and `settings`.",
            error,
            "Write it with `RunRequest.json_text`.",
        ) from None


def parse_settings(data: object) -> Settings:
    """Return settings from plain data. Raises `RunError` for the first value that is not valid."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise refusal(error, RunError, Settings, data, "the training") from None
