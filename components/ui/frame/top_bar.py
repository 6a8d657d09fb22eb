"""The bar at the top of every page: the product's name, the page's heading, links to all pages."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from components.core.pages import pages
from components.ui.widgets import projector

PRODUCT = "Fusion Playground"
ENTER, LEAVE = (
    f'<button type="button" class="present-button" aria-label="{name}" title="{name}: {key}">{text}'
    "</button>"
    for name, key, text in (("Projector mode", "P", ""), ("Leave projector mode", "Esc", "Leave"))
)
HELP = Path(__file__).with_name("shortcuts.html").read_text(encoding="utf-8")


BarEnd = Callable[[dict[str, str] | None], None]
"""Draws what stands at the end of the bar; it gets what links to pages keep in the address."""


def top_bar(heading: str, end: BarEnd) -> None:
    """The bar. `frame.js` makes its links a landmark and marks the present page."""
    presented = projector.on()
    query = {projector.PARAMETER: "1"} if presented else None
    with st.container(horizontal=True, gap=None, key="top_bar", vertical_alignment="center"):
        st.html(f'<p class="product"><i></i><b>{PRODUCT}</b></p><h1>{escape(heading)}</h1>')
        with st.container(horizontal=True, gap=None, key="navigation"):
            for label, path in pages().items():
                st.page_link(path, label=label, query_params=query)
        end(query)
        st.html((LEAVE if presented else ENTER) + HELP, width="content")
