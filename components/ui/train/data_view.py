"""The view of the data: samples, the distribution of labels, ceilings, and an own file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from components.core.markup import escape_markdown, message_markdown
from components.model.spec import Architecture
from components.render.palette import Theme
from components.ui.data import sample_drawings, sample_view
from components.ui.data.data_limits import data_limits
from components.ui.data.own_file import file_help, file_view
from components.ui.data.sample_view import LabelBalance
from components.ui.editor.model_editor import UNDO, ModelEditor
from components.ui.editor.train_state import TrainState
from components.ui.frame import page_frame
from components.ui.train import ceilings_panel
from components.ui.widgets import forms, layout
from sample_data.relations.base import Relation
from sample_data.sources import Data, about
from sample_data.synthetic import DataSpec

POLL_SECONDS = 0.4


def data_view(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    """Samples, labels and hidden causes. If the data does not fit the model, the reason and a
    button that opens a model that fits."""
    problem = train.problem(editor.valid)
    if not problem:
        _data(editor.valid, train, theme)
    if train.source == "own" and train.own is not None:
        file_view(editor, train, problem)
    elif problem:
        _no_data(editor, train, problem)


def _no_data(editor: ModelEditor, train: TrainState, problem: str) -> None:
    if train.source == "own":
        then = "" if train.file.name else " Its first rows appear here, and a model that fits it."
        st.info(f"{message_markdown(problem)}{then}", icon=":material/upload_file:")
        if st.button("How to make this file", icon=":material/help:", key="file_help"):
            file_help(editor.valid)
        return
    st.error(message_markdown(problem), icon=":material/error:")
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
    data = train.spec(architecture)
    causes = isinstance(data, DataSpec)
    if isinstance(data, DataSpec):
        _relation(data.relation, theme)
    with layout.row("data_head"):
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


def _relation(relation: Relation, theme: Theme) -> None:
    """When the label is 1: a sentence, a picture where two numbers can show it, the formula."""
    points = sample_view.plane_points(relation)
    with layout.row("relation_head"):
        if points:
            st.html(sample_drawings.plane(points, theme), width="content")
        with st.container(gap="xsmall", width="stretch"):
            st.markdown(relation.plain)
            layout.formula(relation.formula)


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
    with st.popover("What these mean", icon=":material/help:", type="tertiary", key="terms"):
        st.markdown(ceilings_panel.TERMS)


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
    st.caption(message_markdown(" · ".join(text.rstrip(".") for text in texts if text)) + ".")
