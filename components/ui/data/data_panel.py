"""The sidebar's data: a synthetic relation with its settings, a real dataset or an own file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any, get_args

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import byte_size, plural
from components.model.spec import Architecture
from components.ui.editor.model_editor import UNDO, ModelEditor
from components.ui.editor.train_state import Source, TrainState
from components.ui.frame.visitor import visitor_runs
from components.ui.widgets import forms, layout, uploads
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.core import limits
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec
from sample_data.synthetic import DataSpec

NAMES: dict[Source, str] = {"relation": "Relation", "collection": "Real data", "own": "Own file"}
FILE = "own_file"

Panel = Callable[[ModelEditor, TrainState], None]


def data_panel(editor: ModelEditor, train: TrainState, relation: Panel | None = None) -> None:
    """The data to train on, with its settings; `relation` replaces the panel of relations."""
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
    forms.show(relation, fields, f"setting.{train.relation}", partial(put, fields))
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
    """The own file; where it `opens` a model, the page itself has no button for that."""
    most = uploads.most_bytes(limits.FILE_BYTES)
    st.file_uploader(
        "Your data file",
        type=["npz", "csv", "zip"],
        key=FILE,
        max_upload_size=most // 1_000_000,
        help=f"At most {byte_size(most)}: a `.csv` with a row for each sample; a `.npz` with one "
        "array for each input and head; or a `.zip` of pictures in a folder for each label, or of "
        "pictures, `.npy` sequences and a table that names them. No code in a file runs.",
        on_change=lambda: _read(train),
    )
    layout.show_error(train.refused)
    if train.own is None:
        return
    table = train.own.table
    st.html(
        f'<p class="quiet">In use: <b>{escape(table.name)}</b>, {table.rows:,} samples, '
        f"{plural(len(table.columns), 'column')}.</p>"
    )
    if opens:
        _open_model(editor, "Open a model that fits", "open_own", train.own.proposed)


def _read(train: TrainState) -> None:
    """Read the chosen file. If it can't be read, or is removed, the one in use stays."""
    file = st.session_state[FILE]
    train.refused = None
    if file is None:
        return
    try:
        table = own.read(uploads.content(file, limits.FILE_BYTES), file.name)
        train.take(table, lambda *data: visitor_runs().keep_file(*data))
    except PlaygroundError as error:
        train.refused = str(error)
