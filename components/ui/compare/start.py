"""What a race will take, and the button that starts it, always in sight below the sidebar."""

from __future__ import annotations

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import duration, plural
from components.race.atlas.parts import two_vectors
from components.race.candidates import size
from components.race.plan import Race, check
from components.training.service import Service
from components.training.store import Store
from components.training.sweeps import Sweep
from components.ui.compare import state, stored_race
from components.ui.compare.state import CompareState
from components.ui.compare.stored_race import StoredRace
from components.ui.kit import page_frame
from components.ui.kit.model_editor import ModelEditor

PACE = 7e10
"""Floating-point operations a second of one run, measured on two cores; a rough figure."""
RUN_SECONDS = 0.5
"""What a run takes beside its epochs."""
LONG_SECONDS = 300.0
"""From how long a race another model is offered."""
SAMPLES = 2000
"""What is reckoned with where the data does not tell its size."""


def start(race: Race | None, editor: ModelEditor, contest: CompareState, runs: Service) -> None:
    """The button, with the number of trainings and how many of them the store has.

    Where the model on screen is so large that a race takes long, one of two vectors is offered.
    """
    running = _running(runs.store)
    with st.container(key="start_box", gap="xsmall"):
        pressed = st.button(
            "Start race",
            type="primary",
            icon=":material/flag:",
            key="start_race",
            width="stretch",
            disabled=race is None or running is not None,
        )
        with st.container():
            if contest.error:
                st.error(contest.error, icon=":material/error:")
        if running is not None:
            st.caption("One race at a time: wait for the one that runs, or pause or stop it.")
            if contest.shown != running.id:
                st.button(
                    "Show it",
                    key="show_running",
                    type="tertiary",
                    on_click=lambda: contest.show(running.id),
                )
        elif race is not None:
            st.caption(_takes(race, runs.store))
            if _seconds(race) > LONG_SECONDS:
                st.button(
                    "Race two vectors instead",
                    key="race_small",
                    icon=":material/bolt:",
                    type="tertiary",
                    help="The model of the atlas: its races take seconds. Yours is behind Undo on "
                    "the Build page.",
                    on_click=lambda: editor.open(two_vectors()),
                )
    if pressed and race is not None:
        with st.spinner("Made ready …"):
            _submit(race, contest, runs)
        st.rerun()


def _running(store: Store) -> Sweep | None:
    found = store.sweeps.list(owner=page_frame.owner(), limit=5)
    return next((sweep for sweep in found if sweep.state == "running"), None)


def _takes(race: Race, store: Store) -> str:
    """What a race takes, as far as its runs are made out."""
    parts = (len(race.entries), len(race.data), race.seeds)
    total = parts[0] * parts[1] * parts[2]
    noun = "strategy" if parts[0] == 1 else "strategies"
    said = (
        f"{parts[0]} {noun} × {parts[1]} data × {plural(parts[2], 'seed')}: **{total:,} trainings**"
    )
    if (seconds := _seconds(race)) > LONG_SECONDS:
        said += f", roughly {duration(seconds)} for a model so large"
    digests = _digests(race)
    if digests is None:
        return said + (", widths are being matched …" if race.matched else " …")
    known = sum(run.status == "finished" for run in store.latest(digests).values())
    return said + (f", {known:,} of them in the store already" if known else "")


def _seconds(race: Race) -> float:
    """How long a race takes, roughly: a training step computes about three times a prediction."""
    samples = sum(getattr(data, "samples", None) or SAMPLES for data in race.data)
    epochs = samples * race.settings.epochs * len(race.entries) * race.seeds
    runs = len(race.data) * len(race.entries) * race.seeds
    return 3 * epochs * size(race.architecture).flops / PACE + runs * RUN_SECONDS


def pending(race: Race | None) -> bool:
    """Whether the runs of a race are still being made out."""
    return race is not None and _digests(race) is None


def _digests(race: Race) -> tuple[str, ...] | None:
    """The runs; none where the race cannot be, which is said when it is started."""
    try:
        return state.cells.get(race)
    except PlaygroundError:
        return ()


def _submit(race: Race, contest: CompareState, runs: Service) -> None:
    try:
        state.cells.wait(race)
        check(race)
        bet = contest.bet if contest.bet_on in {entry.text for entry in race.entries} else None
        contest.show(
            runs.submit_sweep(
                race.groups(),
                StoredRace(race, bet).text(),
                page_frame.owner(),
                stored_race.name(race),
            )
        )
    except PlaygroundError as error:
        contest.error = str(error)
