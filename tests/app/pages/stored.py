"""Runs and races in the store for tests of pages, and races with their results."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from sqlalchemy import update

from components.app.parts.data.stored_race import EvaluatedRace
from components.experiments.queue.run_service import service
from components.experiments.queue.sweeps import SweepOrder, SweepState
from components.experiments.queue.tables import RunRow
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.plan import PlannedRun, plan_race, requests, run_groups
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import StoredRace, race_name
from components.experiments.training.events import Event, Finished, Started
from components.experiments.training.requests import RunRequest
from components.models.drawing.palette import THEMES
from sample_data.loading.sources import parse as parse_data
from tests.app.pages.desk import VISITOR
from tests.experiments.races.support import events, outcome, small_race

STARTED = Started(parameters=1)
ENDED = (STARTED, Finished(seconds=1.0))
ENTRIES = ["multiply", "bilinear", "add"]
LEVELS = {"multiply": 0.97, "bilinear": 0.965, "add": 0.51}
NOISE = {"multiply": (0.0, 0.01, -0.01), "bilinear": (0.01, -0.01, 0.0), "add": (0.0, 0.0, 0.001)}
LIGHT = THEMES["light"]

_samples = itertools.count(60)


def a_run(
    request: RunRequest,
    *history: Event,
    owner: str = VISITOR,
    name: str | None = "mine",
    sweep: str = "",
    model: bytes = b"",
) -> str:
    """Store a run with its events and its model, and return its id."""
    store = service().store
    run = store.create(request, owner, name, service().id, sweep)
    if model:
        store.keep_model(run, model)
    store.append(run, *history)
    return run


def spoil(run: str) -> str:
    """Make a run unreadable for this version."""
    change = update(RunRow).where(RunRow.id == run).values(request_json="{}")
    service().store.database.execute(change)
    return run


def a_sweep(
    race: Race,
    value: Callable[[PlannedRun], float],
    end: SweepState = "finished",
    runs: int | None = None,
    owner: str = VISITOR,
    bet: str = "",
    refits: str = "",
) -> str:
    """Store a race after its finished runs, the first `runs` or all of them.

    Only a running race belongs to the live service, which requests missing runs of its races, and
    pauses races without a service.
    """
    plan, sweeps = plan_race(race), service().store.sweeps
    for run, request in list(zip(plan.runs, requests(race), strict=True))[:runs]:
        a_run(request, *events(value(run)), owner=owner, name=None)
    groups = [list(group.values()) for group in run_groups(plan)]
    living = service().id if end == "running" else ""
    text, name = StoredRace(plan, bet).text(), race_name(race)
    sweep = sweeps.create(SweepOrder(groups, text, name, refits=refits), owner, living)
    if end != "running" and not sweeps.change_state(sweep, end):
        sweeps.change_state(sweep, end, "paused")
    return sweep


# Races of the Compare page and of its charts


def fresh_samples() -> int:
    """Return a number of samples that no other race in the store uses."""
    return next(_samples)


def a_race(*relations: str, seeds: int = 3) -> Race:
    data = tuple(parse_data(kind, samples=fresh_samples()) for kind in relations or ("xor",))
    return small_race(",".join(ENTRIES), data, seeds)


def value_of(run: PlannedRun) -> float:
    return LEVELS[run.entry.kind] + NOISE[run.entry.kind][run.seed % 3]


def finished(race: Race) -> RaceResult:
    return evaluated(race, race.total).result


def evaluated(race: Race, runs: int) -> EvaluatedRace:
    """Return a race of which `runs` runs have finished."""
    plan = plan_race(race)
    outcomes = {run.digest: outcome(value_of(run)) for run in plan.runs[:runs]}
    return EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))
