"""Table of runs: filter, select, overlay, compare, save, annotate and delete them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from components.app.pages.train.verdict_panel import selected_verdict
from components.app.parts.data.difference_view import compared_model, model_difference
from components.app.parts.data.run_request import conditions, data_title, is_readable, run_names
from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import page_frame
from components.app.parts.widgets import forms, layout, tables, undo_row
from components.app.parts.widgets.downloads import download
from components.app.parts.widgets.record_download import record_download
from components.base.errors import RunError
from components.base.markup import message_markdown, to_csv
from components.base.pages import page_file
from components.base.text import byte_size, free_name, plural
from components.experiments.queue.artifacts import csv_history, tensorboard_zip, weights_in
from components.experiments.queue.run import LONGEST_NAME, LONGEST_NOTE, Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races import example
from components.experiments.training.events import UNFINISHED, Report
from components.experiments.training.reports import CEILING_METRICS
from components.models.architecture.architecture import parse
from components.models.drawing import charts
from components.models.drawing.svg_parts import svg_address
from components.models.merges import MERGES
from components.sharing.record.contents import record_of
from components.sharing.record.subject import RecordSubject, subject_of_run
from sample_data.loading.sources import about

LISTED = 300
HEIGHT = 220
"""Largest height of the table in pixels."""
COMPARED = 6
"""Maximum number of runs to compare side by side."""
UNDO_ROW = "runs"
_OWNER_ONLY = "Only the owner of a run can do this."
_NEED_MODEL = ("keras", "weights.h5")
"""Files that can be downloaded only if the model was kept."""
Cells = dict[str, list[Any]]
_MEASURED = st.column_config.NumberColumn(
    format="%.3f",
    help="Value for the first head that has one, on validation samples if there are any.",
)
_CONFIG = {
    "Pinned": st.column_config.TextColumn("", width=36),
    "Line": st.column_config.ImageColumn("", width=36, help="Its colour in the charts."),
    "Run": st.column_config.TextColumn(width=240),
    "Accuracy": _MEASURED,
    "R²": _MEASURED,
    "Samples": st.column_config.NumberColumn(format="localized"),
    "Epochs": st.column_config.NumberColumn(format="localized"),
    "Seconds": st.column_config.NumberColumn(format="localized"),
    "Started": st.column_config.DatetimeColumn(format="distance"),
}


def runs_table(editor: ModelEditor, train: TrainState, runs: VisitorRuns) -> None:
    """Draw the table, pinned runs first, and below it the buttons for the selected runs."""
    with layout.row("runs_head"):
        layout.heading("Runs")
        whose = layout.switch("Whose", ("Mine", "All"), "whose")
        sought = st.text_input(
            "Filter",
            key="runs_filter",
            placeholder="Filter: add xor seed 1",
            label_visibility="collapsed",
            width=220,
            persist_state="session",
        )
    undo_row.undo_row(UNDO_ROW)
    listed = sorted(runs.list(LISTED, shared=whose == "All"), key=lambda run: not run.pinned)
    if not listed:
        _example()
        return
    cells = run_cells(listed, runs)
    fitting = [row for row, text in enumerate(_texts(cells)) if _fits(text, sought)]
    shown, cells = [listed[row] for row in fitting], _rows(cells, fitting)
    if not shown:
        st.caption("No run has all words of the filter. Delete a word.")
    rows = _table(shown, cells, train) if shown else []
    chosen = [shown[row] for row in rows]
    hidden = {run.id for run in listed} - {run.id for run in shown}
    kept = [id for id in train.selected if id in hidden]
    train.selected = (*kept, *(run.id for run in chosen))
    with layout.row("run_actions", gap="xsmall"):
        _actions(train, runs, chosen, _rows(cells, rows))
    if len(chosen) == 1:
        _for_one(editor, train, runs, chosen[0])


def _example() -> None:
    """Draw the shipped example as the only row, with a link to its inspection."""
    outcome, (kind, seed) = example.inspected(), example.INSPECTED
    merge, data = MERGES[kind].title, about(example.data()).title
    tables.table(
        {
            "Run": [f"Example: {merge} on {data}"],
            "Accuracy": [_reached(outcome.report, "accuracy")],
            "Seed": [seed],
            "Data": [data],
            "Merge": [merge],
            "Samples": [_samples(outcome.report)],
            "Epochs": [len(outcome.history)],
            "Status": [outcome.status],
        },
        _CONFIG,
        key="runs.example",
    )
    with layout.row("runs_example"):
        st.markdown(":violet-badge[Example] Your own runs will be listed here.", width="content")
        st.page_link(
            page_file("Inspect"),
            label="Open it on Inspect",
            icon=":material/search_insights:",
            query_params={"run": example.RUN},
        )


def _rows(cells: Cells, rows: Sequence[int]) -> Cells:
    return {title: [column[row] for row in rows] for title, column in cells.items()}


def overlaid(runs: VisitorRuns, train: TrainState) -> list[Run]:
    """Return the runs whose curves are drawn over those of the shown run."""
    ids = [id for id in train.overlaid if id != train.run and runs.can_read(id)]
    return [run for run in map(runs.run, ids) if is_readable(run)]


def run_cells(listed: Sequence[Run], runs: VisitorRuns) -> Cells:
    """Return the columns of the table, for the page and for the saved file."""
    reports = runs.reports(run.id for run in listed)
    cells: Cells = {
        "Run": run_names(listed),
        "Accuracy": [_reached(reports.get(run.id), "accuracy") for run in listed],
        "R²": [_reached(reports.get(run.id), "r2") for run in listed],
        "Seed": [run.settings.get("seed") for run in listed],
        "Data": [data_title(run) or "can't be read by this version" for run in listed],
        "Merge": [_merges(run) for run in listed],
        "Parameters": [run.parameters or None for run in listed],
        "Samples": [_samples(reports.get(run.id)) for run in listed],
        "Epochs": [run.epochs for run in listed],
        "Seconds": [round(run.seconds, 1) or None for run in listed],
        "Started": [run.started or run.created for run in listed],
        "Status": ["in progress" if run.status in UNFINISHED else run.status for run in listed],
        "Note": [run.note for run in listed],
        "Shared": [_sharer(run, runs) for run in listed],
    }
    optional = ("Accuracy", "R²", "Note", "Shared")
    return {
        title: column
        for title, column in cells.items()
        if title not in optional or any(value not in (None, "") for value in column)
    }


def _reached(report: Report | None, measure: str) -> float | None:
    """Return a measure of the first head that has it, on validation samples if there are any."""
    heads = report.heads.values() if report else ()
    values = (head.measures.get(CEILING_METRICS[measure]) for head in heads)
    return next((value for value in values if value is not None), None)


def _samples(report: Report | None) -> int | None:
    return report.trained + report.held if report else None


def _texts(cells: Cells) -> list[str]:
    """Return the searchable text of each row, in lower case."""
    columns = [
        cells[title] for title in ("Run", "Data", "Merge", "Status", "Note") if title in cells
    ]
    seeds = (f"seed {seed}" for seed in cells["Seed"])
    return [" ".join(texts).lower() for texts in zip(*columns, seeds, strict=True)]


def _fits(text: str, sought: str) -> bool:
    """Return `True` if a text has each word of a filter."""
    words = sought.lower().replace("·", " ").split()
    return all(word in text for word in words)


def _table(shown: Sequence[Run], cells: Cells, train: TrainState) -> list[int]:
    """Draw the table and return the selected rows, which stay selected if rows move."""
    order = hashlib.sha256("".join(run.id for run in shown).encode()).hexdigest()[:12]
    marks = {"Line": [_line(run, train) for run in shown]}
    if any(run.pinned for run in shown):
        marks["Pinned"] = ["📌" if run.pinned else "" for run in shown]
    chosen = [row for row, run in enumerate(shown) if run.id in train.selected]
    picked = tables.table(
        {**marks, **cells},
        _CONFIG,
        key=f"runs.{order}",
        on_select="rerun",
        selection_default={"selection": {"rows": chosen, "columns": [], "cells": []}},
        selection_mode="multi-row",
        placeholder="",
        height=tables.height_of(len(shown), HEIGHT),
    )
    return [row for row in sorted(picked.selection.rows) if row < len(shown)]


def _line(run: Run, train: TrainState) -> str:
    """Return a picture of a run's line; an empty one if the run is not in the charts."""
    color = charts.line_color(train.colors.get(run.id, 0), page_frame.theme())
    drawn = run.id == train.run or run.id in train.overlaid
    bar = f'<rect y="6" width="16" height="4" rx="2" fill="{color if drawn else "none"}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">{bar}</svg>'
    return svg_address(svg)


def _sharer(run: Run, runs: VisitorRuns) -> str:
    """Return who shares a run; empty if nobody does."""
    if not run.shared:
        return ""
    return "by you" if runs.owns(run) else "by another person"


def _merges(run: Run) -> str:
    kinds = [merge["kind"] for merge in run.architecture.get("merges", ())]
    return ", ".join(MERGES[kind].title if kind in MERGES else kind for kind in kinds) or "none"


# Actions on the selected runs


def _actions(train: TrainState, runs: VisitorRuns, chosen: Sequence[Run], cells: Cells) -> None:
    """Draw the buttons for all selected runs; without any they are disabled, so nothing moves."""
    ids = [run.id for run in chosen]
    drawn = bool(ids) and set(ids) <= set(train.overlaid)
    st.button(
        "No overlay" if drawn else "Overlay",
        icon=":material/stacked_line_chart:",
        key="overlay_runs",
        disabled=not ids,
        help="Draws the curves of the selected runs over those of the run that is shown, or "
        "removes them. The next training removes them, too.",
        on_click=partial(_overlay, train, ids, not drawn),
    )
    if page_frame.pressed(
        "Compare",
        icon=":material/compare:",
        key="compare_runs",
        disabled=not 2 <= len(ids) <= COMPARED,
        help=f"Shows what differs between 2 to {COMPARED} selected runs, and for two runs between "
        "their models.",
    ):
        _compare(chosen, cells)
    ended = [run.id for run in chosen if runs.owns(run) and run.ended]
    st.button(
        f"Delete {len(ended)}" if len(ended) > 1 else "Delete",
        icon=":material/delete:",
        key="delete_runs",
        disabled=not ended,
        help="Deletes those of the selected runs that are yours and have ended.",
        on_click=partial(_delete, train, runs, ended),
    )
    download(
        "CSV",
        lambda: to_csv([[*cells], *zip(*cells.values(), strict=True)]),
        "runs.csv",
        key="csv_runs",
        help="Saves the rows of the selected runs as a table.",
        disabled=not ids,
        width="content",
    )


def _overlay(train: TrainState, ids: Sequence[str], wanted: bool) -> None:
    others = tuple(id for id in train.overlaid if id not in ids)
    train.overlaid = (*others, *ids) if wanted else others


def _for_one(editor: ModelEditor, train: TrainState, runs: VisitorRuns, run: Run) -> None:
    """Draw name, note, buttons and verdict of a single selected run.

    The shown run has its verdict above, and a run in training has none here.
    """
    attempt = partial(page_frame.attempt, train)
    with layout.row("run_fields", vertical_alignment="bottom"):
        if runs.owns(run):
            for label, value, most, change in (
                ("Name", run.name, LONGEST_NAME, runs.rename),
                ("Note", run.note, LONGEST_NOTE, runs.annotate),
            ):
                link = forms.linked(f"{label}.{run.id}", value, partial(attempt, change, run.id))
                st.text_input(label, value, max_chars=most, width=240, **link)
        st.button(
            "Show",
            icon=":material/visibility:",
            on_click=partial(show_run, train, run.id),
            help="Shows the curves and the report of this run.",
        )
        st.button(
            "Repeat",
            icon=":material/replay:",
            disabled=not run.ended or runs.hides_data(run),
            on_click=partial(attempt, lambda: show_run(train, runs.repeat(run.id))),
            help="Its data is a file of another person, so only they can repeat it."
            if runs.hides_data(run)
            else "Trains again with the same model, data, settings and seed. The numbers are the "
            "same.",
        )
        st.button(
            "Open model",
            icon=":material/account_tree:",
            on_click=partial(attempt, lambda: editor.open(parse(dict(run.architecture)))),
            help=f"Opens the model of this run. {UNDO}",
        )
        st.button(
            "Unpin" if run.pinned else "Pin",
            icon=":material/keep_off:" if run.pinned else ":material/keep:",
            disabled=not runs.owns(run),
            help="Pinned runs come first, and their models are the last to be removed for new ones."
            if runs.owns(run)
            else _OWNER_ONLY,
            on_click=partial(attempt, runs.pin, run.id, not run.pinned),
        )
        run_files(runs, run)
    if run.ended and run.id != train.run:
        selected_verdict(run, runs)


@st.dialog("Compare runs", width="large", icon=":material/compare:")
@page_frame.guarded()
def _compare(chosen: Sequence[Run], cells: Cells) -> None:
    """Show the differences of runs, the earliest on the left; for two runs also of their models."""
    order = sorted(range(len(chosen)), key=lambda row: chosen[row].created)
    names: list[str] = []
    for row in order:
        names.append(free_name(cells["Run"][row], names, " · "))
    facts = [
        {title: _text(column[row]) for title, column in cells.items() if title != "Run"}
        | {key.capitalize(): value for key, value in conditions(chosen[row]).items()}
        for row in order
    ]
    differing = [
        title
        for title in dict.fromkeys(title for one in facts for title in one)
        if len({one.get(title) for one in facts}) > 1
    ]
    columns = [[one.get(title, "") for title in differing] for one in facts]
    tables.table({"": differing, **dict(zip(names, columns, strict=True))})
    if len(chosen) == 2:
        before, after = (chosen[row] for row in order)
        model_difference(
            compared_model(before.name, parse(dict(before.architecture))),
            compared_model(after.name, parse(dict(after.architecture))),
            key="compare_runs",
        )


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def show_run(train: TrainState, run_id: str) -> None:
    """Show a run at the top of the page, and put it into the address."""
    train.run, train.error = run_id, None
    st.query_params["run"] = run_id


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
    train.selected = tuple(id for id in train.selected if id not in ids)
    train.overlaid = tuple(id for id in train.overlaid if id not in ids)


def _restore(train: TrainState, runs: VisitorRuns, ids: Sequence[str], shown: str | None) -> None:
    with page_frame.keeping_error(train):
        for run_id in ids:
            runs.restore(run_id)
    if shown in ids and train.run is None:
        show_run(train, str(shown))


# Files of a run


def run_files(runs: VisitorRuns, run: Run) -> None:
    """Draw a popover with a download button for each file of a run."""
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
                disabled=missing is not None and ending in _NEED_MODEL,
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
    """Return the run, with only what the visitor may read of it and of its races."""
    race = None
    with suppress(RunError):
        race = runs.sweep(run.sweep)
    sweeps = (race, runs.refit(run))
    return subject_of_run(run, runs.report(run), runs.result(run, "inspection"), sweeps, runs)
