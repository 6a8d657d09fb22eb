"""Limits for the size of one run, and for the number of runs that wait and train."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from components.base import limits
from components.base.errors import RunError
from components.base.text import byte_size
from components.experiments.training.requests import Optimizer, RunRequest
from components.models.analysis.model_view import built_view
from components.models.architecture.costs import FLOAT_BYTES
from sample_data.loading.sources import nbytes_of

OPTIMIZER_SLOTS: dict[Optimizer, int] = {
    "adam": 2,
    "adamw": 2,
    "sgd": 0,
    "momentum": 1,
    "rmsprop": 1,
}
"""Number of values that an optimizer keeps for each weight."""
PROCESS_BYTES = 700_000_000
"""Memory of a child process without weights: TensorFlow, Keras and a compiled epoch."""
MEMORY_SHARE = 0.6
"""Share of the available memory that a run may use if no limit is set."""


def _memory_limit() -> int:
    return limits.MEMORY.value(int(MEMORY_SHARE * _available_memory()))


def _available_memory() -> int:
    available = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        free = int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
        return max(0, min(available, free))
    return available


@dataclass(frozen=True)
class Limits:
    """Limits for one run, set by the owner of the server. Raises `RunError` if one is not valid.

    `memory` is in bytes, by default 60 % of the memory that the machine and the container have free
    now. `seconds` count from the start of the run.
    """

    memory: int = field(default_factory=_memory_limit)
    seconds: float = field(default_factory=limits.SECONDS.value)
    epochs: int = field(default_factory=limits.EPOCHS.value)
    samples: int = field(default_factory=limits.SAMPLES.value)
    parameters: int = field(default_factory=limits.PARAMETERS.value)


@dataclass(frozen=True)
class QueueLimits:
    """Limits for single runs: waiting, and in training for one person. Raises as `Limits`.

    Sweeps are not counted: they yield to single runs, and take turns.
    """

    waiting: int = field(default_factory=limits.RUNS_WAITING.value)
    """Maximum number of waiting runs, of all people."""
    waiting_each: int = 10
    """Maximum number of waiting runs of one person."""
    running_each: int = 4
    """Maximum number of one person's runs that are trained at a time."""

    @property
    def waiting_sender(self) -> int:
        """Maximum number of waiting runs from one network address.

        It is too high for a class to reach, and leaves room for other people.
        """
        return max(1, self.waiting * 3 // 4)


def estimate_memory(request: RunRequest) -> int:
    """Return the expected peak memory of the run's process, in bytes.

    It adds up: weights, gradients, optimizer slots, and copies of the last epoch and of the best
    one; the data as arrays and as tensors; activations of a batch, their gradients and temporary
    values; and the process itself. Raises `SpecError` if the architecture can't be built, and
    `DataError` if a data file is missing.
    """
    total, settings = built_view(request.architecture).costs.total, request.settings
    copies = 3 + OPTIMIZER_SLOTS[settings.optimizer] + 2 * settings.restore_best
    weights = total.parameters * FLOAT_BYTES * copies
    activations = 3 * total.activation_bytes * settings.batch_size
    data = 2 * nbytes_of(request.data_architecture, request.data)
    return weights + activations + data + PROCESS_BYTES


def check_limits(request: RunRequest, allowed: Limits | None = None) -> None:
    """Raise `RunError` if the run would exceed a limit."""
    allowed = allowed or Limits()
    _require(limits.EPOCHS, request.settings.epochs, allowed.epochs, "Choose fewer epochs")
    samples = 0 if isinstance(request.data, str) else request.data.samples or 0
    _require(limits.SAMPLES, samples, allowed.samples, "Choose fewer samples")
    needed = estimate_memory(request)
    if needed > allowed.memory:
        raise RunError(
            f"This run needs {byte_size(needed)} of memory, and a run may take "
            f"{byte_size(allowed.memory)} here.",
            byte_size(needed),
            "Make layers narrower, choose a smaller batch or fewer samples, or train on a machine "
            "with more memory: FUSION_MEMORY_LIMIT sets the limit.",
        )
    parameters = built_view(request.architecture).costs.total.parameters
    fix = "Make layers narrower"
    _require(limits.PARAMETERS, parameters, allowed.parameters, fix)


def _require(limit: limits.OwnerLimit, received: int, most: int, fix: str) -> None:
    if received > most:
        raise RunError(
            f"This run has {received:,} {limit.unit}, and a run may have {most:,} here.",
            f"{received:,}",
            f"{fix}, or ask the server's owner: {limit.variable} sets the limit.",
        )
