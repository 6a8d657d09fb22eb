"""The Inspect page: what each input of a trained model contributes, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import escape_markdown, message_markdown
from components.core.pages import page_file
from components.core.text import plural
from components.inspection.basis.results import Inspection
from components.inspection.trained import inspect_kept
from components.runs.artifacts import weights_in
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Status
from components.ui.data.run_request import run_request
from components.ui.editor import train_state
from components.ui.editor.background import Background
from components.ui.frame import page_frame
from components.ui.frame.visitor import visitor_runs
from components.ui.inspect.race_view import race_choice, race_view
from components.ui.inspect.refit_section import refit_section
from components.ui.inspect.results import limits_pending, show_results
from components.ui.inspect.state import InspectState, of_session, read_inspection, started_titles
from components.ui.widgets import forms, layout
from components.ui.widgets.announcer import announce
from sample_data.sources import about

POLL_SECONDS = 0.3
TRAINED: tuple[Status, ...] = ("finished", "stopped")
"""Runs that may have a trained model."""
LISTED = 200
TRAIN = page_file("Train")
_CSS = Path(__file__).with_name("inspect.css")
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


@dataclass(frozen=True)
class _KeptModel:
    """A run of a visitor whose model was kept, and that has no inspection."""

    run_id: str
    runs: VisitorRuns = field(compare=False)


def _inspect_kept(kept: _KeptModel) -> str:
    run = kept.runs.run(kept.run_id)
    text = inspect_kept(run.request_json, weights_in(kept.runs.keras_file(run)), run.seconds)
    kept.runs.keep_inspection(run.id, text)
    return text


_inspections: Background[_KeptModel, str] = Background(_inspect_kept, "inspections")
"""Inspections of kept models, which are then kept with their runs."""


def inspect_page() -> None:
    """The whole page. It only reads the store, so a reload or a second tab shows the same."""
    state, runs = of_session(), visitor_runs()
    runs.warm_up()
    st.html(_CSS)
    page_frame.notice(runs.notice)
    race = race_choice(state, runs)
    if race is not None:
        race_view(state, runs, race)
        return
    listed = runs.list(limit=LISTED, statuses=TRAINED, shared=True)
    run = _chosen_run(state, runs, listed)
    if run is None:
        _nothing_trained(state)
        return
    _run_choice(state, runs, run, listed)
    _inspection_view(state, runs, run.id)
    refit_section(runs, run)


def _nothing_trained(state: InspectState) -> None:
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    with st.container(border=True, key="inspect_empty"):
        st.markdown(ABOUT)
        st.markdown("\n".join(f"- {question}" for question in QUESTIONS))
        st.markdown("There is no trained run yet. Nothing is trained here: train a model first.")
        if st.button("Open the Train page", type="primary", icon=":material/play_arrow:"):
            st.switch_page(TRAIN)


def _chosen_run(state: InspectState, runs: VisitorRuns, listed: Sequence[Run]) -> Run | None:
    """The run in the address, or else the one chosen before, or else the latest finished one."""
    asked = st.query_params.get("run")
    if asked and asked != state.run:
        with page_frame.keeping_error(state):
            state.run = runs.run(asked).id
        if state.error:
            del st.query_params["run"]
    if state.run and runs.can_read(state.run):
        return runs.run(state.run)
    mine = [run for run in listed if run.status == "finished" and runs.owns(run)]
    return next(iter([*mine, *listed]), None)


def _run_choice(state: InspectState, runs: VisitorRuns, run: Run, listed: Sequence[Run]) -> None:
    """The select box of trained runs, newest first."""
    shown = {one.id: one for one in (*listed, run)}
    names = {
        id: (one.name if runs.owns(one) else f"{one.name}, of another person", one.created)
        for id, one in shown.items()
    }
    with layout.row("run_choice", vertical_alignment="bottom"):
        forms.select(
            "Trained run",
            started_titles(names),
            run.id,
            "inspected_run",
            state.choose,
            width=460,
        )
        st.caption(escape_markdown(_about(run)), width="content")


def _about(run: Run) -> str:
    """Data, merges, size and length of a run."""
    merges = ", ".join(str(merge["kind"]) for merge in run.architecture.get("merges", ()))
    parts = (
        _data(run),
        f"merge {forms.humanize(merges)}" if merges else "no merge",
        plural(run.parameters, "parameter"),
        f"{plural(run.epochs, 'epoch')}, seed {run.settings.get('seed')}",
    )
    return " · ".join(filter(None, parts))


def _data(run: Run) -> str:
    try:
        return about(run.request.data).title
    except PlaygroundError:
        return ""


def _inspection_view(state: InspectState, runs: VisitorRuns, run_id: str) -> None:
    """The result. While something is computed for it, only this part of the page is updated."""

    def read() -> tuple[Run, Inspection | None]:
        run = runs.run(run_id)
        return run, _inspection(runs, run)

    def awaited(shown: tuple[Run, Inspection | None]) -> tuple[bool]:
        """Whether the model is being inspected, or the ceilings beside a result are computed."""
        run, inspection = shown
        if inspection is None:
            return (_missing(runs, run) is None,)
        return (limits_pending(run_request(run)),)

    def draw(shown: tuple[Run, Inspection | None]) -> None:
        run, inspection = shown
        if inspection is None:
            _without_inspection(state, runs, run)
        else:
            show_results(run, run_request(run), inspection, page_frame.theme())

    page_frame.polled(read, awaited, draw, POLL_SECONDS)


def _missing(runs: VisitorRuns, run: Run) -> str | None:
    """Why the run can't be inspected; `None` if it is being inspected. It is started by this."""
    if not runs.owns(run):
        if runs.hides_data(run):
            return "The data of this run is another person's own: its inspection is not shown."
        return "This run belongs to another person: only they can inspect it."
    missing = runs.missing_model(run)
    if missing is not None:
        return str(missing)
    try:
        _inspections.get(_KeptModel(run.id, runs))
    except PlaygroundError as error:
        return str(error)
    return None


def _without_inspection(state: InspectState, runs: VisitorRuns, run: Run) -> None:
    """That the model is being inspected; or else why it can't be, and how to get one that can."""
    missing = _missing(runs, run)
    announce("The model is being inspected." if missing is None else "", "inspection_news")
    if missing is None:
        st.caption(":material/hourglass_top: The model is being inspected: it takes some seconds.")
        return
    st.warning(message_markdown(missing), icon=":material/search_off:")
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    pressed = st.button(
        "Train again",
        icon=":material/replay:",
        key="train_again",
        disabled=runs.hides_data(run),
        help="Trains with the same model, data, settings and seed. The numbers are the same, and "
        "the new model is inspected.",
    )
    if pressed:
        with page_frame.keeping_error(state):
            train_state.of_session().run = runs.repeat(run.id)
            st.switch_page(TRAIN)


def _inspection(runs: VisitorRuns, run: Run) -> Inspection | None:
    text = runs.inspection(run)
    return read_inspection(text) if text else None
