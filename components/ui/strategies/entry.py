"""One strategy or encoder on the page, in the list or alone, and the buttons that use it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.analysis import trials
from components.analysis.trials import TrialResult
from components.core.paths import ROOT
from components.merges.base import Merge
from components.model.spec import Architecture
from components.render import diagram
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.kit import drafts, edit_kinds, edits
from components.ui.kit.drafts import Draft
from components.ui.kit.fixes import Change
from components.ui.kit.model_editor import UNDO, ModelEditor
from components.ui.kit.viewer import viewer
from components.ui.strategies import card_html, cards
from components.ui.strategies.cards import Card, Section
from components.ui.strategies.miniature import miniature, picture

LARGE = 480
"""Height in pixels of the picture of one entry alone."""


def entry_card(
    editor: ModelEditor, spec: Architecture, theme: Theme, section: Section, kind: str
) -> None:
    """One entry in the grid: what it does, a miniature, its figures and buttons."""
    card = cards.card(spec, section, kind)
    st.html(card_html.heading(card))
    miniature(picture(spec, section, kind, theme.name), card)
    formula(card)
    st.html(f"{card_html.figures(card)}{card_html.facts(card, card_html.SHORT)}")
    if section == "encoder":
        table = card_html.fields(card.concept)
        st.html(f'<details class="more"><summary>Fields</summary>{table}</details>')
    with st.container(horizontal=True, gap="xsmall", key=f"buttons_{kind}"):
        _use(editor, spec, card)
        details_button(card)


def entry_details(
    editor: ModelEditor, theme: Theme, spec: Architecture, section: Section, kind: str
) -> None:
    """One entry with a large picture and its fields."""
    card = cards.card(spec, section, kind)
    beside, picture = st.columns(2, gap="medium")
    with beside, st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(card_html.heading(card, 2))
            _use(editor, spec, card)
        formula(card)
        st.html(card_html.figures(card))
        _weights(card)
        st.html(card_html.facts(card))
    with picture:
        svg = diagram.svg(card.graph, DiagramOptions(theme=theme.name))
        viewer(svg, card.alt, None, lambda _: None, key="closer_picture", height=LARGE)
        if card.on:
            st.caption(card.on)
    st.html(f'<h3 class="subheading">Fields</h3>{card_html.fields(card.concept)}')


def formula(card: Card) -> None:
    if issubclass(card.concept, Merge):
        with st.container(key=f"formula_{card.kind}"):
            st.markdown(rf"$\displaystyle {card.concept.formula}$")


def _weights(card: Card) -> None:
    """The formula of the number of parameters, if there are any."""
    if issubclass(card.concept, Merge) and card.concept.weights != "0":
        with st.container(horizontal=True, gap=None, wrap=False, key=f"weights_{card.kind}"):
            st.html('<span class="label">Parameters</span>', width="content")
            st.markdown(f"${card.concept.weights}$")


def details_button(card: Card) -> None:
    def show() -> None:
        st.query_params[card.section] = card.kind

    st.button(
        "Details",
        icon=":material/zoom_in:",
        type="tertiary",
        key=f"closer.{card.kind}",
        on_click=show,
        help=f"Show {card.concept.title} with a large picture and all its fields.",
    )


def _use(editor: ModelEditor, spec: Architecture, card: Card) -> None:
    if card.section == "strategy":
        _use_strategy(editor, spec, card.kind)
    else:
        _use_encoder(editor, spec, card.kind)


def _use_strategy(editor: ModelEditor, spec: Architecture, kind: str) -> None:
    result = trials.try_merge(spec, kind).result
    if result is None:
        return
    merge = result.architecture.merges[-1]
    help = f"Use this strategy for merge `{merge.name}`."
    if result.adapters:
        help += f" Sources of other widths are projected (policy `{merge.fit}`)."
    used = result.architecture == spec
    if st.button(
        "In use" if used else "Use this",
        icon=":material/check:",
        key=f"use.{kind}",
        help=None if used else f"{help} {UNDO}",
        disabled=used,
    ):
        _go(editor, partial(use_strategy, result=result))


def _use_encoder(editor: ModelEditor, spec: Architecture, kind: str) -> None:
    names = trials.readable_inputs(spec, kind)
    if not names:
        return
    chosen = st.menu_button(
        "Use this for",
        list(names),
        icon=":material/check:",
        key=f"use.{kind}",
        help=f"Use this encoder for a branch. {UNDO}",
    )
    if chosen is not None:
        _go(editor, partial(use_encoder, name=chosen, kind=kind))


def _go(editor: ModelEditor, change: Change) -> None:
    editor.edit(change)
    st.switch_page(ROOT / "app.py")


def use_strategy(draft: Draft, result: TrialResult) -> None:
    """Use a strategy for the last merge of a draft, or for a new merge of all branches."""
    if not draft["merges"]:
        edits.add_merge(draft)
    merge = result.architecture.merges[-1].model_dump(mode="json")
    index = len(draft["merges"]) - 1
    edit_kinds.set_kind(draft, "merges", index, merge["kind"])
    for field in ("fit", "then"):
        draft["merges"][index][field] = merge[field]


def use_encoder(draft: Draft, name: str, kind: str) -> None:
    """Use an encoder for an input of a draft."""
    index = drafts.input_index(draft, name)
    if index is not None:
        edit_kinds.set_encoder(draft, index, kind)
