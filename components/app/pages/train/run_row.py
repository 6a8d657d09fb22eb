"""Row above the curves: Train, Pause, One epoch, Stop, Share, the next run's time, the progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.app.parts.data.run_control import (
    NOT_MINE,
    epochs_done,
    machine_pace,
    news,
    run_size,
    start_run,
    status,
)
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import EPOCHS, SAMPLES, TrainState
from components.app.parts.frame import engine, page_frame
from components.app.parts.frame.sharing import share
from components.app.parts.widgets import layout
from components.app.parts.widgets.announcer import announce
from components.base.markup import escape_markdown, message_markdown
from components.base.text import duration, plural
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.events import UNFINISHED, Epoch
from components.experiments.training.pace import RunSize
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture

QUICK_SECONDS = 20.0
"""Longest time of a quick run. For a longer run, the page offers a quick one."""


def run_row(
    editor: ModelEditor,
    train: TrainState,
    runs: VisitorRuns,
    run: Run | None,
    points: Sequence[Epoch],
) -> None:
    """Draw the buttons in one row and a status line below, even when it is empty."""
    active = run is not None and run.status in UNFINISHED
    is_open = run is not None and not run.ended
    quick = None
    problem = train.problem(editor.valid) if not active and engine.engine().ready else ""
    with layout.row("run_row"):
        layout.heading("Training")
        _buttons(editor, train, runs, run, points, problem)
        if not is_open and not problem and engine.engine().ready:
            quick = _time_needed(editor.valid, train, runs)
    with layout.row("run_status"):
        if problem and not is_open:
            text = "The data does not fit the model yet."
            if train.source == "own" and train.own is None:
                file = escape_markdown(train.file.name)
                text = f"Choose {file} again first." if file else "Choose a data file first."
            st.caption(text, width="content")
        elif run is None:
            text = _proposed_text(train) or "The curves appear below while the model learns."
            st.caption(text, width="content")
        else:
            _progress(run, points, runs)
        if quick is not None:
            _offer_quick(quick, train)
    done = epochs_done(run, points) if run else 0.0
    announce(news(run, points, done) if run else "", "training_news")


def _progress(run: Run, points: Sequence[Epoch], runs: VisitorRuns) -> None:
    done = epochs_done(run, points)
    text = f"{run.name}: {status(run, points, runs)}"
    st.progress(min(1.0, done / run.epochs), text=escape_markdown(text))


def _buttons(
    editor: ModelEditor,
    train: TrainState,
    runs: VisitorRuns,
    run: Run | None,
    points: Sequence[Epoch],
    problem: str,
) -> None:
    active, mine = run is not None and run.status in UNFINISHED, run is None or runs.owns(run)
    stopping = run is not None and run.stopping
    blocked = active or bool(problem) or not engine.engine().ready
    st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=blocked,
        help=message_markdown(problem) or None,
        on_click=partial(start_run, editor, train, runs),
    )
    if runs.can_pause:
        start = partial(start_run, editor, train, runs, 1)
        pause_after = partial(page_frame.attempt, train, runs.pause_after, str(train.run))
        if run is not None and run.status == "paused":
            _paused(mine, len(points), pause_after)
        else:
            _not_paused(run, mine, blocked, start, pause_after)
    st.button(
        "Stopping …" if stopping else "Stop",
        icon=":material/stop:",
        key="stop",
        disabled=run is None or run.ended or not mine or stopping,
        help=None if mine else NOT_MINE,
        on_click=partial(page_frame.attempt, train, runs.stop, str(train.run)),
    )
    if run is not None and mine:
        share("run", run, partial(page_frame.attempt, train, runs.share, run.id))


def _paused(mine: bool, done: int, pause_after: Callable[[int | None], None]) -> None:
    """Draw the buttons of a run that is paused after `done` epochs.

    They have the keys of the buttons that they replace, so they keep the focus.
    """
    st.button(
        "Resume",
        icon=":material/resume:",
        key="pause",
        disabled=not mine,
        help="Continues as if the training had never stopped." if mine else NOT_MINE,
        on_click=partial(pause_after, None),
    )
    st.button(
        "One epoch",
        icon=":material/skip_next:",
        key="one_epoch",
        disabled=not mine,
        help="Trains the next epoch and waits again." if mine else NOT_MINE,
        on_click=partial(pause_after, done + 1),
    )


def _not_paused(
    run: Run | None,
    mine: bool,
    blocked: bool,
    start: Callable[[], None],
    pause_after: Callable[[int | None], None],
) -> None:
    """Draw the buttons for a run in training, or for none; `blocked` if no run can start."""
    trained = run is not None and run.status == "running"
    asked = run is not None and (run.pausing or run.stopping)
    st.button(
        "Pause",
        icon=":material/pause:",
        key="pause",
        disabled=not trained or not mine or asked,
        help="Waits after this epoch, with its curves, surface and X-ray." if mine else NOT_MINE,
        on_click=partial(pause_after, 0),
    )
    st.button(
        "One epoch",
        icon=":material/skip_next:",
        key="one_epoch",
        disabled=blocked,
        help="Trains the first epoch and waits.",
        on_click=start,
    )


# The time of the next run


def _proposed_text(train: TrainState) -> str:
    """Return the sizes that were set because the model is costly; empty if none were."""
    parts = [
        text
        for name, plain, text in (
            ("samples", SAMPLES, f"{train.data['samples']:,} samples"),
            ("epochs", EPOCHS, plural(train.settings["epochs"], "epoch")),
        )
        if train.proposed.get(name, plain) != plain
    ]
    return f"{' and '.join(parts)}, chosen for this model and this machine." if parts else ""


def _time_needed(
    architecture: Architecture, train: TrainState, runs: VisitorRuns
) -> RunSize | None:
    """Draw the time of the next run, or nothing while the number of samples is unknown.

    Return the size of a quick run if the next one is not quick.
    """
    samples = train.samples
    if not samples:
        return None
    size = run_size(architecture, samples, Settings(**train.settings))
    pace = machine_pace(architecture, runs)
    seconds = duration(size.seconds(pace))
    text = f"Next: about {seconds}" if train.run else f"About {seconds} on this machine"
    st.caption(text, width="content")
    if train.source != "relation" or size.seconds(pace) <= QUICK_SECONDS:
        return None
    return size.quicker(QUICK_SECONDS, pace)


def _offer_quick(size: RunSize, train: TrainState) -> None:
    """Draw a button that sets the size of a quick run."""
    st.button(
        f"Quick: {size.samples:,} samples, {plural(size.epochs, 'epoch')}",
        icon=":material/bolt:",
        type="tertiary",
        key="make_quick",
        help=f"Sets samples and epochs so that a run takes at most {duration(QUICK_SECONDS)}.",
        on_click=partial(_make_quick, train, size),
    )


def _make_quick(train: TrainState, quick: RunSize) -> None:
    train.data["samples"], train.settings["epochs"] = quick.samples, quick.epochs
