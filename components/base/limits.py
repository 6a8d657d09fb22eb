"""Limits that the owner of a server can set, each an environment variable with a default."""

from __future__ import annotations

import os
from dataclasses import dataclass

from components.base.errors import RunError

MOST_DIGITS = 20


@dataclass(frozen=True)
class OwnerLimit:
    """Whole number from the environment, or its default if the variable is not set."""

    variable: str
    default: int | None
    """Default value; `None` if it depends on the machine, or on another limit."""
    unit: str
    meaning: str
    least: int = 1

    def value(self, default: int | None = None) -> int:
        """Return the limit. Raises `RunError` if the variable is not valid.

        `default` is used if the limit has no fixed default.
        """
        usual = self.default if self.default is not None else default
        value = os.environ.get(self.variable, str(usual))
        digits = value.isascii() and value.isdigit() and len(value) < MOST_DIGITS
        if not digits or int(value) < self.least:
            raise RunError(
                f"{self.variable} can only be a whole number of {self.unit}, {self.least:,} or "
                "more.",
                value,
                f"Set it to a number such as `{usual}`, or remove it from the environment.",
            )
        return int(value)


EPOCHS = OwnerLimit("FUSION_EPOCHS", 1000, "epochs", "Epochs of one run")
SAMPLES = OwnerLimit("FUSION_SAMPLES", 200_000, "samples", "Samples that one run draws")
PARAMETERS = OwnerLimit(
    "FUSION_PARAMETERS", 1_000_000_000, "parameters", "Parameters of a model that is trained"
)
MEMORY = OwnerLimit(
    "FUSION_MEMORY_LIMIT", None, "bytes", "Memory of one run; by default 60 % of the free memory"
)
SECONDS = OwnerLimit("FUSION_SECONDS", 3600, "seconds", "Time of one run")
UPLOAD_BYTES = OwnerLimit(
    "FUSION_UPLOAD_BYTES", 50_000_000, "bytes", "Size of an uploaded file", least=1_000_000
)
HELD_BYTES_EACH = OwnerLimit(
    "FUSION_HELD_BYTES_EACH",
    150_000_000,
    "bytes",
    "Memory of the uploaded files that the server holds for one open page",
    least=1_000_000,
)
HELD_BYTES = OwnerLimit(
    "FUSION_HELD_BYTES",
    500_000_000,
    "bytes",
    "Memory of the uploaded files that the server holds for all pages",
    least=1_000_000,
)
UPLOADS_BYTES = OwnerLimit(
    "FUSION_UPLOADS_BYTES",
    2_000_000_000,
    "bytes",
    "Size of all people's prepared data files; the oldest that no run needs are removed",
    least=1_000_000,
)
RUNS_WAITING = OwnerLimit("FUSION_RUNS_WAITING", 200, "runs", "Single runs that wait in the queue")
RACE_RUNS = OwnerLimit(
    "FUSION_RACE_RUNS", 5000, "runs", "Trainings of one race: strategies × datasets × seeds"
)
MODELS_BYTES = OwnerLimit(
    "FUSION_MODELS_BYTES",
    1_000_000_000,
    "bytes",
    "Size of all trained models that are kept; the oldest are removed. 0 keeps none",
    least=0,
)
DRAFTS_BYTES = OwnerLimit(
    "FUSION_DRAFTS_BYTES",
    500_000_000,
    "bytes",
    "Size of all drafts and saved models that are kept; the oldest drafts are removed once an hour",
)
WORKERS = OwnerLimit("FUSION_WORKERS", 1, "runs", "Runs that are trained at a time on this machine")
BUILDERS = OwnerLimit(
    "FUSION_BUILDERS", None, "build workers", "Processes that build models; by default one a core"
)
PACE = OwnerLimit(
    "FUSION_PACE",
    0,
    "percent",
    "Speed of this machine in percent, which a first run's proposed size follows: at 50, an epoch "
    "takes twice as long as at 100. 0 measures it at the start",
    least=0,
)
LIMITS = tuple(value for value in globals().values() if isinstance(value, OwnerLimit))
"""All limits."""
