"""The Inspect page: contribution of each input of a trained model, alone and together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from components.app.pages.inspect.own_model import own_model_section
from components.app.pages.inspect.refit_section import refit_section
from components.app.pages.inspect.results import chosen_head, limits_of, show_results
from components.app.pages.inspect.shares_view import shares_without_run
from components.app.pages.inspect.state import (
    INSPECTIONS,
    XRAYS,
    InspectState,
    ShownHead,
    Work,
    missing,
    of_session,
    read_inspection,
)
from components.app.pages.inspect.xray_view import show_xray
from components.app.parts.data import use_model
from components.app.parts.data.run_request import data_title, run_request, started_titles
from components.app.parts.editor import train_state
from components.app.parts.frame import page_frame
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import forms, layout
from components.app.parts.widgets.announcer import announce
from components.app.streamlit_edge import dom
from components.base.markup import escape_markdown, message_markdown
from components.base.pages import page_file
from components.base.text import humanize, plural
from components.experiments.inspection.basis.xray_results import parse_xray
from components.experiments.inspection.explanation import SHARES
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import example
from components.experiments.training.events import Status
from components.models.drawing.palette import Theme

T = TypeVar("T")
POLL_SECONDS = 0.3
TRAINING_SECONDS = 1.0
"""Seconds between two checks whether a run is still in training."""
XRAY = "xray"
VIEWS = {"inputs": "What inputs contribute", XRAY: "X-ray"}
TRAINED: tuple[Status, ...] = ("finished", "stopped")
"""States of runs that may have a trained model."""
LISTED = 200
TRAIN = page_file("Train")
_CSS = dom.read(Path(__file__).with_name("inspect.css"))
EXAMPLE = "**Two vectors joined by Multiply, trained on *Xor***"
ABOUT = (
    "Does the model use all of its inputs, or does one do the work? Do they reach more together "
    "than each adds alone? This page measures it on validation samples of your run:"
)
QUESTIONS = (
    "**Share** of each input in what the model gains from them, and how much is cooperation",
    "**Ceilings** of the data beside it: chance, each input alone, additive models, Bayes optimum",
    "**Unplug**: a slider adds noise to an input or removes it, and predictions follow at once",
    "**Single samples**: which input pushed a wrong prediction, and where to",
    "**X-ray**: the numbers of a sample in every layer, and where the label becomes visible",
    "**Gates and attention**: where they send the numbers, by class and by sample",
)


def inspect_page() -> None:
    """Draw the page from the store only, so a reload or a second tab shows the same."""
    state, runs = of_session(), visitor_runs()
    runs.warm_up()
    st.html(f"<style>{_CSS}</style>")
    listed = runs.list(limit=LISTED, statuses=TRAINED, shared=True)
    shows_example = st.query_params.get("run") == example.RUN
    run = None if shows_example else _chosen_run(state, runs, listed)
    layout.show_error(state.error)
    _in_training(runs)
    if run is None:
        _nothing_trained(page_frame.theme())
        own_model_section(page_frame.theme())
        return
    _run_choice(state, runs, run, listed)
    with layout.row("inspect_switches"):
        view = _view()
        head = "" if view == XRAY else chosen_head(run)
    if view == XRAY:
        _result_view(
            state,
            runs,
            run.id,
            XRAYS,
            lambda one: parse_xray(runs.result(one, "xray")),
            lambda one, xray: show_xray(runs, one, xray, listed),
        )
        use_model.panel(run, runs)
        return
    _result_view(
        state,
        runs,
        run.id,
        INSPECTIONS,
        lambda one: read_inspection(runs.result(one, "inspection")),
        lambda one, result: show_results(
            runs, ShownHead(one, result, head, page_frame.theme()), listed
        ),
        lambda one: limits_of(run_request(one)) is None,
    )
    refit_section(runs, run)
    use_model.panel(run, runs)
    own_model_section(page_frame.theme())


def _view() -> str:
    """Return the chosen view of a run; the address sets the first one."""
    asked = st.query_params.get("view", "")
    first = asked if asked in VIEWS else next(iter(VIEWS))
    chosen: str = layout.switch("View", VIEWS, "inspect_view", first)
    st.query_params["view"] = chosen
    return chosen


def _nothing_trained(theme: Theme) -> None:
    """Draw the shipped example, and name what the page shows of a visitor's own run."""
    with st.container(border=True, key="inspect_empty"):
        with layout.row("inspect_example_head", spread=True):
            st.markdown(f":violet-badge[Example] {EXAMPLE}", width="content")
            if page_frame.pressed(
                "Do this with my model",
                key="inspect_train",
                type="primary",
                icon=":material/play_arrow:",
                help="The Train page trains your model.",
            ):
                st.switch_page(TRAIN)
        for name in example.inspection().heads:
            limits = example.limits()[name]
            shares_without_run(example.inspection(), name, limits, theme, "example")
        st.caption(SHARES)
    st.markdown(ABOUT)
    st.markdown("\n".join(f"- {question}" for question in QUESTIONS))


def _in_training(runs: VisitorRuns) -> None:
    """Name the newest run that waits or trains, and draw the page again once it has ended."""

    def draw(active: Sequence[Run]) -> None:
        for run in active[:1]:
            st.caption(
                f":material/hourglass_top: *{escape_markdown(run.name)}* "
                f"{'waits for its training' if run.status == 'queued' else 'is in training'}. This "
                "page lists it once it has finished."
            )

    def read() -> Sequence[Run]:
        return runs.list(statuses=("queued", "running"))

    page_frame.polled(read, lambda active: {run.id for run in active}, draw, TRAINING_SECONDS)


def _chosen_run(state: InspectState, runs: VisitorRuns, listed: Sequence[Run]) -> Run | None:
    """Return the run in the address, else the one chosen before, else the latest finished one."""
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
    """Draw the select box of trained runs, newest first."""
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
    """Return the data, merges, size and length of a run as text."""
    merges = ", ".join(str(merge["kind"]) for merge in run.architecture.get("merges", ()))
    parts = (
        data_title(run),
        f"merge {humanize(merges)}" if merges else "no merge",
        plural(run.parameters, "parameter"),
        f"{plural(run.epochs, 'epoch')}, seed {run.settings.get('seed')}",
    )
    return " · ".join(filter(None, parts))


def _result_view(
    state: InspectState,
    runs: VisitorRuns,
    run_id: str,
    work: Work,
    kept: Callable[[Run], T | None],
    show: Callable[[Run, T], None],
    pending: Callable[[Run], bool] = lambda _: False,
) -> None:
    """Draw a result, and update only this part of the page while it is being computed."""

    def read() -> tuple[Run, T | None]:
        run = runs.run(run_id)
        return run, kept(run)

    def awaited(shown: tuple[Run, T | None]) -> bool:
        """Return `True` while the model is being inspected or more of its result computed."""
        run, result = shown
        if result is None:
            return missing(runs, run, work) is None
        return pending(run)

    def draw(shown: tuple[Run, T | None]) -> None:
        run, result = shown
        if result is None:
            _without_result(state, runs, run, work)
        else:
            show(run, result)

    page_frame.polled(read, awaited, draw, POLL_SECONDS)


def _without_result(state: InspectState, runs: VisitorRuns, run: Run, work: Work) -> None:
    """Say that the model is being inspected, or why it can't be and how to get one that can."""
    reason = missing(runs, run, work)
    announce("The model is being inspected." if reason is None else "", "inspection_news")
    if reason is None:
        st.caption(":material/hourglass_top: The model is being inspected: it takes some seconds.")
        return
    st.warning(message_markdown(reason), icon=":material/search_off:")
    pressed = page_frame.pressed(
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
        st.rerun()
