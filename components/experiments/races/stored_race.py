"""A race as the store keeps it: its plan with its setup, and the bet on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from components.base.errors import RunError
from components.base.text import plural
from components.experiments.queue.sweeps import Sweep, SweepOrder
from components.experiments.races.kinds import parse_race
from components.experiments.races.plan import RacePlan, run_groups
from components.experiments.races.setup import Race, data_title


@dataclass(frozen=True)
class StoredRace:
    """Plan of a race, the bet on it, and the full race if this is its quick form."""

    plan: RacePlan
    bet: str = ""
    """Entry that its owner bet on."""
    full: Race | None = None
    """Race that can follow a quick one; `None` for any other."""

    @property
    def race(self) -> Race:
        return self.plan.race

    def order(self, name: str = "", refits: str = "", id: str = "") -> SweepOrder:
        """Return the order for the queue: the runs in the order of training."""
        groups = [list(group.values()) for group in run_groups(self.plan)]
        return SweepOrder(groups, self.text(), name or race_name(self.race), refits, id)

    def text(self) -> str:
        """Return one line of JSON, which `read_stored_race` parses."""
        plan = self.plan.model_dump(mode="json", exclude={"race"})
        full = self.full and self.full.json_text()
        return json.dumps(
            {"race": self.race.json_text(), "bet": self.bet, "plan": plan, "full": full}
        )


def race_name(race: Race) -> str:
    """Return the name of a race in the list of races."""
    more = f" and {len(race.data) - 1} more" if len(race.data) > 1 else ""
    fair = ", matched" if race.matched else ""
    seeds = plural(race.seeds, "seed")
    return f"{data_title(race.data[0])}{more}: {race.title} × {seeds}{fair}"


def stored_race_of(sweep: Sweep) -> StoredRace:
    """Return the race of a sweep. Raises `PlaygroundError` if it can't be read here."""
    return read_stored_race(sweep.plan)


@lru_cache(maxsize=64)
def read_stored_race(text: str) -> StoredRace:
    """Read a stored race. Raises `PlaygroundError` if it can't be read here."""
    try:
        parts = json.loads(text)
        race, bet = parse_race(parts["race"]), str(parts["bet"])
        plan = RacePlan(race=race, **parts["plan"])
        return StoredRace(plan, bet, parts["full"] and parse_race(parts["full"]))
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise RunError("This race can't be read here.", error, "Start it again.") from None
