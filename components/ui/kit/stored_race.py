"""A race as the store keeps it: its setup, its plan, and the bet on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from components.core.errors import RunError
from components.core.text import plural
from components.race.bets import Bet
from components.race.data_names import data_title
from components.race.evaluation import evaluate
from components.race.outcomes import Outcome, OutcomeSource, look_up
from components.race.plan import RacePlan, plan_race, run_groups
from components.race.result import RaceResult
from components.race.setup import Race, parse_race
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.ui.kit.background import Background

LONGEST_NAME = 80
REMEMBERED = 6
"""Evaluated races that a session keeps."""

INSPECTED = "inspected_race"
"""The key in the session of the race whose strategies the Inspect page shows, by its id."""

plans: Background[Race, RacePlan] = Background(plan_race, "plans")
"""The plans of races; fitting widths for matched parameters takes a while."""


@dataclass(frozen=True)
class StoredRace:
    """A race, the bet on it, and its plan; races of earlier versions were stored without one."""

    race: Race
    bet: Bet | None = None
    stored_plan: RacePlan | None = None

    def text(self) -> str:
        """One line of JSON, which `read` parses."""
        bet = asdict(self.bet) if self.bet else None
        parts: dict[str, Any] = {"race": self.race.json_text(), "bet": bet}
        if self.stored_plan is not None:
            parts["plan"] = self.stored_plan.model_dump(mode="json", exclude={"race"})
        return json.dumps(parts)

    @property
    def plan(self) -> RacePlan | None:
        """The plan, which is made in the background if it was not stored; `None` until then."""
        return self.stored_plan or plans.get(self.race)


@dataclass(frozen=True)
class EvaluatedRace:
    """A race with the outcomes of its runs, and its result."""

    plan: RacePlan
    outcomes: Mapping[str, Outcome]
    result: RaceResult


def of(sweep: Sweep) -> StoredRace:
    """The race of a sweep. Raises `PlaygroundError` if it can't be read here."""
    return read(sweep.plan)


@lru_cache(maxsize=64)
def read(text: str) -> StoredRace:
    """A stored race; the JSON of a race alone is one without a bet. Raises as `parse_race`."""
    try:
        parts = json.loads(text)
        if "race" not in parts:
            return StoredRace(parse_race(text))
        race, bet, plan = parse_race(parts["race"]), parts.get("bet"), parts.get("plan")
        return StoredRace(
            race,
            Bet(str(bet["entry"]), float(bet["margin"])) if bet else None,
            RacePlan(race=race, **plan) if plan else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise RunError(
            "This race was saved by a version that can't be read here.",
            error,
            "Start it again, or open it with the version that saved it.",
        ) from None


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


def submit(
    stored: StoredRace,
    plan: RacePlan,
    title: str,
    runs: VisitorRuns,
    refits: str = "",
    inspect: bool = False,
) -> str:
    """Start a race for this browser, of a run if it is one without inputs. Returns its id in the
    store."""
    groups = [list(group.values()) for group in run_groups(plan)]
    return runs.submit_sweep(groups, stored.text(), title[:LONGEST_NAME], refits, inspect)


def name(race: Race) -> str:
    """The name of a race in the list of races."""
    more = f" and {len(race.data) - 1} more" if len(race.data) > 1 else ""
    fair = ", matched" if race.matched else ""
    entries = "without each input" if race.reduces else race.counted(len(race.entries))
    seeds = plural(race.seeds, "seed")
    return f"{data_title(race.data[0])}{more}: {entries} × {seeds}{fair}"[:LONGEST_NAME]
