"""Stored races in a session: their plans, present results, and start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.app.parts.editor.background import Background
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.plan import OutcomeSource, RacePlan, look_up, plan_race
from components.experiments.races.setup import Race
from components.experiments.training.events import Outcome

REMEMBERED = 6
"""Number of evaluated races that a session keeps."""

plans: Background[Race, RacePlan] = Background(plan_race, "plans")
"""Plans of races, made in the background: fitting widths for matched parameters takes time."""


@dataclass(frozen=True)
class EvaluatedRace:
    """A race with the outcomes of its runs, and its result."""

    plan: RacePlan
    outcomes: Mapping[str, Outcome]
    result: RaceResult


def evaluated(
    plan: RacePlan, source: OutcomeSource, known: dict[str, EvaluatedRace]
) -> EvaluatedRace:
    """Return a race with its present result.

    `known` keeps the latest races: finished runs are not read again, and a race is evaluated again
    only after an outcome has changed.
    """
    digest = plan.race.digest
    before = known.pop(digest, None)
    outcomes = look_up(plan.digests, source, before.outcomes if before else {})
    if before is None or outcomes != before.outcomes:
        before = EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))
    known[digest] = before
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
    return before
