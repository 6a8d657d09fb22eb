"""A race as it is kept in the store: with the bet that was made on it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache

from components.core.errors import RunError
from components.race.plan import Race, parse_race, title_of
from components.race.text import Bet
from components.training.sweeps import Sweep

NAME = 80
"""Letters of a race's name."""


@dataclass(frozen=True)
class StoredRace:
    """A race and the bet on it, if there was one."""

    race: Race
    bet: Bet | None = None

    def text(self) -> str:
        """One line of JSON, which `read` takes."""
        bet = asdict(self.bet) if self.bet else None
        return json.dumps({"race": self.race.json_text(), "bet": bet})


def of(sweep: Sweep) -> StoredRace:
    """The race of a sweep. Raises `RunError` or another of ours where it cannot be read here."""
    return read(sweep.plan)


@lru_cache(maxsize=64)
def read(text: str) -> StoredRace:
    """A stored race; a race alone is one without a bet. Raises what `parse_race` raises."""
    try:
        parts = json.loads(text)
        if "race" not in parts:
            return StoredRace(parse_race(text))
        found = parts.get("bet")
        bet = Bet(str(found["entry"]), float(found["margin"])) if found else None
        return StoredRace(parse_race(parts["race"]), bet)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            "A race in the store can be read here.",
            error,
            "Start it anew, or use the version it was made with.",
        ) from None


def name(race: Race) -> str:
    """What a race is called in the list of races."""
    more = f" and {len(race.data) - 1} more" if len(race.data) > 1 else ""
    fair = ", matched" if race.matched else ""
    count = len(race.entries)
    noun = "strategy" if count == 1 else "strategies"
    seeds = f"{race.seeds} seed{'' if race.seeds == 1 else 's'}"
    return f"{title_of(race.data[0])}{more}: {count} {noun} × {seeds}{fair}"[:NAME]
