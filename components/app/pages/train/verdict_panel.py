"""Verdict below the curves of a run: a sentence for each head, and a button that tries a change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from components.app.parts.data.run_control import start_run
from components.app.parts.data.run_request import run_request
from components.app.parts.data.run_verdict import known_verdicts
from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import engine, page_frame
from components.app.parts.widgets.html_parts import unbroken
from components.base.markup import message_markdown
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.fitted import with_suggestion
from components.experiments.training.events import Epoch, Report
from components.experiments.verdicts.cases.base import Suggestion
from components.experiments.verdicts.verdict import RunVerdict

TRY = "try_suggestion"
"""Key of the button that tries what a verdict suggests."""
POLL_SECONDS = 0.3


class JudgedRun(NamedTuple):
    """A run as a verdict reads it."""

    run: Run
    points: Sequence[Epoch]
    report: Report | None


def verdict_panel(
    editor: ModelEditor, train: TrainState, runs: VisitorRuns, judged: JudgedRun | None
) -> None:
    """Draw the verdicts on a run, if there is one, and a button for the first suggested change.

    The button is there for the visitor's own run of the present model, and starts the next one.
    """
    by_head = _verdicts(judged, runs) if judged is not None else ()
    if judged is None or not by_head:
        return
    run = judged.run
    with st.container(key="verdict", border=True):
        _sentences(by_head)
        suggested = next((one.suggestion for one in by_head if one.suggestion), None)
        same = run.architecture == editor.valid.data() and runs.owns(run)
        if suggested is not None and same and run.ended:
            st.button(
                suggested.label,
                icon=":material/experiment:",
                key=TRY,
                help="Trains again as before, with this one change."
                + (f" {UNDO}" if suggested.strategy else ""),
                on_click=partial(_try, editor, train, runs, run, suggested),
            )


def selected_verdict(run: Run, runs: VisitorRuns) -> None:
    """Draw the verdicts on an ended run once they are known, without a button."""
    page_frame.polled(
        lambda: _verdicts(JudgedRun(run, runs.points(run), runs.report(run)), runs),
        lambda by_head: by_head is None,
        lambda by_head: _sentences(by_head or ()),
        POLL_SECONDS,
    )


def _verdicts(judged: JudgedRun, runs: VisitorRuns) -> Sequence[RunVerdict] | None:
    """Return the verdicts on a run as this visitor may read them, as `known_verdicts` does."""
    inspection = runs.result(judged.run, "inspection") if judged.run.ended else None
    return known_verdicts(*judged, inspection, named=not runs.hides_data(judged.run))


def _sentences(by_head: Sequence[RunVerdict]) -> None:
    for verdict in by_head:
        st.markdown(message_markdown(unbroken(verdict.text)))


def _try(
    editor: ModelEditor, train: TrainState, runs: VisitorRuns, run: Run, suggested: Suggestion
) -> None:
    """Train as the run was, with the suggested change alone. A file stays the chosen one."""
    with page_frame.keeping_error(train):
        ran = run_request(run).model_copy(update={"architecture": editor.valid})
        request = with_suggestion(ran, suggested)
        train.use_settings(request.settings)
        if not isinstance(request.data, str):
            train.use(request.data)
        if suggested.strategy:
            editor.open(request.architecture)
            editor.check(engine.builder())
        start_run(editor, train, runs)
