"""Stored races for a session: their plans, their results so far, and how they are started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.race.evaluation import RaceResult, evaluate
from components.race.plan import OutcomeSource, RacePlan, look_up, plan_race
from components.race.setup import Race
from components.training.events import Outcome
from components.ui.editor.background import Background

REMEMBERED = 6
"""Evaluated races that a session keeps."""

plans: Background[Race, RacePlan] = Background(plan_race, "plans")
"""The plans of races; fitting widths for matched parameters takes a while."""


@dataclass(frozen=True)
class EvaluatedRace:
    """A race with the outcomes of its runs, and its result."""

    plan: RacePlan
    outcomes: Mapping[str, Outcome]
    result: RaceResult


def evaluated(
    plan: RacePlan, source: OutcomeSource, known: dict[str, EvaluatedRace]
) -> EvaluatedRace:
    """A race with its result now. `known` keeps the latest: finished runs are not read again, and
    nothing is evaluated again while no outcome changes."""
    digest = plan.race.digest
    before = known.pop(digest, None)
    outcomes = look_up(plan.digests, source, before.outcomes if before else {})
    if before is None or outcomes != before.outcomes:
        before = EvaluatedRace(plan, outcomes, evaluate(plan, outcomes))
    known[digest] = before
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
    return before
