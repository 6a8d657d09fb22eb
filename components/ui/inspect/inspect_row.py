"""The row above an inspection: Inspect, Stop, and how far it is."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.core.text import duration, ordinal
from components.runs.queue import QueuePosition
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.inspect.state import InspectState
from components.ui.kit import layout, page_frame
from components.ui.kit.announcer import announce

STEP = 25
"""Progress is read out each time so many percent more are done."""
NOT_YOURS = "Only its owner can inspect this run."


def inspect_row(
    state: InspectState, runs: VisitorRuns, run: Run, latest: Run | None, has_result: bool
) -> None:
    """The buttons and the progress of the run's latest inspection, if there is any."""
    missing = runs.missing_model(run)
    with layout.row("inspect_row"):
        _buttons(state, runs, run, latest, missing is None, has_result)
        if latest is not None and not (latest.status == "finished" and has_result):
            _progress(runs, latest)
    announce(news(latest) if latest else "", "inspection_news")
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    if not runs.owns(run):
        st.caption(
            ":gray-badge[:material/group: shared] This run belongs to another person: only they "
            "can inspect it." + _hidden(runs, run)
        )
    elif missing is not None:
        st.warning(message_markdown(str(missing)), icon=":material/save:")
    if latest is not None and latest.message and latest.status in ("failed", "interrupted"):
        st.error(message_markdown(latest.message), icon=":material/error:")


def _hidden(runs: VisitorRuns, run: Run) -> str:
    return " Its data is their own: the inspection is not shown." * runs.hides_data(run)


def _buttons(
    state: InspectState,
    runs: VisitorRuns,
    run: Run,
    latest: Run | None,
    kept: bool,
    has_result: bool,
) -> None:
    mine, active = runs.owns(run), latest is not None and not latest.ended
    stopping = latest is not None and latest.stopping
    st.button(
        "Inspect again" if has_result else "Inspect",
        type="secondary" if has_result else "primary",
        icon=":material/search_insights:",
        key="inspect",
        disabled=active or not mine or not kept,
        help=None if mine else NOT_YOURS,
        on_click=partial(_start, state, runs, run),
    )
    st.button(
        "Stopping …" if stopping else "Stop",
        icon=":material/stop:",
        key="stop_inspection",
        disabled=not active or stopping,
        on_click=partial(_stop, state, runs, latest),
    )


def _progress(runs: VisitorRuns, latest: Run) -> None:
    position = runs.queue_position(latest) if latest.status == "queued" else None
    done = latest.progress.fraction if latest.progress else float(latest.status == "finished")
    st.progress(min(1.0, done), text=escape_markdown(status(latest, position)))


def status(latest: Run, position: QueuePosition | None = None) -> str:
    """The state of an inspection."""
    if latest.stopping:
        return "Stopping …"
    if position is not None:
        wait = duration(position.seconds)
        return f"{ordinal(position.number).capitalize()} in the queue, about {wait}"
    if latest.status == "queued":
        return "Preparing data and model"
    if latest.status == "running":
        return f"Inspecting: {latest.progress.fraction:.0%}" if latest.progress else "Inspecting"
    took = f" after {duration(latest.seconds)}" if latest.seconds else ""
    return f"The inspection {_ENDS.get(latest.status, latest.status)}{took}."


_ENDS = {"stopped": "was stopped", "interrupted": "was interrupted", "finished": "has finished"}


def news(latest: Run) -> str:
    """What is read out of an inspection: its start, every `STEP` percent, and its end."""
    if latest.ended or latest.stopping:
        return status(latest)
    percent = int(100 * (latest.progress.fraction if latest.progress else 0.0)) // STEP * STEP
    return f"{percent} % of the inspection is done." if percent else "The inspection starts."


def _start(state: InspectState, runs: VisitorRuns, run: Run) -> None:
    with page_frame.keeping_error(state):
        runs.inspect(run.id)


def _stop(state: InspectState, runs: VisitorRuns, latest: Run | None) -> None:
    with page_frame.keeping_error(state):
        if latest is not None:
            runs.stop(latest.id)
