"""The state of one session's Compare page: what is to race, what is looked at, what was bet."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.core.errors import DataError, RunError, SpecError
from components.model.spec import Architecture
from components.race.candidates import Candidate, eligible
from components.race.entries import parse_entry
from components.race.evaluation import RaceResult, evaluate
from components.race.outcomes import Lookups, Outcome, look_up
from components.race.plan import Race, race
from components.race.robustness import Dial
from components.race.text import Bet
from components.training.requests import Settings
from components.ui.compare.background import Background
from components.ui.kit.train_state import TrainState
from sample_data.relations import RELATIONS
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

MLP = "concatenate:then=dense"
"""Concatenation with a dense layer behind it, the usual early fusion."""
FIRST = ("late_sum", "add", "concatenate", MLP, "multiply", "bilinear")
"""What races at first: what only adds, what can learn products, and products themselves."""
SEEDS = 5
KEPT = 6
"""Races whose runs a session remembers."""


@dataclass
class EtaEstimator:
    """How fast runs of a race end, from what this session has seen of it."""

    of: str = ""
    _begun: float = 0.0
    _done: int = 0

    def left(self, of: str, done: int, total: int, now: float | None = None) -> float | None:
        """Seconds that the rest will take; nothing before a run has ended. `of` names the race
        and its state: time is counted anew for another."""
        now = time.monotonic() if now is None else now
        if self.of != of:
            self.of, self._begun, self._done = of, now, done
        ended = done - self._done
        return (now - self._begun) / ended * (total - done) if ended > 0 else None


@dataclass(frozen=True)
class EvaluatedRace:
    """What is known of a race's runs, and how it stands with that."""

    outcomes: Mapping[str, Outcome]
    result: RaceResult


@dataclass
class CompareState:
    """What the widgets show, and which race is looked at."""

    chosen: tuple[str, ...] = FIRST
    """Entries as text. Those that do not fit the model are left out while it is this one."""
    relations: tuple[str, ...] | None = None
    """Kinds of relations; that of the Train page before any is chosen here."""
    dials_of: str = ""
    merge: str = ""
    head: str = ""
    seeds: int = SEEDS
    matched: bool = False
    bet_on: str = ""
    """The entry that is bet on; empty for no bet."""
    margin: float = 10.0
    shown: str | None = None
    """The race that is looked at, by its id in the store."""
    looked: bool = False
    """Whether a race to show has been looked for."""
    error: str | None = None
    data: str = ""
    picked: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    """The two entries whose difference is looked at."""
    dial: Dial | None = None
    """What robustness is looked at along."""
    aside: str = ""
    """A robustness race that this session has begun, by its id in the store."""
    leaves_for: str = ""
    """The file of another page that is to be opened."""
    ready: bool = False
    """Whether the browser is ready for it."""
    seen: dict[str, EvaluatedRace] = field(default_factory=dict)
    """What is known of races, by their digest."""
    pace: EtaEstimator = field(default_factory=EtaEstimator)

    @property
    def bet(self) -> Bet | None:
        """The bet, where there is one."""
        return Bet(self.bet_on, self.margin) if self.bet_on else None

    def kinds(self, train: TrainState) -> tuple[str, ...]:
        """The relations that are raced on."""
        return (train.relation,) if self.relations is None else self.relations

    def look(self, race: Race, store: Lookups) -> EvaluatedRace:
        """How a race stands now; little is read of what was known before."""
        before = self.seen.get(race.digest)
        outcomes = look_up(race, store, before.outcomes if before else {})
        if before is None or outcomes != before.outcomes:
            before = EvaluatedRace(outcomes, evaluate(race, outcomes))
            self.seen.pop(race.digest, None)
            self.seen[race.digest] = before
            while len(self.seen) > KEPT:
                del self.seen[next(iter(self.seen))]
        return before

    def show(self, sweep: str | None) -> None:
        """Look at a race, or at none; also in the address."""
        self.shown, self.error, self.data, self.picked = sweep, None, "", ""
        if sweep:
            st.query_params["race"] = sweep
        elif "race" in st.query_params:
            del st.query_params["race"]


def of_session() -> CompareState:
    """This session's contest."""
    found: CompareState | None = st.session_state.get("contest")
    if found is None:
        found = st.session_state["contest"] = CompareState()
    return found


def _tried(asked: tuple[Architecture, str]) -> dict[str, Candidate]:
    return eligible(asked[0], merge=asked[1])


candidates: Background[tuple[Architecture, str], dict[str, Candidate]] = Background(
    _tried, "candidates"
)
"""Every strategy in place of a merge, by architecture and the merge's name."""
cells: Background[Race, tuple[str, ...]] = Background(
    lambda found: tuple(dict.fromkeys(cell.digest for cell in found.cells())), "cells"
)
"""The digests of a race's runs; where parameters are matched that takes a while."""


def title_of(text: str) -> str:
    """What an entry is called."""
    try:
        return parse_entry(text).title
    except SpecError:
        return text


def dials(train: TrainState, kind: str) -> dict[str, Any]:
    """The dials of a relation as this session has set them."""
    if kind not in train.dials:
        train.dials[kind] = RELATIONS[kind]().model_dump(exclude={"kind"})
    return train.dials[kind]


def data_of(
    contest: CompareState, train: TrainState, architecture: Architecture
) -> tuple[Data, ...]:
    """The data of the race. Raises `DataError` where there is none for the model.

    Seeds of relations count from 0, so that equal races are taken from the store.
    """
    if train.source != "relation":
        return (train.spec(architecture),)
    sized = {**train.data, "seed": 0}
    kinds = contest.kinds(train)
    if not kinds:
        raise DataError("A race needs data.", "no relation", "Choose one or more under Data.")
    return tuple(
        DataSpec(relation=RELATIONS[kind](**dials(train, kind)), **sized) for kind in kinds
    )


def race_of(
    contest: CompareState, train: TrainState, architecture: Architecture, entries: Sequence[str]
) -> Race:
    """The race the widgets describe. Raises `SpecError`, `DataError` and `RunError`."""
    if not entries:
        raise RunError(
            "A race takes one strategy or more.", "none", "Choose some under Strategies."
        )
    return race(
        architecture=architecture,
        merge=contest.merge,
        entries=tuple(map(parse_entry, entries)),
        data=data_of(contest, train, architecture),
        settings=Settings(**train.settings),
        seeds=contest.seeds,
        matched=contest.matched,
        head=contest.head,
    )
