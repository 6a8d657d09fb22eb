"""The states of a race, each with a word, an icon and a colour of its own."""

from __future__ import annotations

from typing import Literal, NamedTuple

from components.race.outcomes import Outcome
from components.runs.sweeps import Sweep
from components.ui.kit.stored_race import EvaluatedRace

StateName = Literal[
    "not started", "waiting", "running", "paused", "stopped", "finished", "failed", "atlas"
]


class RaceState(NamedTuple):
    """How a state is shown."""

    word: str
    icon: str
    color: str


STATES: dict[StateName, RaceState] = {
    "not started": RaceState("not started", "radio_button_unchecked", "gray"),
    "waiting": RaceState("waiting", "hourglass_empty", "blue"),
    "running": RaceState("running", "play_circle", "violet"),
    "paused": RaceState("paused", "pause_circle", "orange"),
    "stopped": RaceState("stopped", "stop_circle", "yellow"),
    "finished": RaceState("finished", "check_circle", "green"),
    "failed": RaceState("failed", "error", "red"),
    "atlas": RaceState("from the atlas", "menu_book", "primary"),
}


def badge(name: StateName) -> str:
    """A state as a badge in Markdown."""
    state = STATES[name]
    return f":{state.color}-badge[:material/{state.icon}: {state.word}]"


def state_of(sweep: Sweep, race: EvaluatedRace | None) -> StateName:
    """The state of a race. One that runs waits until its first run has been taken from the queue;
    one that failed has finished once another race has trained its runs. `race` is `None` while
    its plan is read."""
    if sweep.state == "failed" and race is not None and race.result.done:
        return "finished"
    if sweep.state != "running" or race is None:
        return sweep.state
    outcomes = (race.outcomes.get(run.digest, Outcome()) for run in race.plan.runs)
    begun = any(outcome.status != "waiting" for outcome in outcomes)
    return "running" if begun else "waiting"
