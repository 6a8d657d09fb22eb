"""What a run is asked to do, and what it may take."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from components.errors import DataError, RunError
from components.fields import hints
from components.graph import Graph
from components.registry import Concept
from components.spec import Architecture, parse
from sample_data.dataset import DataSpec, nbytes

Optimizer = Literal["adam", "adamw", "sgd", "momentum", "rmsprop"]

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
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Start of every random number: weights, order of samples, dropout.",
        json_schema_extra=hints(step=1),
    )


class RunRequest(BaseModel):
    """One training of one architecture on one data set with one seed: a frozen value.

    `data` describes synthetic data, or is the path of a `.npz` with one array for each input and
    head, by name. Raises `RunError` from `parse_request` where it is not valid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Architecture
    data: DataSpec | str
    settings: Settings = Settings()

    @field_validator("data", mode="before")
    @classmethod
    def _path_as_text(cls, data: object) -> object:
        return str(data) if isinstance(data, Path) else data

    @property
    def digest(self) -> str:
        """A stable fingerprint: equal for equal requests, on every machine."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
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
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise RunError(
            f"`{place}`: {first['msg'].rstrip('.')}.", first["input"], "Correct the value."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A request is a JSON object with `architecture`, `data` and `settings`.",
            error,
            "Write it with `RunRequest.json_text`.",
        ) from None


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

    Weights, their gradients and the optimizer's slots; the data, drawn and as tensors; activations
    of a batch, their gradients and what layers need between; and the process itself. Computed from
    `graph`, or from a model built without weights. Raises `SpecError` where the architecture does
    not build, `DataError` where a file is not there.
    """
    from components.builder import build
    from components.costs import of

    total = of(graph or build(request.architecture).graph).total
    copies = 2 + SLOTS[request.settings.optimizer]
    weights = total.parameters * FLOAT_BYTES * copies
    activations = 3 * total.activation_bytes * request.settings.batch_size
    return weights + activations + 2 * _data_bytes(request) + PROCESS_BYTES


def refuse_if_too_large(request: RunRequest, limits: Limits | None = None) -> int:
    """The estimate, where it is within the limit. Raises `RunError` where it is not."""
    needed, limit = estimate(request), (limits or Limits()).memory
    if needed > limit:
        raise RunError(
            f"A run may take {amount(limit)} of memory here.",
            f"a run that needs {amount(needed)}",
            "Make layers narrower, choose a smaller batch or fewer samples, or train where there "
            "is more memory: FUSION_MEMORY_LIMIT sets the limit.",
        )
    return needed


def amount(count: int) -> str:
    """A number of bytes as one reads it: `48,123,456,789 bytes (48.1 GB)`."""
    units = ("kB", "MB", "GB", "TB", "PB")
    place = min(len(units), max(1, (len(str(count)) - 1) // 3))
    return f"{count:,} bytes ({count / 1000**place:.1f} {units[place - 1]})"


def _data_bytes(request: RunRequest) -> int:
    if not isinstance(request.data, str):
        return nbytes(request.architecture, request.data)
    try:
        with zipfile.ZipFile(request.data) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(
            "A file of data is a `.npz` that can be read.",
            f"{request.data} ({error.__class__.__name__})",
            "Give the path of a file written by `numpy.savez`.",
        ) from None
