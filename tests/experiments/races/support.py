"""Small races, and a fake trainer for their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import pytest

from components.experiments.queue.runner import Job, JobEnd, JobListener
from components.experiments.races.entries import parse_entries
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import Race
from components.experiments.training.events import (
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    HeadReport,
    Outcome,
    Report,
    Started,
    Stopped,
)
from components.experiments.training.requests import Settings, parse_request
from components.models.architecture.architecture import Architecture, parse
from sample_data.loading.sources import Data
from sample_data.loading.sources import parse as parse_data

Reached = Callable[[str, str, int], float | None]
"""Function from a strategy's kind, the relation and the seed to the reached value; `None` fails."""


def two_vectors(kind: str = "concatenate", units: int = 4, **parts: object) -> Architecture:
    """Return a model of two vectors with a dense layer each, one merge, and a binary head `y`."""
    encoder = {"kind": "dense", "units": units}
    inputs = [
        {"name": name, "kind": "vector", "features": 8, "encoder": encoder} for name in ("a", "b")
    ]
    data = {
        "name": "tiny",
        "inputs": inputs,
        "merges": [{"name": "m", "kind": kind, "sources": ["a", "b"]}],
        "heads": [{"name": "y", "kind": "binary", "source": "m"}],
    }
    return parse({**data, **parts})


def small_race(
    merges: str = "add,multiply",
    data: str | tuple[Data, ...] = "xor",
    seeds: int = 3,
    **more: object,
) -> Race:
    """Return a race of strategies on one or more relations, with two epochs for each run."""
    if isinstance(data, str):
        data = tuple(parse_data(name) for name in data.split("|"))
    parts: dict[str, object] = {
        "architecture": two_vectors(),
        "entries": parse_entries(merges),
        "data": data,
        "settings": Settings(epochs=2),
        "seeds": seeds,
    }
    return make_race(**{**parts, **more})


def events(value: float | None, epochs: int = 2) -> list[Event]:
    """Return the events of a run that reaches a value in equal steps, starting at half of it."""
    if value is None:
        return [Failed(message="It must not fail (a fault). Try again.")]
    steps = [value * (0.5 + 0.5 * epoch / epochs) for epoch in range(1, epochs + 1)]
    history = [
        Epoch(epoch=number, logs={"loss": 1.0, "val_y/accuracy": step}, seconds=0.1)
        for number, step in enumerate(steps, 1)
    ]
    started = Started(parameters=9)
    return [started, *history, report(value), Finished(seconds=1.0)]


def report(value: float, name: str = "accuracy") -> Report:
    """Return the report of a run that ended at a value."""
    head = HeadReport(target="binary", measures={"loss": 0.5, name: value})
    return Report(
        epoch=2,
        validated=True,
        samples=500,
        trained=1500,
        held=500,
        heads={"y": head},
        seconds=1.0,
        epoch_seconds=0.094,
        memory_bytes=1,
    )


def outcome(value: float | None) -> Outcome:
    """Return the outcome of a run that ended at a value, or failed."""
    *history, end = events(value)
    assert isinstance(end, Finished | Failed)
    epochs = tuple(event for event in history if isinstance(event, Epoch))
    return Outcome(end.kind, epochs, None if value is None else report(value), end.message, "r")


def result_of(race: Race, reached: Reached, seeds: Sequence[int] | None = None) -> RaceResult:
    """Return the result of a race whose runs reached those values, optionally only of some
    seeds.
    """
    plan = plan_race(race)
    outcomes = {
        cell.digest: outcome(reached(cell.entry.kind, cell.data.relation.kind, cell.seed))  # type: ignore[union-attr]
        for cell in plan.runs
        if seeds is None or cell.seed in seeds
    }
    return evaluate(plan, outcomes)


@dataclass
class FakeTrainer:
    """Fake runner whose runs reach given values at once, without training."""

    reached: Reached
    trained: list[str] = field(default_factory=list)
    """Digests of started runs, in order."""
    most: int | None = None
    """Number of runs that end; the others hang until they are stopped."""
    hanging: dict[str, JobEnd] = field(default_factory=dict)
    """Ends of jobs that hang until they are stopped, by their keys."""

    def __call__(self, slots: int, listener: JobListener, host: object) -> Self:
        """Act as the constructor of `LocalRunner`."""
        self.listener = listener
        return self

    def count_slots(self) -> int:
        return 1

    def has_ended(self) -> bool:
        return False

    def submit(self, job: Job) -> None:
        ends = list[End]()
        for run_id, text in job.runs.items():
            request = parse_request(text)
            merge, data, seed = request.architecture.merges[-1], request.data, request.settings.seed
            value = self.reached(merge.kind, data.relation.kind, seed)  # type: ignore[attr-defined,union-attr]
            self.trained.append(request.digest)
            reported = events(value)
            self.listener.on_events([(run_id, event) for event in reported])
            ends += [event for event in reported if isinstance(event, End)]
            if len(self.trained) == self.most:
                ends += [Stopped(seconds=0)] * (len(job.runs) - len(ends))
                self.hanging[job.key] = JobEnd([(end, b"") for end in ends])
                return
        self.listener.on_end(job.key, JobEnd([(end, b"") for end in ends]))

    def stop(self, key: str) -> None:
        if end := self.hanging.pop(key, None):
            self.listener.on_end(key, end)

    def interrupt(self, key: str) -> None:
        """Do nothing, as no run is in progress."""

    def close(self) -> None:
        """Do nothing, as no process is open."""


def trains(patch: pytest.MonkeyPatch, trainer: FakeTrainer) -> FakeTrainer:
    """Make a command train with a fake trainer, without a host of children."""
    patch.setattr("components.experiments.queue.without_server.LocalRunner", trainer)
    patch.setattr("components.experiments.queue.without_server.server_host", lambda: None)
    return trainer


def by_kind(**values: float) -> Reached:
    """Return a function to the values of the strategies, which differ slightly by seed."""
    return lambda kind, relation, seed: values[kind] + 0.001 * seed
