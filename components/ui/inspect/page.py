"""The Inspect page: what each input of a trained model contributes, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import streamlit as st

from components.core.markup import message_markdown
from components.inspection.results import Inspection, parse_inspection
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.inspect.inspect_row import inspect_row
from components.ui.inspect.kept_refit import kept_refit, with_refit
from components.ui.inspect.presented import show_presented
from components.ui.inspect.race_choice import race_choice
from components.ui.inspect.race_view import race_view
from components.ui.inspect.refit_section import refit_section
from components.ui.inspect.results import limits_pending, show_results
from components.ui.inspect.run_choice import run_choice
from components.ui.inspect.state import InspectState, chosen_run, of_session, trained_runs
from components.ui.kit import page_frame, present
from components.ui.kit.page_files import page_file
from components.ui.kit.run_request import run_request
from components.ui.kit.visitor import visitor_runs

POLL_SECONDS = 0.3
TRAIN = page_file("Train")
_CSS = Path(__file__).with_name("inspect.css")
_parsed = lru_cache(maxsize=16)(parse_inspection)
ABOUT = (
    "Does the model use all of its inputs, or does one do the work? Do they reach more together "
    "than each adds alone? This page measures it on validation samples of a run:"
)
QUESTIONS = (
    "**Share** of each input in the accuracy above chance, and how much comes from cooperation",
    "**Ceilings** of the data beside it: chance, each input alone, additive models, Bayes optimum",
    "**Unplug**: a slider adds noise to an input or removes it, and predictions follow at once",
    "**Single samples**: which input pushed a wrong prediction, and where to",
    "**Gates and attention**: where they send the numbers, by class and by sample",
)


def inspect_page() -> None:
    """The whole page. It only reads the store, so a reload or a second tab shows the same."""
    state, runs = of_session(), visitor_runs()
    runs.warm_up()
    st.html(_CSS)
    page_frame.notice(runs.notice)
    race = None if present.on() else race_choice(state, runs)
    if race is not None:
        race_view(state, runs, race)
        return
    listed = trained_runs(runs)
    run = chosen_run(state, runs, listed)
    if run is None:
        _nothing_trained(state)
        return
    if present.on():
        _presented(runs, listed, run)
        return
    run_choice(state, runs, run, listed)
    _inspection_view(state, runs, run.id)
    refit_section(runs, run.id)


def _presented(runs: VisitorRuns, listed: Sequence[Run], run: Run) -> None:
    """Projector mode: the shares of the chosen run, else of the visitor's latest inspected one."""
    mine = (one for one in listed if runs.owns(one))
    read = ((one, _inspection(runs, one)) for one in chain((run,), mine))
    for inspected, inspection in read:
        if inspection is not None:
            show_presented(inspected, run_request(inspected), inspection, page_frame.theme())
            return
    present.nothing("No run has been inspected yet.")


def _nothing_trained(state: InspectState) -> None:
    if present.on():
        present.nothing("No run has been trained yet.")
        return
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    with st.container(border=True, key="inspect_empty"):
        st.markdown(ABOUT)
        st.markdown("\n".join(f"- {question}" for question in QUESTIONS))
        st.markdown("There is no trained run yet. Nothing is trained here: train a model first.")
        if st.button("Open the Train page", type="primary", icon=":material/play_arrow:"):
            st.switch_page(TRAIN)


def _inspection_view(state: InspectState, runs: VisitorRuns, run_id: str) -> None:
    """The buttons and the result. During an inspection, only this part of the page is updated."""
    polled = _is_awaited(*_read(runs, run_id))

    @st.fragment(run_every=POLL_SECONDS if polled else None)
    @page_frame.guarded()
    def live() -> None:
        run, latest, inspection = _read(runs, run_id)
        if _is_awaited(run, latest, inspection) != polled:
            st.rerun()
        inspect_row(state, runs, run, latest, inspection is not None)
        if inspection is not None:
            kept = kept_refit(runs, run, run_request(run))
            shown = with_refit(inspection, kept)
            show_results(run, run_request(run), shown, page_frame.theme())
        elif latest is None and runs.owns(run):
            st.caption("Press Inspect: it takes some seconds, and its result is kept with the run.")

    live()


def _read(runs: VisitorRuns, run_id: str) -> tuple[Run, Run | None, Inspection | None]:
    """The run, its latest inspection as a run, and the result that it has."""
    run = runs.run(run_id)
    return run, runs.latest_inspection(run), _inspection(runs, run)


def _is_awaited(run: Run, latest: Run | None, inspection: Inspection | None) -> bool:
    """Whether an inspection waits or runs, or the ceilings beside a result are being computed."""
    active = latest is not None and not latest.ended
    return active or (inspection is not None and limits_pending(run_request(run)))


def _inspection(runs: VisitorRuns, run: Run) -> Inspection | None:
    """The result, or `None` if there is none that this version can read."""
    text = runs.inspection(run)
    try:
        return _parsed(text) if text else None
    except ValueError:
        return None
