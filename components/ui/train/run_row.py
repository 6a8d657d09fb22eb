"""The row above the curves: Train, Stop, Share, what the next run will take, and the progress."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Epoch
from components.ui.data.run_control import (
    NOT_MINE,
    epochs_done,
    news,
    start_run,
    status,
    stop_run,
)
from components.ui.editor.model_editor import ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import engine, page_frame
from components.ui.frame.sharing import share
from components.ui.train.time_needed import offer_quick, proposed_text, time_needed
from components.ui.widgets import layout
from components.ui.widgets.announcer import announce


def run_row(
    editor: ModelEditor,
    train: TrainState,
    runs: VisitorRuns,
    run: Run | None,
    points: Sequence[Epoch],
) -> None:
    """The buttons in one line, and what they do in another, which is always there."""
    active = run is not None and not run.ended
    quick = None
    problem = train.problem(editor.valid) if not active and engine.engine().ready else ""
    with layout.row("run_row"):
        layout.heading("Training")
        _buttons(editor, train, runs, run, problem)
        if not active and not problem and engine.engine().ready:
            quick = time_needed(editor.valid, train, runs)
    with layout.row("run_status"):
        if problem:
            text = "The data does not fit the model yet."
            if train.source == "own" and train.own is None:
                file = escape_markdown(train.file.name)
                text = f"Choose {file} again first." if file else "Choose a data file first."
            st.caption(text, width="content")
        elif run is None:
            text = proposed_text(train) or "The curves appear below while the model learns."
            st.caption(text, width="content")
        else:
            _progress(run, points, runs)
        if quick is not None:
            offer_quick(quick, train)
    done = epochs_done(run, points) if run else 0.0
    announce(news(run, points, done) if run else "", "training_news")


def _progress(run: Run, points: Sequence[Epoch], runs: VisitorRuns) -> None:
    done = epochs_done(run, points)
    text = f"{run.name}: {status(run, points, runs)}"
    st.progress(min(1.0, done / run.epochs), text=escape_markdown(text))


def _buttons(
    editor: ModelEditor, train: TrainState, runs: VisitorRuns, run: Run | None, problem: str
) -> None:
    active, mine = run is not None and not run.ended, run is None or runs.owns(run)
    stopping = run is not None and run.stopping
    st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=active or bool(problem) or not engine.engine().ready,
        help=message_markdown(problem) or None,
        on_click=partial(start_run, editor, train, runs),
    )
    st.button(
        "Stopping …" if stopping else "Stop",
        icon=":material/stop:",
        key="stop",
        disabled=not active or not mine or stopping,
        help=None if mine else NOT_MINE,
        on_click=partial(stop_run, train, runs),
    )
    if run is not None and mine:
        share("run", run, partial(_share_run, train, runs))


def _share_run(train: TrainState, runs: VisitorRuns, shared: bool) -> None:
    with page_frame.keeping_error(train):
        runs.share(str(train.run), shared)
