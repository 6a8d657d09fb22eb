"""The choice of data in the sidebar: a relation with its settings, a real dataset or a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any, get_args

import streamlit as st

from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.editor.train_state import Own, Source, TrainState
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import forms, layout, uploads
from components.base.errors import PlaygroundError
from components.base.markup import message_markdown
from components.base.text import byte_size, plural
from components.models.architecture.architecture import Architecture
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.core import limits
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.own import RowSplit, SplitBy
from sample_data.relations import RELATIONS

NAMES: dict[Source, str] = {"relation": "Relation", "collection": "Real data", "own": "Own file"}
FILE, HELD_FILE = "own_file", "held_file"
HELD_OUT: dict[SplitBy, str] = {
    "rows": "Random rows",
    "group": "Whole groups",
    "time": "Last rows by time",
    "file": "A file of its own",
}

Panel = Callable[[ModelEditor, TrainState], None]


def data_panel(editor: ModelEditor, train: TrainState, relation: Panel | None = None) -> None:
    """Show the choice of data with its settings; `relation` replaces the panel of relations."""
    layout.heading("Choose data")
    st.segmented_control(
        "Data",
        get_args(Source),
        default=train.source,
        required=True,
        format_func=NAMES.__getitem__,
        label_visibility="collapsed",
        width="stretch",
        **forms.linked("source", train.source, partial(setattr, train, "source")),
    )
    own_file = partial(_own, opens=relation is not None)
    panels: dict[Source, Panel] = {
        "relation": relation or _relation,
        "collection": _collection,
        "own": own_file,
    }
    panels[train.source](editor, train)


def put(values: dict[str, Any], field: str, value: Any) -> None:
    """Set a field; for callbacks of forms."""
    values[field] = value


def _relation(_: ModelEditor, train: TrainState) -> None:
    forms.select(
        "Relation of inputs and label",
        {kind: relation.title for kind, relation in RELATIONS.items()},
        train.relation,
        "relation",
        partial(setattr, train, "relation"),
        "How the label depends on the inputs.",
    )
    relation, fields = RELATIONS[train.relation], train.relation_settings(train.relation)
    _teaches(relation.teaches)
    forms.draw_settings(relation, fields, f"setting.{train.relation}", partial(put, fields))
    sized = ("samples", "seed"), ("difficulty",)
    forms.rows(DataSpec, train.data, "data", partial(put, train.data), *sized)


def _collection(editor: ModelEditor, train: TrainState) -> None:
    forms.select(
        "Real dataset",
        {kind: collection.title for kind, collection in COLLECTIONS.items()},
        train.collection,
        "collection",
        partial(setattr, train, "collection"),
    )
    collection = COLLECTIONS[train.collection]
    _teaches(collection.teaches)
    _open_model(editor, "Open its model", "open_collection", collection().architecture)
    change = partial(put, train.drawn)
    forms.rows(CollectionSpec, train.drawn, "drawn", change, ("samples", "seed"))


def _open_model(editor: ModelEditor, label: str, key: str, model: Architecture) -> None:
    st.button(
        label,
        icon=":material/account_tree:",
        key=key,
        width="stretch",
        help=f"Open a model with the inputs and labels of this dataset. {UNDO}",
        disabled=editor.valid == model,
        on_click=lambda: editor.open(model),
    )


def _teaches(text: str) -> None:
    st.html(f'<p class="quiet">{text}</p>')


def _own(editor: ModelEditor, train: TrainState, opens: bool) -> None:
    """Show the upload of a data file. `opens` adds a button that opens a model which fits.

    Set it on pages without their own button for that.
    """
    most = uploads.most_bytes(limits.FILE_BYTES)
    st.file_uploader(
        "Your data file",
        key=FILE,
        max_upload_size=most // 1_000_000,
        help=f"At most {byte_size(most)}: a table (`.csv`, `.tsv`, `.xlsx`, `.parquet`) with a row "
        "for each sample; a `.npz` with one array for each input and head; or a `.zip` of pictures "
        "in a folder for each label, or of pictures, `.npy` sequences and a table that names them. "
        "No code in a file runs.",
        on_change=lambda: _read(train),
    )
    layout.show_error(train.refused)
    if train.sheets[1:] and st.session_state.get(FILE) is not None:
        sheets = {name: name for name in train.sheets}
        forms.select("Sheet", sheets, train.sheet, "sheet", partial(_read, train))
    if train.own is None:
        return
    table = train.own.table
    st.html(
        f'<p class="quiet">In use: <b>{escape(table.name)}</b>, {table.rows:,} samples, '
        f"{plural(len(table.columns), 'column')}.</p>"
    )
    if opens:
        _open_model(editor, "Open a model that fits", "open_own", train.own.proposed)
    _held_out(editor, train, train.own)


def _read(train: TrainState, sheet: str = "") -> None:
    """Read the chosen file. If it can't be read, or was removed, the file in use stays."""
    file = st.session_state[FILE]
    train.refused = None
    if file is None:
        return
    train.sheets, train.sheet = (), ""
    try:
        content = uploads.content(file, limits.FILE_BYTES)
        table, train.sheets = own.read_with_sheets(content, file.name, sheet)
        train.sheet = sheet or "".join(train.sheets[:1])
        if isinstance(table, PlaygroundError):
            raise table
        train.take(table, lambda *data: visitor_runs().keep_file(*data))
    except PlaygroundError as error:
        train.refused = str(error)


def _held_out(editor: ModelEditor, train: TrainState, file: Own) -> None:
    """Show the choice of held-out rows of the file, with warnings."""
    split = file.split

    def change(name: str, value: Any) -> None:
        file.split = RowSplit(**{**file.split.model_dump(), name: value})

    forms.select(
        "Held-out rows",
        HELD_OUT,
        split.by,
        "split.by",
        partial(_hold_out_by, file),
        "Rows that no run trains on. They are chosen once: a run's seed never changes them, and "
        "scaling and vocabularies come from the other rows alone.",
    )
    if split.by in ("group", "time"):
        forms.select(
            "Column of the groups" if split.by == "group" else "Column of the time",
            {column.name: column.name for column in own.split_columns(file.table, split.by)},
            split.column or None,
            f"split.column.{split.by}",
            partial(change, "column"),
        )
    forms.draw_settings(RowSplit, split.model_dump(), "split", change, only=("share", "seed"))
    if split.by == "file":
        st.file_uploader(
            "File of held-out rows",
            key=HELD_FILE,
            max_upload_size=uploads.most_bytes(limits.FILE_BYTES) // 1_000_000,
            help="A file with the same columns, of which every row is held out.",
            on_change=lambda: _read_held(train),
        )
        layout.show_error(train.held_refused)
    try:
        text = own.split_text(split, own.held_rows(file.table, split))
        inputs = file.mapped(editor.valid).inputs.values()
        used = [column for part in inputs for column in part.columns]
        warnings = own.split_warnings(file.table, split, used)
    except PlaygroundError as error:
        text, warnings = str(error), []
    st.caption(message_markdown(text))
    for warning in warnings:
        st.warning(message_markdown(warning), icon=":material/warning:")
    if split.by in ("rows", "time") and any(
        own.looks_like(one, "group") for one in file.table.columns
    ):
        hold_out = partial(_hold_out_by, file, "group")
        st.button("Hold out whole groups", key="hold_out_groups", on_click=hold_out)


def _hold_out_by(file: Own, by: SplitBy) -> None:
    """Change how rows are held out.

    The column stays if it is allowed; otherwise it becomes the first one that looks right.
    """
    able = own.split_columns(file.table, by)
    column = file.split.column if file.split.column in {one.name for one in able} else ""
    likely = [one.name for one in able if own.looks_like(one, by)]
    file.split = RowSplit(
        **{**file.split.model_dump(), "by": by, "column": column or "".join(likely[:1])}
    )


def _read_held(train: TrainState) -> None:
    """Read the file of held-out rows and add its rows. If it can't be read, nothing changes."""
    file = st.session_state[HELD_FILE]
    train.held_refused = None
    if file is None or train.own is None:
        return
    try:
        table = own.read(uploads.content(file, limits.FILE_BYTES), file.name, train.sheet)
        train.own = replace(train.own, held=table)
    except PlaygroundError as error:
        train.held_refused = str(error)
