"""The state of the Compare page in one session: the setup, the shown race, the bet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from components.core.errors import DataError, RunError, SpecError
from components.model.spec import Architecture
from components.race.bets import Bet
from components.race.candidates import Candidate, eligible
from components.race.entries import parse_entry
from components.race.robustness import Factor
from components.race.setup import Race, make_race
from components.training.requests import Settings
from components.ui.kit.background import Background
from components.ui.kit.stored_race import EvaluatedRace
from components.ui.kit.train_state import TrainState
from sample_data.relations import RELATIONS
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

MLP = "concatenate:then=dense"
"""Concatenation followed by a dense layer, the usual early fusion."""
FIRST = ("late_sum", "add", "concatenate", MLP, "multiply", "bilinear")
"""The first choice: additive strategies, one that can learn products, and products themselves."""
SEEDS = 5


@dataclass
class EtaEstimator:
    """Estimates the time left of a race from the runs that ended in this session."""

    _key: str = ""
    _start: float = 0.0
    _done: int = 0

    def seconds_left(
        self, key: str, done: int, total: int, now: float | None = None
    ) -> float | None:
        """The seconds that the other runs need; `None` until a run has ended. `key` names the race
        and its state: the count starts again for another."""
        now = time.monotonic() if now is None else now
        if self._key != key:
            self._key, self._start, self._done = key, now, done
        ended = done - self._done
        return (now - self._start) / ended * (total - done) if ended > 0 else None


@dataclass
class CompareState:
    """The values of the widgets, and the race that is shown."""

    chosen: tuple[str, ...] = FIRST
    """Entries as text. Those that don't fit the current model are left out of the race."""
    relations: tuple[str, ...] | None = None
    """Kinds of relations; `None` means the one of the Train page."""
    settings_of: str = ""
    merge: str = ""
    head: str = ""
    seeds: int = SEEDS
    matched: bool = False
    inspect: bool = False
    """Whether each model is inspected after its training."""
    bet_on: str = ""
    """The entry of the bet; empty without a bet."""
    margin: float = 10.0
    shown: str | None = None
    """The shown race, by its id in the store."""
    link: str = ""
    """The token of the link whose setup was opened."""
    searched: bool = False
    """Whether the page has looked for a race to show."""
    address: str = ""
    """The race in the address when the page looked, by its id."""
    error: str | None = None
    data: str = ""
    picked: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    """The two entries of the Difference view."""
    factor: Factor | None = None
    """The setting that the Robustness view varies."""
    robustness_race: str = ""
    """A robustness race that this session has started, by its id in the store."""
    next_page: str = ""
    """The file of another page that is about to open."""
    ready: bool = False
    """Whether the browser is ready for it."""
    evaluated: dict[str, EvaluatedRace] = field(default_factory=dict)
    """The latest evaluated races, by their digest."""
    eta: EtaEstimator = field(default_factory=EtaEstimator)

    @property
    def bet(self) -> Bet | None:
        """The bet; `None` without one."""
        return Bet(self.bet_on, self.margin) if self.bet_on else None

    def kinds(self, train: TrainState) -> tuple[str, ...]:
        """The relations of the race."""
        return (train.relation,) if self.relations is None else self.relations

    def show(self, sweep: str | None) -> None:
        """Show a race, or none, and put it into the address."""
        self.shown, self.error, self.data, self.picked = sweep, None, "", ""
        if sweep:
            st.query_params["race"] = sweep
        elif "race" in st.query_params:
            del st.query_params["race"]


def of_session() -> CompareState:
    """The state of this session."""
    state: CompareState = st.session_state.setdefault("compare", CompareState())
    return state


def _eligible(key: tuple[Architecture, str]) -> dict[str, Candidate]:
    return eligible(key[0], merge=key[1])


candidates: Background[tuple[Architecture, str], dict[str, Candidate]] = Background(
    _eligible, "candidates"
)
"""Every strategy in place of a merge, by architecture and the name of the merge."""


def title_of(text: str) -> str:
    """The title of an entry."""
    try:
        return parse_entry(text).title
    except SpecError:
        return text


def data_of(
    session: CompareState, train: TrainState, architecture: Architecture
) -> tuple[Data, ...]:
    """The datasets of the race. Raises `DataError` if none fits the model.

    The seeds of relations start at 0, so that finished runs of equal races are reused.
    """
    if train.source != "relation":
        return (train.spec(architecture),)
    sized = {**train.data, "seed": 0}
    kinds = session.kinds(train)
    if not kinds:
        raise DataError("A race needs a dataset.", "no relation", "Choose one under Data.")
    return tuple(
        DataSpec(relation=RELATIONS[kind](**train.relation_settings(kind)), **sized)
        for kind in kinds
    )


def race_of(
    session: CompareState, train: TrainState, architecture: Architecture, entries: Sequence[str]
) -> Race:
    """The race that the widgets describe. Raises `SpecError`, `DataError` and `RunError`."""
    if not entries:
        raise RunError(
            "A race needs at least one strategy.", "none", "Choose some under Strategies."
        )
    return make_race(
        architecture=architecture,
        merge=session.merge,
        entries=tuple(map(parse_entry, entries)),
        data=data_of(session, train, architecture),
        settings=Settings(**train.settings),
        seeds=session.seeds,
        matched=session.matched,
        head=session.head,
    )
