"""The row above the curves: Train, Stop, Share, what the next run will take, and the progress."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.core.markup import escape_markdown
from components.core.text import duration, ordinal, plural
from components.runs.queue import QueuePosition
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.training.events import Epoch
from components.ui.editor.model_editor import ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import engine, page_frame
from components.ui.frame.sharing import share
from components.ui.train.time_needed import offer_quick, proposed_text, time_needed
from components.ui.widgets import layout
from components.ui.widgets.announcer import announce

STEP = 10
"""Progress is read out each time so many percent more are done."""


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
    with layout.row("run_row"):
        layout.heading("Training")
        _buttons(editor, train, runs, run)
        if not active and engine.engine().ready:
            quick = time_needed(editor.valid, train, runs)
    with layout.row("run_status"):
        if run is None:
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
    position = runs.queue_position(run) if run.status == "queued" else None
    text = status(run, points, done, position)
    st.progress(min(1.0, done / run.epochs), text=escape_markdown(text))


def epochs_done(run: Run, points: Sequence[Epoch]) -> float:
    """How far a run is, in epochs."""
    return len(points) + (run.progress.fraction if run.progress else 0.0)


def status(run: Run, points: Sequence[Epoch], done: float, position: QueuePosition | None) -> str:
    """The state of a run, beside its name."""
    if run.stopping:
        return f"{run.name}: stopping …"
    if position is not None:
        wait = duration(position.seconds)
        return f"{run.name}: {ordinal(position.number)} in the queue, about {wait}"
    if run.status == "queued":
        return f"{run.name}: preparing data and model"
    if run.status == "running" and not done:
        return f"{run.name}: compiling the first step"
    if run.status == "running" and not points:
        return f"{run.name}: first epoch of {run.epochs:,}, {done:.0%}"
    if run.status == "running":
        pace = sum(point.seconds for point in points) / len(points)
        left = max(0.0, run.epochs - done) * pace
        return f"{run.name}: epoch {len(points):,} of {run.epochs:,} · {duration(left)} left"
    took = f" in {duration(run.seconds)}" if run.seconds else ""
    return f"{run.name}: {run.status} after {plural(len(points), 'epoch')}{took}"


def news(run: Run, points: Sequence[Epoch], done: float) -> str:
    """What is read out of a run: its start, every `STEP` percent, and its end."""
    if run.stopping:
        return "Training is stopping."
    if run.ended:
        return f"Training {run.status}: {plural(len(points), 'epoch')}.{_loss(points)}"
    percent = int(100 * done / run.epochs) // STEP * STEP
    if not percent:
        return "Training starts."
    return f"{percent} % of the training is done."


def _loss(points: Sequence[Epoch]) -> str:
    for key, name in (("val_loss", "Validation loss"), ("loss", "Training loss")):
        if points and key in points[-1].logs:
            return f" {name}: {points[-1].logs[key]:.3f}."
    return ""


def _buttons(editor: ModelEditor, train: TrainState, runs: VisitorRuns, run: Run | None) -> None:
    active, mine = run is not None and not run.ended, run is None or runs.owns(run)
    stopping = run is not None and run.stopping
    st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=active or not engine.engine().ready,
        on_click=partial(_start_run, editor, train, runs),
    )
    st.button(
        "Stopping …" if stopping else "Stop",
        icon=":material/stop:",
        key="stop",
        disabled=not active or not mine or stopping,
        help=None if mine else "Only its owner can stop this run.",
        on_click=partial(_stop_run, train, runs),
    )
    if run is not None and mine:
        share("run", run, partial(_share_run, train, runs))


def _start_run(editor: ModelEditor, train: TrainState, runs: VisitorRuns) -> None:
    with page_frame.keeping_error(train):
        train.run = runs.submit(train.request(editor), train.run_name(editor))
        st.query_params["run"] = train.run


def _stop_run(train: TrainState, runs: VisitorRuns) -> None:
    with page_frame.keeping_error(train):
        runs.stop(str(train.run))


def _share_run(train: TrainState, runs: VisitorRuns, shared: bool) -> None:
    with page_frame.keeping_error(train):
        runs.share(str(train.run), shared)
