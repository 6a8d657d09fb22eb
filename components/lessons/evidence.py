"""What a learner has done so far: all that checks are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from components.lessons.facts import Facts

SeedScores = Mapping[int, float]
"""What finished runs reached, by seed."""


class LockedBet(BaseModel):
    """A bet that can't be changed any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: str
    late: bool = False
    """Whether the runs that answer it were known already."""


@dataclass(frozen=True)
class Evidence:
    """The present architecture, its runs, and what was answered. Keys are ids of checks."""

    facts: Facts | None = None
    """`None` if the architecture can't be built."""
    problem: str = ""
    """Why it can't be built."""
    answers: Mapping[str, str | float] = field(default_factory=dict)
    bets: Mapping[str, LockedBet] = field(default_factory=dict)
    scores: Mapping[str, SeedScores] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    """The message of a run that failed."""
    earlier: Mapping[str, Facts] = field(default_factory=dict)
    """The kept models that passed checks with `keeps`."""

    def facts_for(self, check: str) -> Facts | None:
        """The facts of the model that a check is judged by: the kept one, else the present one."""
        return self.earlier.get(check, self.facts)
