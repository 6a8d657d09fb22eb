"""Earlier runs: a table to select, overlay, pin, rename, repeat, download and delete them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from components.core.errors import RunError
from components.core.markup import message_markdown
from components.core.text import byte_size, plural
from components.merges import MERGES
from components.model.spec import parse
from components.record.contents import record_of
from components.record.subject import RecordSubject, subject_of_run
from components.render import charts
from components.render.svg_parts import svg_address
from components.runs.artifacts import csv_history, tensorboard_zip, weights_in
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.data.difference_view import compared_model, model_difference
from components.ui.data.run_request import data_title, is_readable
from components.ui.editor.model_editor import UNDO, ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import page_frame
from components.ui.widgets import forms, layout, tables, undo_row
from components.ui.widgets.downloads import download
from components.ui.widgets.record_download import record_download

LISTED = 200
UNDO_ROW = "runs"
_OWNER_ONLY = "Only the owner of a run can do this."
_OF_MODEL = ("keras", "weights.h5")
"""Files that can be downloaded only if the model was kept."""


def runs_table(editor: ModelEditor, train: TrainState, runs: VisitorRuns) -> None:
    """The table, pinned runs first, and the actions for the selected runs."""
    with layout.row("runs_head"):
        layout.heading("Runs")
        st.caption("Select runs for what can be done with them.", width="content")
        whose = layout.switch("Whose", ("Mine", "All"), "whose")
    undo_row.undo_row(UNDO_ROW)
    listed = runs.list(limit=LISTED, shared=whose == "All")
    shown = [run for run in listed if run.ended or run.id != train.run]
    shown.sort(key=lambda run: not run.pinned)
    if not shown:
        st.caption("No earlier runs.")
        return
    chosen = _table(shown, runs, train)
    train.selected = tuple(chosen)
    if chosen:
        _actions(editor, train, runs, [run for run in shown if run.id in chosen])


def overlaid(runs: VisitorRuns, train: TrainState) -> list[Run]:
    """Return the runs to overlay on the current one: ticked ones, and the browser's pinned ones."""
    return [
        run
        for run in runs.list(limit=LISTED, shared=True)
        if run.id != train.run and _is_overlaid(run, train)
    ]


def _is_overlaid(run: Run, train: TrainState) -> bool:
    return (run.pinned or run.id in train.overlaid) and is_readable(run)


def _table(listed: Sequence[Run], runs: VisitorRuns, train: TrainState) -> list[str]:
    """The ids of the selected runs. If rows move, a new table keeps the selection."""
    order = hashlib.sha256("".join(run.id for run in listed).encode()).hexdigest()[:12]
    finals = [(points[-1].logs if (points := runs.points(r)) else {}) for r in listed]
    columns = st.column_config
    rows: dict[str, list[Any]] = {
        "Pinned": ["📌" if run.pinned else "" for run in listed],
        "Line": [_line(run, train) for run in listed],
        "Run": [run.name for run in listed],
        "Status": [run.status for run in listed],
        "Data": [data_title(run) or "can't be read by this version" for run in listed],
        "Merge": [_merges(run) for run in listed],
        "Parameters": [run.parameters for run in listed],
        "Epochs": [run.epochs for run in listed],
        "Seed": [run.settings.get("seed") for run in listed],
        "Loss": [logs.get("val_loss", logs.get("loss")) for logs in finals],
        "Metrics": [_metrics(logs) for logs in finals],
        "Seconds": [round(run.seconds, 1) or None for run in listed],
        "Started": [run.created for run in listed],
    }
    if any(run.shared for run in listed):
        rows["Shared"] = [_sharer(run, runs) for run in listed]
    config = {
        "Pinned": columns.TextColumn("", width=36),
        "Line": columns.ImageColumn("", width=36, help="Its colour in the charts."),
        "Loss": columns.NumberColumn(format="%.4f", help="Validation loss if there is one."),
        "Epochs": columns.NumberColumn(format="localized"),
        "Seconds": columns.NumberColumn(format="localized"),
        "Started": columns.DatetimeColumn(format="distance", width="medium"),
    }
    chosen = [row for row, run in enumerate(listed) if run.id in train.selected]
    picked = tables.table(
        rows,
        config,
        key=f"runs.{order}",
        on_select="rerun",
        selection_default={"selection": {"rows": chosen, "columns": [], "cells": []}},
        selection_mode="multi-row",
        height=tables.height_of(len(listed), 220),
    )
    return [listed[row].id for row in picked.selection.rows if row < len(listed)]


def _line(run: Run, train: TrainState) -> str:
    """A picture of a run's line; an empty one if it is not in the charts."""
    color = charts.line_color(train.colors.get(run.id, 0), page_frame.theme())
    drawn = run.id == train.run or _is_overlaid(run, train)
    bar = f'<rect y="6" width="16" height="4" rx="2" fill="{color if drawn else "none"}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">{bar}</svg>'
    return svg_address(svg)


def _sharer(run: Run, runs: VisitorRuns) -> str:
    """Who shares a run; empty if nobody does."""
    if not run.shared:
        return ""
    return "by you" if runs.owns(run) else "by another person"


def _merges(run: Run) -> str:
    kinds = [merge["kind"] for merge in run.architecture.get("merges", ())]
    return ", ".join(MERGES[kind].title if kind in MERGES else kind for kind in kinds) or "none"


def _metrics(logs: dict[str, float]) -> str:
    shown = [key for key in logs if key.startswith("val_") and "/" in key and "loss" not in key]
    shown = shown or [key for key in logs if "/" in key and "loss" not in key]
    return ", ".join(f"{key.rpartition('/')[2]} {logs[key]:.3f}" for key in shown)


def _actions(
    editor: ModelEditor, train: TrainState, runs: VisitorRuns, chosen: Sequence[Run]
) -> None:
    with layout.row("run_actions", vertical_alignment="bottom"):
        if len(chosen) == 1:
            _for_one(editor, train, runs, chosen[0])
        elif len(chosen) == 2 and st.button(
            "Compare models",
            icon=":material/compare:",
            help="Shows what differs between the models of these two runs.",
        ):
            _compare_models(chosen)
        _overlay_tick(train, chosen)
        own = [run for run in chosen if runs.owns(run)]
        pinned = bool(own) and all(run.pinned for run in own)
        st.button(
            "Unpin" if pinned else "Pin",
            icon=":material/keep_off:" if pinned else ":material/keep:",
            disabled=not own,
            help="Pinned runs come first, and their curves stay in the charts."
            if own
            else _OWNER_ONLY,
            on_click=partial(page_frame.attempt, train, _pin, runs, own, not pinned),
        )
        ended = [run.id for run in own if run.ended]
        st.button(
            f"Delete {len(ended)}" if len(ended) > 1 else "Delete",
            icon=":material/delete:",
            disabled=not ended,
            help=None if own else _OWNER_ONLY,
            on_click=partial(_delete, train, runs, ended),
        )


def _overlay_tick(train: TrainState, chosen: Sequence[Run]) -> None:
    """A tick that draws the curves of the selected runs over those of the run that is shown."""
    ids = [run.id for run in chosen]
    ticked = all(id in train.overlaid for id in ids)

    def overlay(wanted: bool) -> None:
        others = tuple(id for id in train.overlaid if id not in ids)
        train.overlaid = (*others, *ids) if wanted else others

    st.checkbox(
        "Overlay curves",
        ticked,
        help="Draws their curves over those of the run that is shown. The next training clears it.",
        **forms.linked(f"overlay.{'.'.join(ids)}", ticked, overlay),
    )


def _for_one(editor: ModelEditor, train: TrainState, runs: VisitorRuns, run: Run) -> None:
    attempt = partial(page_frame.attempt, train)
    if runs.owns(run):
        rename = partial(attempt, runs.rename, run.id)
        link = forms.linked(f"name.{run.id}", run.name, rename)
        st.text_input("Name", run.name, max_chars=60, width=220, **link)
    st.button(
        "Show",
        icon=":material/visibility:",
        on_click=partial(show_run, train, run.id),
        help="Shows this run at the top of the page.",
    )
    st.button(
        "Repeat",
        icon=":material/replay:",
        disabled=not run.ended or runs.hides_data(run),
        on_click=partial(attempt, lambda: show_run(train, runs.repeat(run.id))),
        help="Its data is a file of another person, so only they can repeat it."
        if runs.hides_data(run)
        else "Trains again with the same model, data, settings and seed. The numbers are the same.",
    )
    st.button(
        "Open model",
        icon=":material/account_tree:",
        on_click=partial(attempt, lambda: editor.open(parse(dict(run.architecture)))),
        help=f"Opens the model of this run. {UNDO}",
    )
    run_files(runs, run)


@st.dialog("Compare models", width="large", icon=":material/compare:")
@page_frame.guarded()
def _compare_models(runs: Sequence[Run]) -> None:
    """What differs between the models of two runs, the earlier one on the left."""
    before, after = sorted(runs, key=lambda run: run.created)
    model_difference(
        compared_model(before.name, parse(dict(before.architecture))),
        compared_model(after.name, parse(dict(after.architecture))),
        key="compare_runs",
    )


def show_run(train: TrainState, run_id: str) -> None:
    """Show a run at the top of the page, and in its address."""
    train.run, train.error = run_id, None
    st.query_params["run"] = run_id


def _pin(runs: VisitorRuns, own: Sequence[Run], pinned: bool) -> None:
    for run in own:
        runs.pin(run.id, pinned)


def _delete(train: TrainState, runs: VisitorRuns, ids: Sequence[str]) -> None:
    shown = train.run
    with page_frame.keeping_error(train):
        for run_id in ids:
            runs.delete(run_id)
            if train.run == run_id:
                train.run = None
                st.query_params.pop("run", None)
        text = f"{plural(len(ids), 'run')} deleted."
        undo_row.offer(UNDO_ROW, text, partial(_restore, train, runs, ids, shown))
    train.selected = train.overlaid = ()


def _restore(train: TrainState, runs: VisitorRuns, ids: Sequence[str], shown: str | None) -> None:
    with page_frame.keeping_error(train):
        for run_id in ids:
            runs.restore(run_id)
    if shown in ids and train.run is None:
        show_run(train, str(shown))


# Files of a run


def run_files(runs: VisitorRuns, run: Run) -> None:
    """A popover with a download button for each file of a run."""
    with st.popover("Files", icon=":material/download:", key=f"files.{run.id}"):
        missing = runs.missing_model(run)
        size = "" if missing else f" · {byte_size(run.model_bytes)}"
        files: tuple[tuple[str, Callable[[], str | bytes], str, str | None], ...] = (
            (
                f"Keras model{size}",
                lambda: runs.keras_file(run),
                "keras",
                "Load it with keras.saving.load_model. It has stock layers only, and is not "
                "compiled.",
            ),
            (
                "Weights",
                lambda: weights_in(runs.keras_file(run)),
                "weights.h5",
                "For load_weights on the model that the exported code builds.",
            ),
            ("History as CSV", lambda: csv_history(runs.points(run)), "csv", None),
            (
                "History for TensorBoard",
                lambda: tensorboard_zip(run, runs.points(run)),
                "tensorboard.zip",
                "Unzip it, and run tensorboard --logdir on the folder.",
            ),
        )
        for label, make, ending, help in files:
            download(
                label,
                make,
                f"{run.name}.{ending}",
                key=f"files.{run.id}.{ending}",
                help=help,
                disabled=missing is not None and ending in _OF_MODEL,
                icon=None,
            )
        if missing is not None:
            st.caption(message_markdown(str(missing)))
        record_download(
            run.name,
            lambda author: record_of(_subject(runs, run), author),
            key=f"files.{run.id}",
            disabled=not run.ended or not is_readable(run),
        )


def _subject(runs: VisitorRuns, run: Run) -> RecordSubject:
    """The run with what the visitor may read of it and of its races."""
    race = None
    with suppress(RunError):
        race = runs.sweep(run.sweep)
    sweeps = (race, runs.refit(run))
    return subject_of_run(run, runs.report(run), runs.result(run, "inspection"), sweeps, runs)
