"""The state of the Compare page in one session, and the race that it shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import streamlit as st

from components.core.errors import DataError, RunError, SpecError
from components.core.pages import page_file
from components.model.spec import Architecture
from components.race.entries import FIRST, MLP, parse_entry
from components.race.evaluation import DatasetResult, RaceResult
from components.race.fitted import Fitted, eligible, fitted
from components.race.robustness import Factor
from components.race.setup import Race, make_race
from components.race.statistics import SEEDS
from components.race.stored_race import StoredRace
from components.render.palette import Theme
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Outcome
from components.training.requests import Settings, settings_for
from components.ui.data.stored_race import EvaluatedRace
from components.ui.editor import train_state
from components.ui.editor.background import Background
from components.ui.editor.model_editor import ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.widgets.clickable import GO, clickable
from sample_data.relations import RELATIONS
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

StateName = Literal["not started", "waiting", "running", "paused", "stopped", "finished", "failed"]


class RaceState(NamedTuple):
    """How a state is shown."""

    icon: str
    color: str


STATES: dict[StateName, RaceState] = {
    "not started": RaceState("radio_button_unchecked", "gray"),
    "waiting": RaceState("hourglass_empty", "blue"),
    "running": RaceState("play_circle", "violet"),
    "paused": RaceState("pause_circle", "orange"),
    "stopped": RaceState("stop_circle", "yellow"),
    "finished": RaceState("check_circle", "green"),
    "failed": RaceState("error", "red"),
}
"""The states of a race, each with an icon and a colour of its own."""


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


class OtherModel(NamedTuple):
    """A model beside the draft that a race is set up for, with data and settings of its own."""

    editor: ModelEditor
    train: TrainState


@dataclass
class PageError:
    """The error of what the address asks for, or a button beside a race; that of *Start race* is
    shown below it, in the sidebar."""

    error: str | None = None


@dataclass
class CompareState:
    """The values of the widgets, and the race that is shown."""

    chosen: tuple[str, ...] = FIRST
    """Entries as text. Those that don't fit the current model are left out of the race."""
    relations: tuple[str, ...] | None = None
    """Kinds of relations; `None` means the one of the Train page."""
    settings_of: str = ""
    other: OtherModel | None = None
    """The model of the race; `None` means the draft's."""
    merge: str = ""
    head: str = ""
    seeds: int = SEEDS
    matched: bool = False
    inspect: bool = False
    """Whether each model is inspected after its training."""
    bet: str = ""
    """The entry that was bet on; empty without a bet."""
    shown: str | None = None
    """The shown race, by its id in the store."""
    link: str = ""
    """The token of the link whose setup was opened."""
    searched: bool = False
    """Whether the page has looked for a race to show."""
    in_page: PageError = field(default_factory=PageError)
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
    """The label of another page that is about to open."""
    ready: bool = False
    """Whether the browser is ready for it."""
    evaluated: dict[str, EvaluatedRace] = field(default_factory=dict)
    """The latest evaluated races, by their digest."""
    eta: EtaEstimator = field(default_factory=EtaEstimator)

    def kinds(self, train: TrainState) -> tuple[str, ...]:
        """The relations of the race."""
        return (train.relation,) if self.relations is None else self.relations

    def show(self, sweep: str | None) -> None:
        """Show a race, or none, and put it into the address."""
        self.shown, self.error, self.data, self.picked, self.bet = sweep, None, "", "", ""
        self.in_page.error = None
        if sweep:
            st.query_params["race"] = sweep
        elif "race" in st.query_params:
            del st.query_params["race"]


@dataclass(frozen=True)
class ShownRace:
    """A race with its result now, and who looks at it."""

    sweep: Sweep
    stored: StoredRace
    evaluated: EvaluatedRace
    editor: ModelEditor
    session: CompareState
    runs: VisitorRuns
    theme: Theme

    @property
    def race(self) -> Race:
        """Its setup."""
        return self.stored.race

    @property
    def result(self) -> RaceResult:
        """Its result now."""
        return self.evaluated.result

    @property
    def table(self) -> DatasetResult:
        """The results on the chosen dataset, or on the first."""
        tables = self.result.tables
        return next((table for table in tables if table.data == self.session.data), tables[0])

    @property
    def mine(self) -> bool:
        """Whether it belongs to this visitor."""
        return self.runs.owns(self.sweep)


def of_session() -> CompareState:
    """The state of this session."""
    state: CompareState = st.session_state.setdefault("compare", CompareState())
    return state


def _eligible(key: tuple[Architecture, str]) -> dict[str, Fitted]:
    architecture, merge = key
    return eligible(*key) | {MLP: fitted(architecture, parse_entry(MLP), merge)}


candidates: Background[tuple[Architecture, str], dict[str, Fitted]] = Background(
    _eligible, "candidates"
)
"""Every strategy in place of a merge, and Concatenate then Dense, by architecture and the name of
the merge."""


def badge(name: StateName) -> str:
    """A state as a badge in Markdown."""
    state = STATES[name]
    return f":{state.color}-badge[:material/{state.icon}: {name}]"


def state_of(sweep: Sweep, race: EvaluatedRace) -> StateName:
    """The state of a race. One that runs waits until its first run has been taken from the queue;
    one that failed has finished once another race has trained its runs."""
    if sweep.state == "failed" and race.result.done:
        return "finished"
    if sweep.state != "running":
        return sweep.state
    outcomes = (race.outcomes.get(run.digest, Outcome()) for run in race.plan.runs)
    begun = any(outcome.status != "waiting" for outcome in outcomes)
    return "running" if begun else "waiting"


def title_of(text: str) -> str:
    """The title of an entry."""
    try:
        return parse_entry(text).title
    except SpecError:
        return text


def race_of(
    session: CompareState, train: TrainState, architecture: Architecture, entries: Sequence[str]
) -> Race:
    """The race that the widgets describe. Raises `SpecError`, `DataError` and `RunError`.

    The seeds of relations start at 0, so that finished runs of equal races are reused.
    """
    if not entries:
        raise RunError("A race needs at least one strategy.", "", "Choose some under Strategies.")
    data: tuple[Data, ...]
    if train.source != "relation":
        data = (train.spec(architecture),)
    elif kinds := session.kinds(train):
        sized = {**train.data, "seed": 0}
        data = tuple(
            DataSpec(relation=RELATIONS[kind](**train.relation_settings(kind)), **sized)
            for kind in kinds
        )
    else:
        raise DataError("A race needs a dataset.", "", "Choose one in the sidebar.")
    return make_race(
        architecture=architecture,
        merge=session.merge,
        entries=tuple(map(parse_entry, entries)),
        data=data,
        settings=settings_for(Settings(**train.settings), data[0]),
        seeds=session.seeds,
        matched=session.matched,
        head=session.head,
        inspect=session.inspect,
    )


def leave_for(session: CompareState, page: str) -> None:
    """Open another page, by its label, in the next run of this one."""
    session.next_page, session.ready = page, False


def open_run(session: CompareState, run: str) -> None:
    """Open a run on the Train page."""
    train_state.of_session().run = run
    leave_for(session, "Train")


def leave_page(session: CompareState) -> bool:
    """Whether another page is about to open; this one must draw nothing else then.

    A timer of this page can reach the server after the switch and break the next page. So the page
    is first drawn without timers, and the switch follows when the browser has confirmed that.
    """
    if not session.next_page:
        return False
    if session.ready:
        page, session.next_page = session.next_page, ""
        st.switch_page(page_file(page))
    clickable(GO, key="leaving", on_pick=lambda _: setattr(session, "ready", True))
    return True
