"""Small races, and stand-ins for what trains and keeps runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from components.model.spec import Architecture, parse
from components.race.entries import parse_entries
from components.race.evaluation import evaluate
from components.race.outcomes import Outcome
from components.race.plan import plan_race
from components.race.result import RaceResult
from components.race.setup import Race
from components.training.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    HeadReport,
    Report,
    RunResult,
    Started,
    Status,
    Stopped,
)
from components.training.requests import RunRequest, Settings
from sample_data.sources import parse as parse_data

Reached = Callable[[str, str, int], float | None]
"""What a strategy reaches, by its kind, the relation and the seed; `None` fails."""


def two_vectors(kind: str = "concatenate", units: int = 4, **parts: object) -> Architecture:
    """Two vectors, a dense layer each, one merge, and a binary head `y`."""
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
    merges: str = "add,multiply", data: str = "xor", seeds: int = 3, **more: object
) -> Race:
    """Strategies on some relations, two epochs a run."""
    parts: dict[str, object] = {
        "architecture": two_vectors(),
        "entries": parse_entries(merges),
        "data": tuple(parse_data(name) for name in data.split("|")),
        "settings": Settings(epochs=2),
        "seeds": seeds,
    }
    return Race(**{**parts, **more})


def events(value: float | None, epochs: int = 2) -> list[Event]:
    """What a run tells that reaches a value, in equal steps from a half of it."""
    if value is None:
        return [Failed(message="It must not fail. Received `a fault`. Try again.")]
    logs = [value * (0.5 + 0.5 * epoch / epochs) for epoch in range(1, epochs + 1)]
    told: list[Event] = [Started(epochs=epochs, estimated_bytes=1, parameters=9, samples=1500)]
    told += [
        Epoch(epoch=place, logs={"loss": 1.0, "val_y/accuracy": v}, seconds=0.1)
        for place, v in enumerate(logs, 1)
    ]
    told.append(report(value))
    return [*told, Finished(seconds=1.0)]


def report(value: float, name: str = "accuracy") -> Report:
    """What is known of a run that reached a value at the end."""
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
    """A run that has ended at a value, or failed."""
    told = events(value)
    end = told[-1]
    assert isinstance(end, Finished | Failed)
    history = tuple(event for event in told if isinstance(event, Epoch))
    reports = [event for event in told if isinstance(event, Report)]
    return Outcome(end.kind, history, reports[0] if reports else None, end.message, "r")


def stood(race: Race, reached: Reached, seeds: Sequence[int] | None = None) -> RaceResult:
    """The result of a race whose runs reached those values; of some seeds alone if given."""
    plan = plan_race(race)
    outcomes = {
        cell.digest: outcome(reached(cell.entry.kind, cell.data.relation.kind, cell.seed))  # type: ignore[union-attr]
        for cell in plan.runs
        if seeds is None or cell.seed in seeds
    }
    return evaluate(plan, outcomes)


@dataclass(frozen=True)
class KeptRun:
    """A run in memory."""

    id: str
    status: Status
    message: str
    digest: str
    sweep: str


@dataclass
class Memory:
    """A store in memory."""

    runs: dict[str, KeptRun] = field(default_factory=dict)
    told: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    """How many runs each look-up was for."""

    @property
    def services(self) -> Memory:
        return self

    def register(self, service: str) -> None:
        self.alive.add(service)

    def unregister(self, service: str) -> None:
        self.alive.remove(service)

    def create(self, request: RunRequest, *, service: str, sweep: str) -> str:
        assert service in self.alive or not service
        id = f"run{len(self.runs)}"
        self.runs[id] = KeptRun(id, "queued", "", request.digest, sweep)
        return id

    def append(self, run_id: str, *events: Event) -> None:
        last = events[-1]
        assert isinstance(last, Finished)
        run = self.runs[run_id]
        self.runs[run_id] = KeptRun(run.id, last.kind, last.message, run.digest, run.sweep)
        self.told[run_id] = events

    def latest(self, digests: Sequence[str]) -> Mapping[str, KeptRun]:
        self.asked.append(len(digests))
        return {run.digest: run for run in self.runs.values() if run.digest in digests}

    def histories(self, run_ids: Sequence[str]) -> Mapping[str, tuple[Epoch, ...]]:
        return {id: tuple(e for e in self.told[id] if isinstance(e, Epoch)) for id in run_ids}

    def reports(self, run_ids: Sequence[str]) -> Mapping[str, Report]:
        told = {id: [e for e in self.told[id] if isinstance(e, Report)] for id in run_ids}
        return {id: found[0] for id, found in told.items() if found}


@dataclass
class FakeTrainer:
    """Tells of runs that reach given values, without training."""

    reached: Reached
    trained: list[str] = field(default_factory=list)
    """Digests of what was begun, in order."""
    behind: Callable[[int], None] = lambda count: None
    """Called behind each run with the number of those begun."""

    def __call__(
        self,
        groups: Sequence[Sequence[RunRequest]],
        report: Callable[[str, Event], None],
        should_stop: Callable[[], bool] = lambda: False,
        workers: int | None = None,
    ) -> dict[str, RunResult]:
        for request in (request for group in groups for request in group):
            if should_stop():
                report(request.digest, Stopped(seconds=0, message="Stopped before it started."))
                continue
            self.trained.append(request.digest)
            merge, data = request.architecture.merges[-1], request.data
            value = self.reached(merge.kind, data.relation.kind, request.settings.seed)  # type: ignore[attr-defined,union-attr]
            for event in events(value):
                report(request.digest, event)
            self.behind(len(self.trained))
        return {}


def by_kind(**values: float) -> Reached:
    """Strategies at those values, a little apart by seed."""
    return lambda kind, relation, seed: values[kind] + 0.001 * seed
