"""What a run is asked to do, and what it may take."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from components.core.errors import RunError
from components.core.fields import hints
from components.core.graph import Graph
from components.core.registry import Concept
from components.core.text import byte_size
from components.model.spec import Architecture, parse
from sample_data.sources import Data, nbytes_of

Optimizer = Literal["adam", "adamw", "sgd", "momentum", "rmsprop"]
Schedule = Literal["constant", "cosine", "linear", "exponential", "step"]
ClassWeights = Literal["none", "balanced"]

SLOTS: dict[Optimizer, int] = {"adam": 2, "adamw": 2, "sgd": 0, "momentum": 1, "rmsprop": 1}
"""Values an optimizer keeps for each weight."""
PROCESS_BYTES = 700_000_000
"""What a child process takes before its first weight: TensorFlow, Keras and a traced epoch."""
FLOAT_BYTES = 4
MEMORY_SHARE = 0.6
"""Share of the available memory a run may take where no limit is set."""


class Settings(Concept):
    """How a model is trained."""

    title: ClassVar[str] = "Training"

    epochs: int = Field(
        20, ge=1, le=1000, description="Passes over the data.", json_schema_extra=hints(step=1)
    )
    batch_size: int = Field(
        32,
        ge=1,
        le=4096,
        description="Samples in one step of the optimizer.",
        json_schema_extra=hints(step=8, unit="samples"),
    )
    optimizer: Optimizer = Field(
        "adam", description="How steps are made from gradients; momentum is SGD with 0.9 of it."
    )
    learning_rate: float = Field(
        0.001,
        ge=1e-7,
        le=10,
        description="Size of the optimizer's steps.",
        json_schema_extra=hints(step=0.0005),
    )
    schedule: Schedule = Field(
        "constant",
        description="How the learning rate falls from epoch to epoch: along a half cosine or a "
        "line towards 0, by a factor little by little (exponential), or at once (step).",
        json_schema_extra=hints(title="Rate schedule"),
    )
    warmup_epochs: int = Field(
        0,
        ge=0,
        le=100,
        description="Epochs in which the learning rate climbs in equal steps; 0 starts in full.",
        json_schema_extra=hints(step=1, unit="epochs", title="Warm-up"),
    )
    decay: float = Field(
        0.5,
        ge=0.001,
        le=1,
        description="Factor by which the learning rate falls.",
        json_schema_extra=hints(step=0.05, when="schedule=exponential|step", title="Decay factor"),
    )
    decay_epochs: int = Field(
        5,
        ge=1,
        le=1000,
        description="Epochs in which it falls by that factor once.",
        json_schema_extra=hints(
            step=1, unit="epochs", when="schedule=exponential|step", title="Decay over"
        ),
    )
    clip_norm: float = Field(
        0.0,
        ge=0,
        le=1000,
        description="Longest the gradient of all weights together may be; a longer one is scaled "
        "down. 0 never does.",
        json_schema_extra=hints(step=0.5, title="Clip gradient norm"),
    )
    class_weights: ClassWeights = Field(
        "none",
        description="Balanced: a sample's training loss weighs more the rarer its class is, 1 on "
        "average. Validation is never weighed.",
        json_schema_extra=hints(title="Class weights"),
    )
    validation_share: float = Field(
        0.25,
        ge=0,
        le=0.9,
        description="Share of the samples held back to measure on; 0 holds none back.",
        json_schema_extra=hints(step=0.05, title="Validation share"),
    )
    patience: int = Field(
        0,
        ge=0,
        le=1000,
        description="Epochs without a lower loss (validation's, if there is one) before the run "
        "ends early; 0 trains to the end.",
        json_schema_extra=hints(step=1, unit="epochs"),
    )
    restore_best: bool = Field(
        False,
        description="Put the weights of the epoch with the lowest loss (validation's, if there is "
        "one) back at the end.",
        json_schema_extra=hints(title="Keep the best epoch"),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Start of every random number: weights, order of samples, dropout.",
        json_schema_extra=hints(step=1),
    )


ADDED = (
    "schedule",
    "warmup_epochs",
    "decay",
    "decay_epochs",
    "clip_norm",
    "class_weights",
    "restore_best",
)
"""Settings that requests of the first version do not have: at their defaults they change nothing,
and so no digest."""


class RunRequest(BaseModel):
    """One training of one architecture on one data set with one seed: a frozen value.

    `data` describes synthetic data, names a collection, or is the path of a `.npz` with one array
    for each input and head, by name. Raises `RunError` from `parse_request` where it is not valid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Architecture
    data: Data
    settings: Settings = Settings()

    @field_validator("data", mode="before")
    @classmethod
    def _path_as_text(cls, data: object) -> object:
        return str(data) if isinstance(data, Path) else data

    @property
    def digest(self) -> str:
        """A stable fingerprint: equal for equal requests, on every machine."""
        parts = self.model_dump(mode="json")
        for name in ADDED:
            if getattr(self.settings, name) == Settings.model_fields[name].default:
                del parts["settings"][name]
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def json_text(self) -> str:
        """The request on one line of JSON, which `parse_request` reads back to an equal value."""
        parts = self.model_dump(mode="json", exclude={"architecture"})
        return json.dumps({"architecture": self.architecture.data(), **parts})


def parse_request(text: str | bytes) -> RunRequest:
    """A request from its JSON form.

    Raises `SpecError` where the architecture is wrong, and `RunError` where the rest is.
    """
    try:
        parts: dict[str, Any] = json.loads(text)
        architecture = parse(parts.pop("architecture"))
        return RunRequest(architecture=architecture, **parts)
    except ValidationError as error:
        raise _refused(error) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A request is a JSON object with `architecture`, `data` and `settings`.",
            error,
            "Write it with `RunRequest.json_text`.",
        ) from None


def parse_settings(data: object) -> Settings:
    """Settings from plain data. Raises `RunError` with the first that is wrong."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> RunError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    return RunError(f"`{place}`: {first['msg'].rstrip('.')}.", first["input"], "Correct the value.")


def _memory_limit() -> int:
    given = os.environ.get("FUSION_MEMORY_LIMIT")
    if given is None:
        return int(MEMORY_SHARE * _available())
    if not given.isdigit() or int(given) == 0:
        raise RunError(
            "FUSION_MEMORY_LIMIT is a number of bytes above 0.",
            given,
            "Set it to a number such as `4000000000`, or take it out of the environment.",
        )
    return int(given)


def _available() -> int:
    available = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        free = int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
        return max(0, min(available, free))
    return available


@dataclass(frozen=True)
class Limits:
    """What one run may take.

    `memory` in bytes: FUSION_MEMORY_LIMIT, or 60 % of what the machine and the container have
    available now. `seconds` from the start of its process. Raises `RunError` where the variable is
    wrong.
    """

    memory: int = field(default_factory=_memory_limit)
    seconds: float = 3600.0


def estimate(request: RunRequest, graph: Graph | None = None) -> int:
    """Memory the run's process is expected to take at its peak, in bytes.

    Weights, their gradients, the optimizer's slots and the copies of the best epoch; the data,
    drawn and as tensors; activations of a batch, their gradients and what layers need between; and
    the process itself. Computed from `graph`, or from a model built without weights. Raises
    `SpecError` where the architecture does not build, `DataError` where a file is not there.
    """
    from components.model.builder import build
    from components.model.costs import of

    total = of(graph or build(request.architecture).graph).total
    settings = request.settings
    copies = 2 + SLOTS[settings.optimizer] + 2 * settings.restore_best
    weights = total.parameters * FLOAT_BYTES * copies
    activations = 3 * total.activation_bytes * settings.batch_size
    return weights + activations + 2 * nbytes_of(request.architecture, request.data) + PROCESS_BYTES


def refuse_if_too_large(request: RunRequest, limits: Limits | None = None) -> int:
    """The estimate, where it is within the limit. Raises `RunError` where it is not."""
    needed, limit = estimate(request), (limits or Limits()).memory
    if needed > limit:
        raise RunError(
            f"A run may take {byte_size(limit)} of memory here.",
            f"a run that needs {byte_size(needed)}",
            "Make layers narrower, choose a smaller batch or fewer samples, or train where there "
            "is more memory: FUSION_MEMORY_LIMIT sets the limit.",
        )
    return needed
