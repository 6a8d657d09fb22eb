"""The view of the data: samples, the distribution of labels, ceilings, and column mapping."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from components.core.errors import DataError
from components.core.markup import escape_markdown, message_markdown
from components.core.text import join_names
from components.model.spec import Architecture
from components.render.palette import Theme
from components.ui.data import sample_drawings, sample_view
from components.ui.data.data_limits import data_limits
from components.ui.data.sample_view import LabelBalance
from components.ui.editor.model_editor import UNDO, ModelEditor
from components.ui.editor.train_state import Own, TrainState
from components.ui.frame import page_frame
from components.ui.train import ceilings_panel
from components.ui.widgets import forms, layout
from sample_data.own import ColumnMapping, MappedColumns, fit, unused
from sample_data.relations import RELATIONS
from sample_data.sources import Data, about
from sample_data.synthetic import DataSpec

POLL_SECONDS = 0.4
ROW = 3
"""Widgets side by side in the column mapping."""


def data_view(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    """Samples, labels and hidden causes. If the data does not fit the model, the reason and a
    button that opens a model that fits."""
    try:
        _data(editor.valid, train, theme)
    except DataError as error:
        st.error(message_markdown(str(error)), icon=":material/error:")
        fitting = train.fitting
        if fitting is not None:
            st.button(
                f"Open {escape_markdown(train.data_title)} with a model that fits",
                icon=":material/account_tree:",
                key="open_fitting",
                help=f"Opens it on the Build page. {UNDO}",
                on_click=lambda: editor.open(fitting),
            )


def _data(architecture: Architecture, train: TrainState, theme: Theme) -> None:
    if train.source == "own" and train.own is None:
        st.info(
            "Choose a file in the sidebar: arrays (.npz), a table (.csv), or images in folders "
            "(.zip). Samples appear here, with a suggested model that fits.",
            icon=":material/upload_file:",
        )
        return
    data = train.spec(architecture)
    causes = isinstance(data, DataSpec)
    with layout.row("data_head"):
        if causes:
            st.markdown(rf"$\displaystyle {RELATIONS[train.relation].formula}$", width="content")
        st.html(_balance_html(sample_view.balances(architecture, data)), width="content")
        if causes:
            st.toggle(
                "Hidden causes",
                value=train.causes,
                help="Hidden values behind each input, without noise. They determine the label.",
                **forms.linked("causes", train.causes, partial(setattr, train, "causes")),
            )
    samples = sample_view.samples(architecture, data)
    if samples is None:
        st.info("One sample of this model is too large to show.", icon=":material/image:")
    else:
        st.html(sample_drawings.table(architecture, samples, theme, causes=causes and train.causes))
    if not causes:
        _source_caption(data)


def ceilings_view(architecture: Architecture, train: TrainState, theme: Theme) -> None:
    """The ceilings of a relation, as soon as they are computed. Other data has none."""
    if train.source != "relation":
        return
    data = train.spec(architecture)
    assert isinstance(data, DataSpec)
    names = [input.name for input in architecture.data_inputs]
    page_frame.polled(
        partial(data_limits, architecture, data),
        lambda limits: (limits is None,),
        lambda limits: st.html(ceilings_panel.strip(limits, theme, names)),
        POLL_SECONDS,
    )


def mapping_view(editor: ModelEditor, train: TrainState) -> None:
    """Which columns of the user's file feed which input and head: one widget each."""
    architecture = editor.valid
    if train.source != "own" or train.own is None:
        return
    file, mapping = train.own, train.own.mapped(architecture)
    with st.expander("Columns and the model", icon=":material/table:", key="mapping"):
        names = [column.name for column in file.table.columns]
        parts = [("inputs", name, chosen) for name, chosen in mapping.inputs.items()]
        parts += [("heads", name, chosen) for name, chosen in mapping.heads.items()]
        for start in range(0, len(parts), ROW):
            row = parts[start : start + ROW]
            for column, (part, name, chosen) in zip(st.columns(ROW), row, strict=False):
                with column:
                    _columns_widget(file, mapping, part, name, chosen, names)
        not_used = unused(file.table, mapping)
        with layout.row():
            st.button(
                "Fit sizes to the columns",
                icon=":material/fit_width:",
                key="fit_sizes",
                help="Sets the sizes of inputs and heads to those of the columns.",
                on_click=lambda: editor.open(fit(file.table, architecture, mapping)),
            )
            st.caption(
                f"Not used: {escape_markdown(join_names(not_used))}."
                if not_used
                else "All columns are used."
            )


def _columns_widget(
    file: Own,
    mapping: ColumnMapping,
    part: str,
    name: str,
    chosen: MappedColumns,
    names: Sequence[str],
) -> None:
    key = f"map.{file.table.name}.{part}.{name}"

    def changed(columns: list[str]) -> None:
        file.mapping = mapping.changed(name, columns, chosen.scaled)

    st.multiselect(
        f"{forms.humanize(name)} ({part[:-1]})",
        names,
        default=[column for column in chosen.columns if column in names],
        placeholder="no column",
        **forms.linked(key, list(chosen.columns), changed),
    )
    if not _scalable(file, chosen):
        return

    def switched(scaled: bool) -> None:
        file.mapping = mapping.changed(name, chosen.columns, scaled)

    st.toggle(
        "Scale numbers",
        value=chosen.scaled,
        help="To mean 0 and standard deviation 1. Ids, categories and images do not change.",
        **forms.linked(f"{key}.scaled", chosen.scaled, switched),
    )


def _scalable(file: Own, chosen: MappedColumns) -> bool:
    """Whether one of the chosen columns has numbers."""
    kinds = {column.kind for column in file.table.columns if column.name in chosen.columns}
    return bool(kinds & {"number", "vector", "timeseries", "image"})


def _balance_html(balances: Sequence[LabelBalance]) -> str:
    """`label  0 50%  1 50%`, one head after another."""
    parts = []
    for balance in balances:
        most = max((share for _, share in balance.shares), default=1.0) or 1.0
        shares = "".join(
            f'<span title="{share:.1%} of the labels">{escape(label)} <b>{share:.0%}</b>'
            f'<i style="height:{max(2, round(14 * share / most))}px"></i></span>'
            for label, share in balance.shares
        )
        summary = f"<span>{escape(balance.summary)}</span>" if balance.summary else ""
        parts.append(f"<div><em>{escape(forms.humanize(balance.head))}</em>{shares}{summary}</div>")
    return f'<div class="balance">{"".join(parts)}</div>'


def _source_caption(data: Data) -> None:
    facts = about(data)
    licence = facts.licence and f"Licence: {facts.licence}"
    texts = [facts.title, facts.source, licence, *facts.notes]
    st.caption(escape_markdown(" · ".join(text.rstrip(".") for text in texts if text)) + ".")
