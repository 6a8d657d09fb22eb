"""The sidebar's data: a relation with its dials, a real set, or a file of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any, get_args

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.text import byte_size
from components.ui.kit import forms
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import Own, Source, TrainState
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.core import limits
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec
from sample_data.synthetic import DataSpec

NAMES: dict[Source, str] = {"relation": "Relation", "collection": "Real set", "own": "Own file"}
FILE = "own_file"

Panel = Callable[[ModelEditor, TrainState], None]


def data_panel(editor: ModelEditor, train: TrainState, relation: Panel | None = None) -> None:
    """Which data runs are trained on, and what can be set of it; `relation` draws what is to be
    set of relations, one with its dials by default."""
    st.markdown("**Data**")
    widget = forms.widget_key("source", train.source)
    st.segmented_control(
        "Data",
        get_args(Source),
        default=train.source,
        required=True,
        format_func=NAMES.__getitem__,
        key=widget,
        label_visibility="collapsed",
        width="stretch",
        on_change=forms.when_changed("source", widget, partial(setattr, train, "source")),
    )
    panels = {"relation": relation or _relation, "collection": _collection, "own": _own}
    panels[train.source](editor, train)


def put(values: dict[str, Any], field: str, value: Any) -> None:
    """Set a field; for callbacks of forms."""
    values[field] = value


def _relation(_: ModelEditor, train: TrainState) -> None:
    titles = {kind: relation.title for kind, relation in RELATIONS.items()}
    widget = forms.widget_key("relation", train.relation)
    st.selectbox(
        "Relation of inputs and label",
        list(titles),
        index=list(titles).index(train.relation),
        key=widget,
        format_func=titles.__getitem__,
        help="Which inputs tell the label, and how they do it together.",
        on_change=forms.when_changed("relation", widget, partial(setattr, train, "relation")),
    )
    relation, dials = RELATIONS[train.relation], train.dial_values()
    _teaches(relation.teaches)
    forms.show(relation, dials, f"dial.{train.relation}", partial(put, dials))
    sized = ("samples", "seed"), ("difficulty",)
    forms.rows(DataSpec, train.data, "data", partial(put, train.data), *sized)


def _collection(editor: ModelEditor, train: TrainState) -> None:
    titles = {kind: collection.title for kind, collection in COLLECTIONS.items()}
    widget = forms.widget_key("collection", train.collection)
    st.selectbox(
        "Real set",
        list(titles),
        index=list(titles).index(train.collection),
        key=widget,
        format_func=titles.__getitem__,
        on_change=forms.when_changed("collection", widget, partial(setattr, train, "collection")),
    )
    chosen = COLLECTIONS[train.collection]
    _teaches(chosen.teaches)
    st.button(
        "Open its model",
        icon=":material/account_tree:",
        key="open_collection",
        width="stretch",
        help="Put a model that fits this set on the Build page; that can be undone there.",
        disabled=editor.valid == train.fitting,
        on_click=lambda: editor.open(COLLECTIONS[train.collection]().architecture),
    )
    change = partial(put, train.drawn)
    forms.rows(CollectionSpec, train.drawn, "drawn", change, ("samples", "seed"))


def _teaches(text: str) -> None:
    st.html(f'<p class="quiet">{text[:1].upper()}{text[1:].rstrip(".")}.</p>')


def _own(editor: ModelEditor, train: TrainState) -> None:
    st.file_uploader(
        "A file of yours",
        type=["npz", "csv", "zip"],
        key=FILE,
        max_upload_size=limits.FILE_BYTES // 1_000_000,
        help=f"At most {byte_size(limits.FILE_BYTES)}: a `.npz` with one array for each input "
        "and head, a `.csv` with a row for each sample, or a `.zip` of pictures in a folder for "
        "each label. Nothing in it is ever run.",
        on_change=lambda: _read(train),
    )
    if train.refused:
        st.error(train.refused, icon=":material/error:")
    if train.own is None:
        return
    table, proposed = train.own.table, train.own.proposed
    st.html(
        f'<p class="quiet">In use: <b>{escape(table.name)}</b>, {table.rows:,} samples, '
        f"{len(table.columns)} column{'s' * (len(table.columns) != 1)}.</p>"
    )
    st.button(
        "Open a model that fits",
        icon=":material/account_tree:",
        key="open_own",
        width="stretch",
        disabled=editor.valid == proposed,
        help="Put a model with this file's inputs and labels on the Build page; that can be "
        "undone there.",
        on_click=lambda: editor.open(proposed),
    )


def _read(train: TrainState) -> None:
    """Take the file in, or say why not; the one in use stays then, and where it is taken out."""
    given = st.session_state[FILE]
    train.refused = None
    if given is None:
        return
    try:
        table = own.read(given, given.name)
        train.own = Own(table, own.propose(table))
    except PlaygroundError as error:
        train.refused = str(error)
