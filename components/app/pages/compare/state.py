"""The state of the Compare page in one session, and the race on display."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import streamlit as st

from components.app.parts.data.stored_race import EvaluatedRace
from components.app.parts.editor import train_state
from components.app.parts.editor.background import Background
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.widgets.clickable import GO, clickable
from components.base.errors import DataError, RunError, SpecError
from components.base.pages import page_file
from components.experiments.queue.sweeps import Sweep
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.entries import FIRST, MLP, parse_entry
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.fitted import Fitted, eligible, fit_entry
from components.experiments.races.kinds import make_race
from components.experiments.races.results import DatasetResult
from components.experiments.races.robustness import Factor
from components.experiments.races.setup import Race
from components.experiments.races.statistics import SEEDS
from components.experiments.races.stored_race import StoredRace
from components.experiments.training.events import Outcome
from components.experiments.training.requests import Settings, settings_for
from components.models.architecture.architecture import Architecture
from components.models.drawing.palette import Theme
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

StateName = Literal["not started", "waiting", "running", "paused", "stopped", "finished", "failed"]
BET = "race.bet"
"""Key of the widget with the options of the bet."""


class RaceState(NamedTuple):
    """Icon and colour of a state."""

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
"""States of a race, each with its own icon and colour."""


@dataclass
class EtaEstimator:
    """Estimator of the time left of a race, from the runs that ended in this session."""

    _key: str = ""
    _start: float = 0.0
    _done: int = 0

    def seconds_left(
        self, key: str, done: int, total: int, now: float | None = None
    ) -> float | None:
        """Return the seconds that the remaining runs need; `None` until a run has ended.

        `key` identifies the race and its state: the count restarts when it changes.
        """
        now = time.monotonic() if now is None else now
        if self._key != key:
            self._key, self._start, self._done = key, now, done
        ended = done - self._done
        return (now - self._start) / ended * (total - done) if ended > 0 else None


class OtherModel(NamedTuple):
    """A model other than the draft for which a race is set up, with its own data and settings."""

    editor: ModelEditor
    train: TrainState


@dataclass
class PageError:
    """Error of the address or of a button beside a race.

    The error of *Start race* is shown below that button, in the sidebar.
    """

    error: str | None = None


@dataclass
class CompareState:
    """The values of the widgets, and the race on display."""

    chosen: tuple[str, ...] = FIRST
    """Entries as text. Those that don't fit the current model are left out of the race."""
    relations: tuple[str, ...] | None = None
    """Kinds of relations; `None` for the one of the Train page."""
    settings_of: str = ""
    other: OtherModel | None = None
    """Model of the race; `None` for the draft's."""
    merge: str = ""
    head: str = ""
    seeds: int = SEEDS
    matched: bool = False
    bet: str = ""
    """Entry of the bet; empty without a bet."""
    shown: str | None = None
    """Id in the store of the race on display."""
    link: str = ""
    """Token of the link whose setup was opened."""
    searched: bool = False
    """`True` after the page has looked for a race to show."""
    in_page: PageError = field(default_factory=PageError)
    error: str | None = None
    data: str = ""
    picked: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    """The two entries of the Difference view."""
    factor: Factor | None = None
    """Setting varied in the Robustness view."""
    robustness_race: str = ""
    """Id in the store of a robustness race that this session has started."""
    next_page: str = ""
    """Label of another page that is about to open."""
    ready: bool = False
    """`True` if the browser is ready for the other page."""
    evaluated: dict[str, EvaluatedRace] = field(default_factory=dict)
    """Evaluated races by their digest, the latest ones only."""
    eta: EtaEstimator = field(default_factory=EtaEstimator)

    def kinds(self, train: TrainState) -> tuple[str, ...]:
        """Return the kinds of relations in the race."""
        return (train.relation,) if self.relations is None else self.relations

    def show(self, sweep: str | None) -> None:
        """Show a race, or none, and update the address."""
        self.shown, self.error, self.data, self.picked, self.bet = sweep, None, "", "", ""
        self.in_page.error = None
        if sweep:
            st.query_params["race"] = sweep
        elif "race" in st.query_params:
            del st.query_params["race"]


@dataclass(frozen=True)
class ShownRace:
    """A race with its present result, and the session that shows it."""

    sweep: Sweep
    stored: StoredRace
    evaluated: EvaluatedRace
    editor: ModelEditor
    session: CompareState
    runs: VisitorRuns
    theme: Theme

    @property
    def race(self) -> Race:
        return self.stored.race

    @property
    def result(self) -> RaceResult:
        return self.evaluated.result

    @property
    def on_dataset(self) -> DatasetResult:
        """Results on the chosen dataset, or on the first."""
        tables = self.result.tables
        return next(
            (on_dataset for on_dataset in tables if on_dataset.data == self.session.data), tables[0]
        )

    @property
    def mine(self) -> bool:
        """`True` if the race belongs to this visitor."""
        return self.runs.owns(self.sweep)


def of_session() -> CompareState:
    """Return the state of this session."""
    state: CompareState = st.session_state.setdefault("compare", CompareState())
    return state


def _eligible(key: tuple[Architecture, str]) -> dict[str, Fitted]:
    architecture, merge = key
    return eligible(*key) | {MLP: fit_entry(architecture, parse_entry(MLP), merge)}


candidates: Background[tuple[Architecture, str], dict[str, Fitted]] = Background(
    _eligible, "candidates"
)
"""Models with each strategy in place of a merge, and with Concatenate then Dense.

The key is the architecture and the name of the merge.
"""


def badge(name: StateName) -> str:
    """Return a state as a badge in Markdown."""
    state = STATES[name]
    return f":{state.color}-badge[:material/{state.icon}: {name}]"


def state_of(sweep: Sweep, race: EvaluatedRace) -> StateName:
    """Return the state of a race.

    A running race counts as waiting until its first run has left the queue. A failed race counts as
    finished if another race has trained its runs.
    """
    if sweep.state == "failed" and race.result.done:
        return "finished"
    if sweep.state != "running":
        return sweep.state
    outcomes = (race.outcomes.get(run.digest, Outcome()) for run in race.plan.runs)
    begun = any(outcome.status != "waiting" for outcome in outcomes)
    return "running" if begun else "waiting"


def title_of(text: str) -> str:
    """Return the title of an entry."""
    try:
        return parse_entry(text).title
    except SpecError:
        return text


def race_of(
    session: CompareState, train: TrainState, architecture: Architecture, entries: Sequence[str]
) -> Race:
    """Return the race that the widgets describe.

    Raises `SpecError`, `DataError` and `RunError`. The seeds of relations start at 0, so that
    finished runs of equal races are reused.
    """
    if not entries:
        raise RunError("A race needs at least one strategy.", "", "Choose some under Strategies.")
    data: tuple[Data, ...]
    if train.source != "relation":
        data = (train.chosen_data(architecture),)
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
    )


def leave_for(session: CompareState, page: str) -> None:
    """Open another page, given by its label, in the next run of this one."""
    session.next_page, session.ready = page, False


def open_run(session: CompareState, run: str) -> None:
    """Open a run on the Train page."""
    train_state.of_session().run = run
    leave_for(session, "Train")


def leave_page(session: CompareState) -> bool:
    """Return `True` if another page is about to open; then this page must draw nothing else.

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
