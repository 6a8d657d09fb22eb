"""What the queue needs of a runner, which trains jobs here or elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from components.core.errors import PlaygroundError
from components.training.limits import Limits

EventTexts = Sequence[tuple[str, str]]
"""Events: the run's id, and the event's JSON text."""


def new_key() -> str:
    """A key that no other job has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class Job:
    """One piece of work for a runner: a single run, or the runs of a sweep's group."""

    runs: Mapping[str, str]
    """JSON texts of the requests, by the run's id."""
    owner: str
    limits: Limits
    sweep: str = ""
    """The sweep they belong to, or empty for a single run."""
    model_bytes: int = 0
    """The largest model file to keep; 0 keeps none."""
    inspects: str = ""
    """The run whose trained model the only run of this job inspects, or empty if it trains."""
    weights: bytes = field(default=b"", repr=False)
    """The trained weights to inspect, as a `.weights.h5` file. Without them the run is trained
    again first."""
    key: str = field(default_factory=new_key)


@dataclass(frozen=True)
class JobEnd:
    """How a job ended. An interrupted job has results of its first runs only."""

    results: Sequence[tuple[str, bytes]] = ()
    """The end event of each run as JSON, and its model file, which is empty if there is none."""
    error: PlaygroundError | None = None
    """Why the runs without a result failed."""
    lost: bool = False
    """Whether the worker that had the job is gone."""


class JobListener(Protocol):
    """Receives what a runner reports, in any thread."""

    def on_events(self, texts: EventTexts) -> None:
        """Receive events of some runs, in their order."""

    def on_end(self, key: str, end: JobEnd) -> None:
        """Receive the end of a job, after all its events."""


class Runner(Protocol):
    """Trains jobs at the same time, as many as it has slots."""

    address: str
    """The address of its cluster, or empty if it trains in children of this process."""

    def count_slots(self) -> int:
        """How many jobs it trains at a time, 1 or more."""

    def has_ended(self) -> bool:
        """Whether it is of no more use. Its jobs are lost then."""

    def submit(self, job: Job) -> None:
        """Start a job; it ends with one call of `JobListener.on_end`."""

    def stop(self, key: str) -> None:
        """Stop a job within two seconds, or before it starts."""

    def interrupt(self, key: str) -> None:
        """End a job after its current run."""

    def close(self) -> None:
        """Stop all jobs and end all processes started here."""


Launch = Callable[[JobListener], Runner]
"""Starts a runner. Raises `RunError` if it can't."""
