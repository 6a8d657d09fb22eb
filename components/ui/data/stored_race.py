"""A race as the store keeps it: its plan, which holds its setup, and the bet on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from components.core.errors import RunError
from components.core.text import plural
from components.race.evaluation import RaceResult, evaluate
from components.race.plan import Outcome, OutcomeSource, RacePlan, look_up, plan_race, run_groups
from components.race.setup import Race, data_title, parse_race
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.ui.editor.background import Background

LONGEST_NAME = 80
REMEMBERED = 6
"""Evaluated races that a session keeps."""

INSPECTED = "inspected_race"
"""The key in the session of the race whose strategies the Inspect page shows, by its id."""

plans: Background[Race, RacePlan] = Background(plan_race, "plans")
"""The plans of races; fitting widths for matched parameters takes a while."""


@dataclass(frozen=True)
class StoredRace:
    """The plan of a race, and the bet on it."""

    plan: RacePlan
    bet: str = ""
    """The entry that its owner bet on."""

    @property
    def race(self) -> Race:
        """The race itself."""
        return self.plan.race

    def text(self) -> str:
        """One line of JSON, which `read` parses."""
        plan = self.plan.model_dump(mode="json", exclude={"race"})
        return json.dumps({"race": self.race.json_text(), "bet": self.bet, "plan": plan})


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
    """A stored race. Raises `PlaygroundError` if it can't be read here."""
    try:
        parts = json.loads(text)
        race, bet = parse_race(parts["race"]), str(parts["bet"])
        plan = RacePlan(race=race, **parts["plan"])
        return StoredRace(plan, bet)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise RunError("This race can't be read here.", error, "Start it again.") from None


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
    stored: StoredRace, title: str, runs: VisitorRuns, refits: str = "", inspect: bool = False
) -> str:
    """Start a race for this browser, of a run if it is one without inputs. Returns its id in the
    store."""
    groups = [list(group.values()) for group in run_groups(stored.plan)]
    return runs.submit_sweep(groups, stored.text(), title[:LONGEST_NAME], refits, inspect)


def name(race: Race) -> str:
    """The name of a race in the list of races."""
    more = f" and {len(race.data) - 1} more" if len(race.data) > 1 else ""
    fair = ", matched" if race.matched else ""
    entries = "without each input" if race.reduces else race.counted(len(race.entries))
    seeds = plural(race.seeds, "seed")
    return f"{data_title(race.data[0])}{more}: {entries} × {seeds}{fair}"[:LONGEST_NAME]
