"""The user's data file: its columns as read, their assignment, and help to make a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.editor.train_state import Own, TrainState
from components.app.parts.frame import page_frame
from components.app.parts.widgets import downloads, layout, tables
from components.base.errors import PlaygroundError
from components.base.markup import escape_markdown, message_markdown
from components.base.text import join_names, plural
from components.models.analysis.input_removal import without_input
from components.models.architecture.architecture import Architecture
from sample_data import own
from sample_data.columns.column import Reading
from sample_data.own import ColumnMapping, DataTable, MappedColumns
from sample_data.own import file_example as example

VALUES = 3
"""Number of values shown for a column."""
NOT_USED = "not used"
NEW = "new input"
READINGS: dict[str, Reading] = {
    "Number": "number",
    "Category": "category",
    "Words": "text",
    "Date": "date",
    "Left out": "leave out",
}
"""Readings of a column by label."""
EXPLAINED = 6
"""Number of unused columns that are explained, each with a button."""
_HEIGHT = 320
_SCALED = {"number", "vector", "timeseries", "image"}
"""Kinds of columns whose numbers can be scaled."""


def file_view(editor: ModelEditor, train: TrainState, problem: str) -> None:
    """Show how the file was read; `problem` is the reason why it does not fit the open model.

    The reason is an error only if the user has assigned the columns.
    """
    file = train.own
    assert file is not None
    if problem and file.mapping is not None:
        layout.show_error(problem)
    elif problem:
        st.markdown(f"**What was read from {escape_markdown(file.table.name)}**")
    if problem:
        model = file.proposed
        st.dataframe(
            _rows(file.table, own.propose_mapping(file.table, model, file.grouped)),
            hide_index=True,
            column_config={"First values": st.column_config.TextColumn(width="medium")},
            height=tables.height_of(len(file.table.columns), _HEIGHT),
            key="recognised",
        )
    with layout.row("own_buttons"):
        if problem:
            st.button(
                "Build a model for this file",
                type="primary",
                icon=":material/account_tree:",
                key="open_fitting",
                help=f"Opens a model with an input for each group of columns. {UNDO}",
                on_click=lambda: editor.open(file.proposed),
            )
        if page_frame.pressed("Columns …", icon=":material/table:", key="columns"):
            _columns_dialog(editor, train, file)
    with st.container(gap=None, key="column_notes"):
        for note in file.table.notes if problem else ():
            st.caption(message_markdown(note))
        _unused_columns(editor, train, file, fits=not problem)
        _doubtful_columns(editor, train, file)


def _rows(table: DataTable, mapping: ColumnMapping) -> dict[str, list[str]]:
    """Return the columns of a table with a row for each column of the file.

    They are its name, input or head, kind and first values.
    """
    goes_to = _targets(mapping)
    first = range(min(VALUES, table.rows))
    return {
        "Column": list(table.names),
        "Goes to": [goes_to.get(name, NOT_USED) for name in table.names],
        "Read as": [column.recognised for column in table.columns],
        "First values": [" · ".join(map(column.cell, first)) for column in table.columns],
    }


def _targets(mapping: ColumnMapping) -> dict[str, str]:
    """Return the label of the input or head of each column in use."""
    labels, parts = _labels(mapping), {**mapping.inputs, **mapping.heads}
    return {column: labels[name] for name, part in parts.items() for column in part.columns}


def _labels(mapping: ColumnMapping) -> dict[str, str]:
    """Return the label of each input and head in a table, by name."""
    return {name: name for name in mapping.inputs} | {
        name: f"{name} (predicted)" for name in mapping.heads
    }


def _unused_columns(editor: ModelEditor, train: TrainState, file: Own, fits: bool) -> None:
    """Show why columns are not used, each with a button that makes it a feature.

    `fits` says that the open model reads the file.
    """
    parts = (*file.mapped(editor.valid).inputs.values(), *file.mapped(editor.valid).heads.values())
    used = {column for part in parts for column in part.columns}
    unused = {name: reason for name, reason in file.grouped.unused.items() if name not in used}
    for name, reason in [*unused.items()][:EXPLAINED]:
        with layout.row():
            st.caption(message_markdown(f"`{name}` is not used: {reason}."), width="content")
            column = file.table.column(name)
            kind: Reading = "category" if column.kind == "category" else "text"
            if column.kind == "number":
                kind = "date" if column.dates else "number"
            st.button(
                "Use it",
                type="tertiary",
                key=f"use.{name}",
                help="Makes it a feature of the model.",
                on_click=partial(_use, editor, train, file, name, kind, fits),
            )
    if rest := [*unused][EXPLAINED:]:
        st.caption(message_markdown(f"Not used for such reasons either: {join_names(rest)}."))


def _doubtful_columns(editor: ModelEditor, train: TrainState, file: Own) -> None:
    """Show columns of texts whose reading is uncertain, each with a button that changes it."""
    predicted = {c for part in file.mapped(editor.valid).heads.values() for c in part.columns}
    for column in file.table.doubtful:
        if column.name in predicted:
            continue
        words = column.kind == "text"
        with layout.row():
            st.caption(
                f"{escape_markdown(column.name)} has {plural(column.distinct, 'different text')}, "
                f"read as {'words' if words else 'a category'}.",
                width="content",
            )
            st.button(
                "Read as a category" if words else "Read as words",
                type="tertiary",
                key=f"read_as.{column.name}",
                on_click=partial(
                    _read_as, editor, train, file, column.name, "category" if words else "text"
                ),
            )


def _read_as(editor: ModelEditor, train: TrainState, file: Own, column: str, kind: Reading) -> None:
    """Read the column in the other way. A model that was built for the file is rebuilt."""
    try:
        train.own = replace(file, readings={**file.readings, column: kind})
    except PlaygroundError as error:
        train.refused = str(error)
        return
    if editor.valid == file.proposed:
        editor.open(train.own.proposed)


def _use(
    editor: ModelEditor, train: TrainState, file: Own, column: str, kind: Reading, fits: bool
) -> None:
    """Use a column: in the model that is built for the file, or by a new input of a changed one."""
    if not fits or editor.valid == file.proposed:
        _read_as(editor, train, file, column, kind)
        return
    with page_frame.keeping_error(train):
        read = replace(file, readings={**file.readings, column: kind})
        model, read.mapping = own.with_new_inputs(
            read.table, editor.valid, file.mapped(editor.valid), [column]
        )
        train.own = read
        editor.open(model)


@st.dialog("Columns and the model", width="large", icon=":material/table:")
def _columns_dialog(editor: ModelEditor, train: TrainState, file: Own) -> None:
    """Show a table with the input or head of each column, and its reading."""
    model = editor.valid
    mapping = file.mapped(model)
    names = {label: name for name, label in _labels(mapping).items()}
    rows = _rows(file.table, mapping)
    edited = st.data_editor(
        rows,
        hide_index=True,
        disabled=("Column", "First values"),
        column_config={
            "Goes to": st.column_config.SelectboxColumn(
                options=[*names, NEW, NOT_USED],
                required=True,
                help="Input or head of the model. Choose a new input to see the share of this "
                "column alone.",
            ),
            "Read as": st.column_config.SelectboxColumn(
                options=list(dict.fromkeys([*READINGS, *rows["Read as"]])),
                required=True,
                help="Kind of the cells. A column that is left out is no input, but can still name "
                "groups of rows.",
            ),
        },
        height=tables.height_of(len(file.table.columns), _HEIGHT),
        key="columns_table",
    )
    chosen = dict(zip(edited["Column"], edited["Goes to"], strict=True))
    readings = _readings(edited, rows, file)
    left = {name for name, reading in readings.items() if reading == "leave out"}
    targets = {c: names[label] for c, label in chosen.items() if label in names and c not in left}
    split_off = [c for c, label in chosen.items() if label == NEW and c not in left]
    scalable = [name for name in names.values() if _scalable(file.table, targets, name)]
    parts = {**mapping.inputs, **mapping.heads}
    scaled = st.pills(
        "Scale numbers to mean 0 and standard deviation 1, pixels to 0 to 1",
        scalable,
        selection_mode="multi",
        default=[name for name in scalable if parts[name].scaled],
        key="columns_scaled",
    )
    changed = mapped(mapping, targets, [*scaled, *(set(parts) - set(scalable))])
    with layout.row():
        use = page_frame.pressed("Use these columns", type="primary", key="use_columns")
        fits = page_frame.pressed(
            "Use them and fit the model's sizes",
            icon=":material/fit_width:",
            key="fit_sizes",
            help=f"Sets the sizes of inputs and heads to those of the columns. {UNDO}",
        )
    if use or fits:
        try:
            model, changed = without_left_out(model, changed, mapping, left)
            taken = replace(file, mapping=changed, readings=readings)
            if split_off:
                model, taken.mapping = own.with_new_inputs(taken.table, model, changed, split_off)
            elif fits:
                model = own.fit(taken.table, model, changed)
        except PlaygroundError as error:
            layout.show_error(str(error))
            return
        train.own = taken
        if model != editor.valid:
            editor.open(model)
        st.rerun()


def without_left_out(
    model: Architecture, changed: ColumnMapping, before: ColumnMapping, left: Collection[str]
) -> tuple[Architecture, ColumnMapping]:
    """Return the model and the mapping without the inputs whose columns are all left out.

    Raises `SpecError` if the model needs one of these inputs.
    """
    inputs = dict(changed.inputs)
    for name, part in before.inputs.items():
        if part.columns and set(part.columns) <= set(left) and not inputs[name].columns:
            model = without_input(model, name)
            del inputs[name]
    return model, changed.model_copy(update={"inputs": inputs})


def _readings(
    edited: Mapping[str, Sequence[str]], shown: Mapping[str, Sequence[str]], file: Own
) -> dict[str, Reading]:
    """Return the readings chosen by the user, now and before."""
    readings = dict(file.readings)
    for name, now, before in zip(
        edited["Column"], edited["Read as"], shown["Read as"], strict=True
    ):
        if now != before and now in READINGS:
            readings[name] = READINGS[now]
    return readings


def mapped(mapping: ColumnMapping, targets: dict[str, str], scaled: Sequence[str]) -> ColumnMapping:
    """Return the mapping for the chosen input or head of each column, in the order of columns."""

    def columns(name: str) -> MappedColumns:
        chosen = tuple(column for column, target in targets.items() if target == name)
        return MappedColumns(columns=chosen, scaled=name in scaled)

    return ColumnMapping(
        inputs={name: columns(name) for name in mapping.inputs},
        heads={name: columns(name) for name in mapping.heads},
    )


def _scalable(table: DataTable, targets: dict[str, str], part: str) -> bool:
    return any(c.kind in _SCALED and targets.get(c.name) == part for c in table.columns)


@st.dialog("How to make this file", width="large", icon=":material/help:")
def file_help(model: Architecture) -> None:
    """Explain how to make a file for a model, with its names and shapes and example files."""
    st.markdown(
        "**A table** (`.csv`, `.tsv`, `.xlsx`, `.parquet`) has a row for each sample and a column "
        "for each number, category or text, and for what is predicted. A model for it is built by "
        "one click."
    )
    downloads.download(
        "Example .csv", example.example_csv, "example.csv", key="example_csv", width="content"
    )
    st.markdown("**Arrays** (`.npz`) for this model:")
    st.code(example.example_code(model), language="python")
    media = example.has_media(model)
    if media:
        st.markdown("**Pictures and sequences with a table** (`.zip`): the table names the files.")
        st.code(example.example_table(model), language=None)
    with layout.row():
        downloads.download(
            "Example .npz",
            partial(example.example_npz, model),
            "example.npz",
            key="example_npz",
            width="content",
        )
        if media:
            downloads.download(
                "Example .zip",
                partial(example.example_zip, model),
                "example.zip",
                key="example_zip",
                width="content",
            )
