"""The data, seen: what it is, samples side by side, how labels are shared out, what is possible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from components.core.errors import DataError
from components.model.spec import Architecture
from components.render.palette import Theme
from components.ui.kit import forms
from components.ui.kit.model_editor import UNDO, ModelEditor
from components.ui.kit.train_state import Own, TrainState
from components.ui.train import ceilings_panel, sample_drawings, sample_view
from components.ui.train.sample_view import Balance
from sample_data.own import ColumnMapping, MappedColumns, fit, unused
from sample_data.relations import RELATIONS
from sample_data.sources import Data, about
from sample_data.synthetic import DataSpec

POLL_SECONDS = 0.4
ROW = 3
"""Widgets side by side where columns are mapped."""


def data_view(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    """Samples, labels and, for those who ask, hidden causes; or why there are none for the model,
    with a model that fits at one click."""
    try:
        _data(editor.valid, train, theme)
    except DataError as error:
        st.error(str(error), icon=":material/error:")
        fitting = train.fitting
        if fitting is not None:
            st.button(
                f"Open {train.data_title} with a model that fits",
                icon=":material/account_tree:",
                key="open_fitting",
                help=f"Opens it on the Build page. {UNDO}",
                on_click=lambda: editor.open(fitting),
            )


def _data(architecture: Architecture, train: TrainState, theme: Theme) -> None:
    if train.source == "own" and train.own is None:
        st.info(
            "Choose a file in the sidebar: arrays (.npz), a table (.csv), or pictures in folders "
            "(.zip). Samples appear here, and a model that fits is proposed.",
            icon=":material/upload_file:",
        )
        return
    data = train.spec(architecture)
    causes = isinstance(data, DataSpec)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_head"):
        if causes:
            st.latex(RELATIONS[train.relation].formula, width="content")
        st.html(_told(sample_view.balances(architecture, data)), width="content")
        if causes:
            widget = forms.widget_key("causes", train.causes)
            st.toggle(
                "Hidden causes",
                value=train.causes,
                key=widget,
                help="What each input was drawn from, before noise: the label follows from these.",
                on_change=forms.when_changed("causes", widget, partial(setattr, train, "causes")),
            )
    shown = sample_view.samples(architecture, data)
    if shown is None:
        st.info("A sample of this model is too large to be drawn here.", icon=":material/image:")
    else:
        st.html(sample_drawings.table(architecture, shown, theme, causes=causes and train.causes))
    if not causes:
        _source(data)


def what_is_possible(architecture: Architecture, train: TrainState, theme: Theme) -> None:
    """The ceilings, as soon as they are known; a relation alone has them."""
    if train.source != "relation":
        return
    data = train.spec(architecture)
    assert isinstance(data, DataSpec)
    pending = ceilings_panel.possible(architecture, data) is None

    @st.fragment(run_every=POLL_SECONDS if pending else None)
    def strip() -> None:
        found = ceilings_panel.possible(architecture, data)
        if pending and found is not None:
            st.rerun()
        names = [given.name for given in architecture.inputs]
        st.html(ceilings_panel.strip(found, theme, names))

    strip()


def mapping_view(editor: ModelEditor, train: TrainState) -> None:
    """Which columns of one's own file feed which input and head; a change is one widget."""
    architecture = editor.valid
    if train.source != "own" or train.own is None:
        return
    given, mapping = train.own, train.own.mapped(architecture)
    with st.expander("Columns and the model", icon=":material/table:", key="mapping"):
        names = [column.name for column in given.table.columns]
        parts = [("inputs", name, chosen) for name, chosen in mapping.inputs.items()]
        parts += [("heads", name, chosen) for name, chosen in mapping.heads.items()]
        for start in range(0, len(parts), ROW):
            row = parts[start : start + ROW]
            for place, (part, name, chosen) in zip(st.columns(ROW), row, strict=False):
                with place:
                    _columns(given, mapping, part, name, chosen, names)
        left = unused(given.table, mapping)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Fit sizes to the columns",
                icon=":material/fit_width:",
                key="fit_sizes",
                help="Give inputs and heads the sizes these columns have; all else stays.",
                on_click=lambda: editor.open(fit(given.table, architecture, mapping)),
            )
            st.caption(f"Not used: {', '.join(left)}." if left else "Every column is used.")


def _columns(
    given: Own,
    mapping: ColumnMapping,
    part: str,
    name: str,
    chosen: MappedColumns,
    names: Sequence[str],
) -> None:
    key = f"map.{given.table.name}.{part}.{name}"
    widget = forms.widget_key(key, list(chosen.columns))

    def changed(columns: list[str]) -> None:
        given.mapping = mapping.changed(name, columns, chosen.scaled)

    st.multiselect(
        f"{forms.humanize(name)} ({part[:-1]})",
        names,
        default=[column for column in chosen.columns if column in names],
        key=widget,
        placeholder="no column",
        on_change=forms.when_changed(key, widget, changed),
    )
    if not _scalable(given, chosen):
        return
    scale = f"{key}.scaled"
    switch = forms.widget_key(scale, chosen.scaled)

    def switched(scaled: bool) -> None:
        given.mapping = mapping.changed(name, chosen.columns, scaled)

    st.toggle(
        "Scale numbers",
        value=chosen.scaled,
        key=switch,
        help="To mean 0 and standard deviation 1. Ids, categories and pictures stay as they are.",
        on_change=forms.when_changed(scale, switch, switched),
    )


def _scalable(given: Own, chosen: MappedColumns) -> bool:
    """Whether there is a column of numbers among those chosen."""
    kinds = {column.kind for column in given.table.columns if column.name in chosen.columns}
    return bool(kinds & {"number", "vector", "timeseries", "image"})


def _told(balances: Sequence[Balance]) -> str:
    """`label  0 50 %  1 50 %`, a head after the other."""
    parts = []
    for balance in balances:
        most = max((share for _, share in balance.shares), default=1.0) or 1.0
        shares = "".join(
            f'<span title="{share:.1%} of the labels">{escape(label)} <b>{share:.0%}</b>'
            f'<i style="height:{max(2, round(14 * share / most))}px"></i></span>'
            for label, share in balance.shares
        )
        told = f"<span>{escape(balance.said)}</span>" if balance.said else ""
        parts.append(f"<div><em>{escape(forms.humanize(balance.head))}</em>{shares}{told}</div>")
    return f'<div class="balance">{"".join(parts)}</div>'


def _source(data: Data) -> None:
    found = about(data)
    told = [found.title, found.source, found.licence and f"Licence: {found.licence}", *found.notes]
    st.caption(" · ".join(text.rstrip(".") for text in told if text) + ".")
