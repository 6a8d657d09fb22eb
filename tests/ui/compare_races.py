"""Races that the tests of the Compare page and of its charts show."""

from __future__ import annotations

import itertools

from components.race.evaluation import RaceResult, evaluate
from components.race.plan import PlannedRun, plan_race
from components.race.setup import Race
from components.render.palette import THEMES
from components.ui.data.stored_race import EvaluatedRace
from sample_data.sources import parse as parse_data
from tests.race.support import outcome, small_race

ENTRIES = ["multiply", "bilinear", "add"]
LEVELS = {"multiply": 0.97, "bilinear": 0.965, "add": 0.51}
NOISE = {"multiply": (0.0, 0.01, -0.01), "bilinear": (0.01, -0.01, 0.0), "add": (0.0, 0.0, 0.001)}
LIGHT = THEMES["light"]

_samples = itertools.count(60)


def fresh_samples() -> int:
    """A number of samples of which no other race is known to the store."""
    return next(_samples)


def a_race(*relations: str, seeds: int = 3) -> Race:
    data = tuple(parse_data(kind, samples=fresh_samples()) for kind in relations or ("xor",))
    return small_race(",".join(ENTRIES), data, seeds)


def value_of(run: PlannedRun) -> float:
    return LEVELS[run.entry.kind] + NOISE[run.entry.kind][run.seed % 3]


def finished(race: Race) -> RaceResult:
    return evaluated(race, race.total).result


def evaluated(race: Race, runs: int) -> EvaluatedRace:
    """A race of which so many runs have finished."""
    plan = plan_race(race)
    outcomes = {run.digest: outcome(value_of(run)) for run in plan.runs[:runs]}
    return EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))
