"""Data on the Train page: samples, label distribution, ceilings and the visitor's own file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from itertools import cycle

import streamlit as st

from components.app.pages.train.own_file import file_help, file_view
from components.app.parts.data import sample_drawings, sample_view
from components.app.parts.data.data_limits import DataLimits, data_limits
from components.app.parts.data.sample_view import LabelBalance
from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.app.parts.frame import page_frame
from components.app.parts.widgets import forms, html_parts, layout
from components.base.markup import escape_markdown, message_markdown
from components.base.text import humanize
from components.models.architecture.architecture import Architecture
from components.models.drawing.palette import Theme
from sample_data.ceilings import OTHER_SUMS, Ceiling, Ceilings
from sample_data.ceilings.information import Information
from sample_data.loading.sources import Data, about
from sample_data.loading.synthetic import DataSpec
from sample_data.relations.base import Relation

POLL_SECONDS = 0.4
LEAST_BITS = 0.005
"""Smallest shown part of the information, in bits; smaller ones would read as 0.00."""

TERMS = """
- **Chance**: guessing without any input.
- **Alone**: the best that a model with this input only can reach.
- **Additive model**: the best sum of one function of each input. It can't combine inputs.
- **Bayes optimum**: the best that any model can reach on this data.
- **Bits about the label**: one bit decides a yes or no. *Redundant* bits are in every input,
  *unique* ones in one input only, and *synergy* only in all inputs together.
"""
"""Explanation of the terms in the panel."""


def data_view(editor: ModelEditor, train: TrainState, theme: Theme) -> None:
    """Draw samples, labels and hidden causes.

    If the data does not fit the model, draw the reason and a button that opens a model that fits.
    """
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
        if page_frame.pressed("How to make this file", icon=":material/help:", key="file_help"):
            file_help(editor.valid)
        return
    layout.show_error(problem)
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
    data = train.chosen_data(architecture)
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
    """Explain when the label is 1: a sentence, the formula, and a picture of two numbers if any."""
    points = sample_view.plane_points(relation)
    with layout.row("relation_head"):
        if points:
            st.html(sample_drawings.plane(points, theme), width="content")
        with st.container(gap="xsmall", width="stretch"):
            st.markdown(relation.plain)
            layout.formula(relation.formula)


def ceilings_view(architecture: Architecture, train: TrainState, theme: Theme) -> None:
    """Draw the ceilings of a relation as soon as they are computed. Other data has none."""
    if train.source != "relation":
        return
    data = train.chosen_data(architecture)
    assert isinstance(data, DataSpec)
    names = [input.name for input in architecture.data_inputs]
    page_frame.polled(
        partial(data_limits, architecture, data),
        lambda limits: limits is None,
        lambda limits: st.html(ceilings_strip(limits, theme, names)),
        POLL_SECONDS,
    )
    with st.popover("What these mean", icon=":material/help:", type="tertiary", key="terms"):
        st.markdown(TERMS)


def _balance_html(balances: Sequence[LabelBalance]) -> str:
    """Return `label  0 50%  1 50%` for each head as HTML."""
    parts = []
    for balance in balances:
        most = max((share for _, share in balance.shares), default=1.0) or 1.0
        shares = "".join(
            f'<span title="{share:.1%} of the labels">{escape(label)} <b>{share:.0%}</b>'
            f'<i style="height:{max(2, round(14 * share / most))}px"></i></span>'
            for label, share in balance.shares
        )
        summary = f"<span>{escape(balance.summary)}</span>" if balance.summary else ""
        parts.append(f"<div><em>{escape(humanize(balance.head))}</em>{shares}{summary}</div>")
    return f'<div class="balance">{"".join(parts)}</div>'


def _source_caption(data: Data) -> None:
    facts = about(data)
    licence = facts.licence and f"Licence: {facts.licence}"
    texts = [facts.title, facts.source, licence, *facts.notes]
    st.caption(message_markdown(" · ".join(text.rstrip(".") for text in texts if text)) + ".")


# Display of the data's limits


def ceilings_strip(limits: DataLimits | None, theme: Theme, inputs: Sequence[str]) -> str:
    """Return the ceilings of each head and the information in bits as HTML.

    The ceilings are those of chance, each input, additive models and all models. While they are
    being computed, a line of the same height says so.
    """
    if limits is None:
        return '<p class="possible wait">Computing the best possible results on this data …</p>'
    if limits.error:
        return f'<p class="possible wait">{escape(limits.error)}</p>'
    rows = [
        _row(head, of_head, theme, inputs, len(limits.ceilings) > 1)
        for head, of_head in limits.ceilings.items()
    ]
    bits = _bits(limits.information, theme, inputs) if limits.information else ""
    return f'<div class="possible">{"".join(rows)}{bits}</div>'


def _row(head: str, of_head: Ceilings, theme: Theme, inputs: Sequence[str], named: bool) -> str:
    measure = "accuracy" if of_head.measure == "accuracy" else "R²"
    title = f"{head}: ceilings of {measure}" if named else f"Ceilings of {measure}"
    hues = dict(zip(inputs, cycle(tones.title for tones in theme.branches), strict=False))
    share = of_head.measure == "accuracy"
    added = (
        "With the sum of one function for each input that has the least "
        f"{'cross-entropy' if share else 'squared error'}. This is what training looks for."
    )
    other = OTHER_SUMS if share else ""
    cells = [
        _cell("chance", of_head.chance, theme.quiet, "Without any input."),
        *(
            _cell(f"{name} alone", of_head.single[name], hue, "With this input alone.")
            for name, hue in hues.items()
            if name in of_head.single
        ),
        _cell("additive model", of_head.additive, theme.trunk.title, added, other),
        _cell("Bayes optimum", of_head.bayes, theme.merge.title, "With the best possible model."),
    ]
    return html_parts.figures(cells, title, small=True)


def _cell(name: str, level: Ceiling, color: str, note: str, more: str = "") -> html_parts.Figure:
    error = f"Simulated, ± {level.error:.4f}." if level.error else "Exact."
    notes = " ".join(filter(None, (note, error, more)))
    return html_parts.Figure(name, f"{level.value:.3f}", notes, color)


def _bits(information: Information, theme: Theme, inputs: Sequence[str]) -> str:
    """Return a bar of the information about the label: redundant, unique by input, synergistic."""
    hues = zip(inputs, cycle(tones.solid for tones in theme.branches), strict=False)
    unique = ((f"only {name}", information.unique.get(name, 0.0), hue) for name, hue in hues)
    parts = [
        ("redundant", information.redundancy, theme.trunk.solid),
        *unique,
        ("synergy", information.synergy, theme.merge.solid),
    ]
    total = sum(max(bits, 0.0) for _, bits, _ in parts)
    if total < LEAST_BITS:
        return (
            '<div class="bits"><span>The inputs have no information about the label.</span></div>'
        )
    shown = [part for part in parts if part[1] >= LEAST_BITS]
    bar = "".join(
        f'<i style="width:{100 * bits / total:.1f}%;background:{color}"></i>'
        for _, bits, color in shown
    )
    legend = "".join(
        f'<span><i class="dot" style="background:{color}"></i>{escape(name)} {bits:.2f}</span>'
        for name, bits, color in shown
    )
    error = f", ± {information.error:.3f}" if information.error else ""
    title = f"Information about the label, in bits{error}{_decomposition(len(information.unique))}"
    return (
        f'<div class="bits" title="{escape(title)}"><span class="of">Bits about the label</span>'
        f'<div class="stack">{bar}</div>{legend}</div>'
    )


def _decomposition(inputs: int) -> str:
    """Describe the decomposition of the bits; only that of two inputs comes from the literature."""
    if inputs == 2:
        return " (Bertschinger 2014)"
    if inputs < 2:
        return ""
    return (
        ". Unique to an input is what all others together do not say. Synergy is what remains: it "
        "also holds what only some of the inputs share"
    )
