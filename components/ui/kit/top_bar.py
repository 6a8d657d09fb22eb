"""The bar at the top of every page: the product's name, the page's heading, links to all pages."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from components.core.paths import ROOT
from components.ui.kit import present
from components.ui.kit.room_bar import room_bar

PRODUCT = "Fusion Playground"
ENTER, LEAVE = (
    f'<button type="button" class="present-button" aria-label="{name}" title="{name}: {key}">{text}'
    "</button>"
    for name, key, text in (("Projector mode", "P", ""), ("Leave projector mode", "Esc", "Leave"))
)
HELP = Path(__file__).with_name("shortcuts.html").read_text(encoding="utf-8")


def top_bar(heading: str) -> None:
    """The bar. `frame.js` makes its links a landmark and marks the present page."""
    presented = present.on()
    query = {present.PARAMETER: "1"} if presented else None
    with st.container(horizontal=True, gap=None, key="top_bar", vertical_alignment="center"):
        st.html(f'<p class="product"><i></i><b>{PRODUCT}</b></p><h1>{escape(heading)}</h1>')
        with st.container(horizontal=True, gap=None, key="navigation"):
            for path, label in pages():
                st.page_link(path, label=label, query_params=query)
        room_bar(query)
        st.html((LEAVE if presented else ENTER) + HELP, width="content")


def page_file(label: str) -> Path:
    """The file of a page by its label in the bar."""
    return {name: path for path, name in pages()}[label]


@lru_cache(maxsize=1)
def pages() -> tuple[tuple[Path, str], ...]:
    """The pages in `pages/` with a number, after the Build page."""
    numbered = sorted((ROOT / "pages").glob("[0-9]*_*.py"))
    names = [path.stem.partition("_")[2].replace("_", " ") for path in numbered]
    return (ROOT / "app.py", "Build"), *zip(numbered, names, strict=True)
