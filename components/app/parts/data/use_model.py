"""The panel *Use this model* of a trained run: files, calls, and a form for one row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from components.app.parts.data.run_request import run_request
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout, uploads
from components.app.parts.widgets.downloads import download
from components.base.errors import DataError
from components.base.markup import escape_markdown, message_markdown, to_csv
from components.base.text import byte_size, humanize, identifier
from components.experiments.inspection.one_row import RowPrediction, predict_row
from components.experiments.queue.artifacts import preprocessing_in, weights_in
from components.experiments.queue.run import Run
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.data_split import load_and_split
from components.experiments.training.requests import RunRequest, parse_request
from components.models.drawing.html_table import html_table
from components.sharing.code.notebook import notebook
from components.sharing.code.script import script_of
from components.sharing.code.training_code import DATA
from components.sharing.predicting.predict_rows import predictions, prepared
from components.sharing.predicting.predict_script import predict_script
from components.sharing.predicting.row_table import RowTable
from sample_data.columns.preparation import RowsError, Step
from sample_data.columns.restore import restored
from sample_data.core.limits import IMAGE_BYTES
from sample_data.own import read_picture
from sample_data.own.saving import data_file, npz_bytes

ROWS = 50
"""Number of held-out rows to choose from."""
MOST_TYPED = 16
"""Largest number of values of an array that can be typed."""
_EDITABLE = ("number", "text")


def panel(run: Run, runs: VisitorRuns) -> None:
    """Show the panel. The file of the model is read only while the panel is open."""
    opened = st.expander(
        "Use this model", icon=":material/output:", key=f"use_model.{run.id}", on_change="rerun"
    )
    if not opened.open:
        return
    with opened, page_frame.guarded():
        missing = runs.missing_model(run)
        if missing is not None:
            st.caption(message_markdown(str(missing)))
            return
        content = runs.keras_file(run)
        learned, request = preprocessing_in(content), run_request(run)
        _files(run, runs, learned, request)
        _row_form(run, content, learned)


def _files(run: Run, runs: VisitorRuns, learned: Mapping[str, Any], request: RunRequest) -> None:
    name, report = identifier(run.name, "model"), runs.report(run)
    request = request.at_rate(report.learning_rate if report else None)
    model = f"{name}.keras"
    rows, rows_name = partial(_held_file, run.request_json, learned), f"rows.{_ending(learned)}"
    with layout.row("use_model_files", gap="xsmall"):
        for label, make, file, help in (
            (
                f"Model · {byte_size(run.model_bytes)}",
                lambda: runs.keras_file(run),
                model,
                "The trained model, and how your columns become its inputs. Keras loads it.",
            ),
            (
                "predict.py",
                lambda: predict_script(learned, model),
                "predict.py",
                "Reads a table and predicts its rows with the model. It needs nothing of this app.",
            ),
            (
                "Held-out rows",
                rows,
                rows_name,
                "Rows to try the model on. It was not trained on them.",
            ),
            ("Script", lambda: script_of(request).text, f"{name}.py", "Trains the model again."),
            (
                "Notebook",
                lambda: notebook(request.architecture, request.settings, request.data),
                f"{name}.ipynb",
                "The script as a notebook.",
            ),
            (
                "Data",
                lambda: data_file(request.data_architecture, request.data),
                Path(request.data).name if isinstance(request.data, str) else DATA,
                "The prepared data that the script reads.",
            ),
        ):
            download(label, make, file, key=f"use.{run.id}.{file}", help=help, width="content")
    st.code(
        f"import predict\nmodel = predict.load({model!r})\nprint(model.predict({rows_name!r}))",
        language="python",
    )


# A row by hand


def held_cells(
    request: RunRequest, learned: Mapping[str, Any], most: int | None
) -> dict[str, Sequence[Any]]:
    """Return the cells of the first held-out rows by column.

    Without held-out rows, return rows that the model was trained on. Cells of an input that a row
    lacks are empty.
    """
    split, data = load_and_split(request)
    rows = (split.held if len(split.held) else split.trained)[:most]
    cells: dict[str, Sequence[Any]] = {}
    for step in learned["inputs"]:
        own = restored(step, data.inputs[step["input"]][rows])
        if "present" in step:
            there = data.inputs[step["present"]][rows, 0] > 0
            for name, column in own.items():
                pairs = zip(column, there, strict=True)
                own[name] = [cell if has else _empty_like(cell) for cell, has in pairs]
        cells |= own
    return cells


def _empty_like(cell: Any) -> Any:
    return np.full(cell.shape, np.nan) if isinstance(cell, np.ndarray) else ""


@lru_cache(maxsize=4)
def _first_cells(request_json: str, learned_json: str) -> dict[str, Sequence[Any]]:
    return held_cells(parse_request(request_json), json.loads(learned_json), ROWS)


def _ending(learned: Mapping[str, Any]) -> str:
    columns = [column for step in learned["inputs"] for column in step["columns"]]
    return "csv" if all(column["as"] in _EDITABLE for column in columns) else "npz"


def _held_file(request_json: str, learned: Mapping[str, Any]) -> str | bytes:
    """Return a table of the held-out rows; arrays if they have pictures or sequences."""
    cells = held_cells(parse_request(request_json), learned, None)
    if _ending(learned) == "csv":
        return to_csv([list(cells), *zip(*cells.values(), strict=True)])
    return npz_bytes({name: np.array(column) for name, column in cells.items()})


def _row_form(run: Run, model: bytes, learned: Mapping[str, Any]) -> None:
    layout.heading("Predict a row")
    held = _first_cells(run.request_json, json.dumps(learned))
    index: int = st.selectbox(
        "Filled from",
        range(len(next(iter(held.values())))),
        format_func=lambda index: f"Row {index + 1}",
        key=f"use_row.{run.id}",
        help="A row of the file *Held-out rows*, counted from 1.",
        width=220,
    )
    with st.form(f"use_form.{run.id}"):
        cells: dict[str, Any] = {}
        with st.container(horizontal=True, key="use_fields"):
            for step in learned["inputs"]:
                for column in step["columns"]:
                    name = column["column"]
                    if name not in cells:
                        key = f"use.{run.id}.{index}.{name}"
                        cells[name] = _field(step, column, held[name][index], key)
        submitted = page_frame.pressed(
            "Predict",
            key=f"use_predict.{run.id}",
            draw=st.form_submit_button,
            type="primary",
            icon=":material/bolt:",
        )
    if submitted:
        _predict(run, weights_in(model), learned, cells)


def _field(step: Step, column: Step, cell: Any, key: str) -> Any:
    """Show the field of a column and return its cell; a large array keeps the row's values."""
    name = column["column"]
    label = escape_markdown(name)
    if step["kind"] == "category":
        options = [str(value) for value in step["values"]]
        known = options.index(cell) if cell in options else None
        return st.selectbox(
            label,
            options,
            index=known,
            key=key,
            accept_new_options=True,
            placeholder="empty",
            width=200,
        )
    if step["kind"] == "words":
        return st.text_area(label, cell, key=key, height="content", width=420)
    if column["as"] in _EDITABLE:
        return st.text_input(label, cell, key=key, width=200)
    if step["kind"] in ("array", "numbers") and math.prod(cell.shape) <= MOST_TYPED:
        numbers = ", ".join(f"{number:.4g}" for number in cell.ravel())
        typed = st.text_input(label, numbers, key=key, width=420)
        return typed.replace(",", " ").split()
    if column["as"] == "picture":
        return _picture(label, column, cell, key)
    with st.container(width=200):
        st.caption(label)
        if step["kind"] == "picture" and cell.shape[-1] in (1, 3) and cell.dtype == np.uint8:
            st.image(cell.squeeze(), width=96)
        else:
            st.caption(f"{' × '.join(map(str, cell.shape))} numbers, as in the row")
    return cell


def _picture(label: str, column: Step, cell: Any, key: str) -> Any:
    """Show the picture of the row and an upload that replaces it. Raises `DataError`."""
    with st.container(width=260):
        file = st.file_uploader(
            label, key=key, max_upload_size=uploads.most_bytes(IMAGE_BYTES) // 1_000_000
        )
        if file is not None:
            cell = read_picture(uploads.content(file, IMAGE_BYTES), file.name, column["size"])
        st.image(cell.squeeze(), width=96)
    return cell


def _predict(
    run: Run,
    weights: bytes,
    learned: Mapping[str, Any],
    cells: Mapping[str, Any],
) -> None:
    try:
        table = RowTable({name: [cell] for name, cell in cells.items()})
        arrays, notes = prepared(learned, table)
    except RowsError as error:
        raise DataError("This row can't be predicted.", str(error), "Correct the field.") from None
    if notes:
        st.caption(f":orange[:material/warning:] {message_markdown(' '.join(notes))}")
    with st.spinner("Predicting …"):
        predicted = predict_row(run.request_json, weights, arrays)
    outputs = {name: one.output[None] for name, one in predicted.items()}
    (row,) = predictions(learned, outputs)
    for head in learned["heads"]:
        _result(head["head"], row, predicted[head["head"]])


def _result(head: str, row: Mapping[str, Any], predicted: RowPrediction) -> None:
    """Show the prediction, the probability of each class, and the contribution of each input."""
    chances = [
        (key.removeprefix(f"{head}: "), f"{value:.3f}")
        for key, value in row.items()
        if key.startswith((f"{head}: ", f"{head}["))
    ]
    if head in row:
        shown = row[head] if isinstance(row[head], str) else f"{row[head]:,.4g}"
        st.markdown(f"{escape_markdown(humanize(head))}: **{escape_markdown(shown)}**")
    shares = predicted.shares
    contributions = [
        ("no input", f"{shares.base:+.3f}"),
        *zip(predicted.inputs, (f"{push:+.3f}" for push in shares.pushes), strict=True),
        ("sum", f"{shares.score:+.3f}"),
    ]
    unit = "value" if shares.confidence is None else "logit"
    right = (False, True)
    tables = html_table(chances, ("class", "probability"), row_heads=True, right=right)
    pushes = html_table(contributions, ("contribution", unit), row_heads=True, right=right)
    st.html(f'<div class="report">{tables if chances else ""}{pushes}</div>')
