"""All strategies of a merge by family, each with a picture of what happens to the numbers."""

from __future__ import annotations

import streamlit as st

from components.analysis.families import FAMILIES, by_family
from components.core.markup import escape_markdown
from components.merges import MERGES
from components.merges.base import Family
from components.ui.build.sidebar_blocks import Box
from components.ui.frame import page_frame
from components.ui.widgets import layout, numbers

_CSS = """
.st-key-families { display: grid; gap: .8rem; align-items: stretch;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.st-key-families > * { min-width: 0; width: auto !important; }
.st-key-families > * > * { height: 100%; }
"""


@st.dialog("Strategies by family", width="large", icon=":material/category:")
@page_frame.guarded()
def choose_strategy(box: Box) -> None:
    """The families in a grid; a click on a strategy chooses it for the merge."""
    st.html(f"<style>{numbers.CSS}{_CSS}</style>")
    with st.container(key="families"):
        for family, kinds in by_family(MERGES).items():
            with st.container(border=True, key=f"family_{family}", gap="xsmall"):
                _family(box, family, kinds)


def _family(box: Box, family: Family, kinds: list[str]) -> None:
    text = FAMILIES[family]
    st.markdown(f"**{text.title}**  \n{text.sentence}")
    st.html(numbers.picture(family, page_frame.theme()))
    with layout.row(gap="xsmall"):
        for kind in kinds:
            merge = MERGES[kind]
            if st.button(
                escape_markdown(merge.title),
                type="primary" if kind == box.data["kind"] else "secondary",
                key=f"strategy.{kind}",
                help=f"{merge.plain} Good for: {merge.good_for}.",
                on_click=box.set_kind,
                args=(kind,),
            ):
                st.rerun()
