"""One strategy or encoder on the page, in the list or alone, and its buttons."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from components.analysis import trials
from components.analysis.trials import TrialResult
from components.core.pages import page_file
from components.merges.base import Merge
from components.model.spec import Architecture
from components.render import diagram
from components.render.diagram_svg import page_size
from components.render.options import DiagramOptions
from components.render.palette import Theme, ThemeName
from components.ui.editor import drafts, edits
from components.ui.editor.drafts import Draft
from components.ui.editor.fixes import Change
from components.ui.editor.model_editor import UNDO, ModelEditor
from components.ui.strategies import cards
from components.ui.strategies.cards import Card, Section
from components.ui.widgets import html_parts, inline_component, layout, projector
from components.ui.widgets.viewer import viewer

LARGE = 480
"""Height in pixels of the picture of one entry alone."""
ROOM = (600.0, 480.0)
"""Width and height of the picture beside the words on a projector."""
WIDTH, HEIGHT, LARGEST = 246, 180, 0.9
"""Pixels of a miniature, and the largest scale of a picture in it."""
_HTML = '<figure><div class="drawn" role="img"></div><figcaption></figcaption></figure>'
_component = inline_component.component("miniature", _HTML, Path(__file__).parent)


def entry_card(
    editor: ModelEditor, spec: Architecture, theme: Theme, section: Section, kind: str
) -> None:
    """One entry in the grid: what it does, a miniature, its figures and buttons."""
    card = cards.card(spec, section, kind)
    st.html(cards.heading_html(card))
    picture = miniature(spec, section, kind, theme.name)
    drawn = {"svg": picture.svg, "width": picture.width, "height": picture.height}
    data = {**drawn, "alt": card.alt, "caption": card.on, "room": HEIGHT}
    _component(key=f"miniature_{kind}", data=data)
    _formula(card)
    st.html(_figures(card) + cards.facts_html(card, cards.SHORT))
    if section == "encoder":
        table = cards.fields_html(card.concept)
        st.html(f'<details class="more"><summary>Fields</summary>{table}</details>')
    with st.container(horizontal=True, gap="xsmall", key=f"buttons_{kind}"):
        _use(editor, spec, card)
        _details_button(card)


def entry_details(
    editor: ModelEditor, theme: Theme, spec: Architecture, section: Section, kind: str
) -> None:
    """One entry with a large picture and its fields."""
    card = cards.card(spec, section, kind)
    beside, picture = st.columns(2, gap="medium")
    with beside, st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(cards.heading_html(card, 2))
            _use(editor, spec, card)
        _formula(card)
        st.html(_figures(card))
        if issubclass(card.concept, Merge) and card.concept.weights != "0":
            with st.container(horizontal=True, gap=None, wrap=False, key=f"weights_{card.kind}"):
                st.html('<span class="label">Parameters</span>', width="content")
                st.markdown(f"${card.concept.weights}$")
        st.html(cards.facts_html(card))
    with picture:
        draw, options = partial(diagram.svg, card.graph), DiagramOptions(theme=theme.name)
        svg = projector.fitted(draw, card.graph, options, room=ROOM)
        viewer(svg, card.alt, None, lambda _: None, key="closer_picture", height=LARGE)
        if card.on:
            st.caption(card.on)
    st.html(f'<h3 class="subheading">Fields</h3>{cards.fields_html(card.concept)}')


class Miniature(NamedTuple):
    """An SVG with its size on the page in pixels."""

    svg: str
    width: int
    height: int


@lru_cache(maxsize=1024)
def miniature(spec: Architecture, section: Section, kind: str, theme: ThemeName) -> Miniature:
    """The layers as a small picture, from the inputs above to the result below."""
    options = DiagramOptions("vertical", False, False, False, theme)
    svg = diagram.svg(cards.card(spec, section, kind).graph, options)
    width, height = page_size(svg)
    scale = min(WIDTH / width, HEIGHT / height, LARGEST)
    return Miniature(svg, round(width * scale), round(height * scale))


def use_strategy(draft: Draft, result: TrialResult) -> None:
    """Use a strategy for the last merge of a draft, or for a new merge of all branches."""
    if not draft["merges"]:
        edits.add_merge(draft)
    merge = result.architecture.merges[-1].model_dump(mode="json")
    index = len(draft["merges"]) - 1
    edits.set_kind(draft, "merges", index, merge["kind"])
    for field in ("fit", "then"):
        draft["merges"][index][field] = merge[field]


def use_encoder(draft: Draft, name: str, kind: str) -> None:
    """Use an encoder for an input of a draft."""
    index = drafts.input_index(draft, name)
    if index is not None:
        edits.set_encoder(draft, index, kind)


def _figures(card: Card) -> str:
    return f"{html_parts.figures(card.figures, small=True)}{cards.notes_html(card)}"


def _formula(card: Card) -> None:
    if issubclass(card.concept, Merge):
        with st.container(key=f"formula_{card.kind}"):
            layout.formula(card.concept.formula)


def _details_button(card: Card) -> None:
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
    """The button that uses an entry; nothing if it does not fit."""
    if card.section == "strategy":
        _use_strategy(editor, spec, card.kind)
        return
    names = trials.readable_inputs(spec, card.kind)
    if not names:
        return
    chosen = st.menu_button(
        "Use this for",
        list(names),
        icon=":material/check:",
        key=f"use.{card.kind}",
        help=f"Use this encoder for a branch. {UNDO}",
    )
    if chosen is not None:
        _go(editor, partial(use_encoder, name=chosen, kind=card.kind))


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


def _go(editor: ModelEditor, change: Change) -> None:
    editor.edit(change)
    st.switch_page(page_file("Build"))
