"""Downloads of a run: the trained model, its weights, its history, its design record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from components.core.errors import RunError
from components.core.markup import message_markdown
from components.core.text import byte_size
from components.record.contents import record_of
from components.record.subject import RecordSubject, subject_of_run
from components.runs.artifacts import csv_history, tensorboard_zip, weights_in
from components.runs.run import Run
from components.runs.visitor_runs import VisitorRuns
from components.ui.data.run_request import run_request
from components.ui.widgets.downloads import download
from components.ui.widgets.record_download import record_download

_OF_MODEL = ("keras", "weights.h5")
"""What can be downloaded only if the model was kept."""


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
            disabled=not run.ended or run_request(run) is None,
        )


def _subject(runs: VisitorRuns, run: Run) -> RecordSubject:
    """The run with what the visitor may read of it and of its races."""
    race = None
    with suppress(RunError):
        race = runs.sweep(run.sweep)
    sweeps = (race, runs.refit(run))
    return subject_of_run(run, runs.report(run), runs.result(run, "inspection"), sweeps, runs)
