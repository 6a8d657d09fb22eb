"""The Strategies page in projector mode: one strategy with its picture, or cards of a few words."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.model.spec import Architecture
from components.render import diagram
from components.render.palette import Theme
from components.ui.kit import html_parts, present
from components.ui.strategies import cards
from components.ui.strategies.cards import Section
from components.ui.strategies.entry import details_button, formula

ROOM = (600.0, 480.0)
"""Width and height of the picture beside the words."""


def entry_presented(spec: Architecture, theme: Theme, section: Section, kind: str) -> None:
    """One entry: what it does, its formula and figures, and its layers."""
    card = cards.card(spec, section, kind)
    beside, picture = st.columns(2, gap="medium")
    with beside:
        present.heading(card.concept.title)
        st.html(f'<p class="plain">{html_parts.coded(card.plain)}</p>')
        formula(card)
        st.html(html_parts.figures(card.figures[:3]))
        st.html(f"<p><b>Good for</b> {html_parts.coded(card.concept.good_for)}.</p>")
    with picture:
        draw = partial(diagram.svg, card.graph)
        present.diagram(draw, card.graph, theme, card.alt, levels=["layers"], room=ROOM)


def card_presented(spec: Architecture, section: Section, kind: str) -> None:
    """The title of an entry, a sentence and its formula."""
    card = cards.card(spec, section, kind)
    plain = html_parts.coded(card.plain)
    st.html(f'<h2 class="subheading">{card.concept.title}</h2><p class="plain">{plain}</p>')
    formula(card)
    details_button(card)
