"""The choice of a trained run, with its model and data beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.markup import escape_markdown
from components.core.text import free_name, plural
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.inspect.state import InspectState
from components.ui.kit import forms, layout
from sample_data.sources import about


def run_choice(state: InspectState, runs: VisitorRuns, run: Run, listed: Sequence[Run]) -> None:
    """The select box of trained runs, newest first."""
    choices = {one.id: one for one in (*listed, run)}
    with layout.row("run_choice", vertical_alignment="bottom"):
        forms.select(
            "Trained run",
            _titles(list(choices.values()), runs),
            run.id,
            "inspected_run",
            state.choose,
            width=460,
        )
        st.caption(escape_markdown(_about(run)), width="content")


def _titles(listed: Sequence[Run], runs: VisitorRuns) -> dict[str, str]:
    """Titles by run: equal ones get numbers, the oldest first, because a select box needs that."""
    titles: dict[str, str] = {}
    for run in sorted(listed, key=lambda run: run.created):
        titles[run.id] = free_name(_title(run, runs), set(titles.values()), " · ")
    return {run.id: titles[run.id] for run in listed}


def _title(run: Run, runs: VisitorRuns) -> str:
    """Name and start of a run, as the clock of this browser shows it."""
    local = run.created - timedelta(minutes=st.context.timezone_offset or 0)
    owner = "" if runs.owns(run) else ", of another person"
    return f"{run.name}{owner} · {local.day} {local:%b, %H:%M}"


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
