"""The atlas: who wins where, computed beforehand, and what that teaches."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import streamlit as st

from components.race import atlas
from components.render.palette import Theme
from components.ui.compare.clickable import SAVES, clickable
from components.ui.compare.intervals import standalone


def atlas_panel(theme: Theme) -> None:
    """The map, then lessons; nothing where there is no atlas."""
    found = atlas.load()
    if found is None:
        return
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="atlas_head",
    ):
        st.markdown(
            "**The atlas** · computed beforehand; a frame marks the best of a column and its ties",
            width="content",
        )
        st.download_button(
            "CSV",
            lambda: atlas.csv(found),
            "atlas.csv",
            "text/csv",
            key="atlas.csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
    svg = _svg(theme)
    clickable(
        f'<div class="scroll"><div class="figure large">{svg}</div></div>{SAVES}',
        key="atlas",
        svg=standalone(svg),
        name="atlas",
    )
    lessons = "".join(f"<li>{escape(lesson)}</li>" for lesson in atlas.lessons(found))
    st.html(f'<p class="subheading"><b>What it teaches</b></p><ul class="notes">{lessons}</ul>')


@lru_cache(maxsize=4)
def _svg(theme: Theme) -> str:
    found = atlas.load()
    return atlas.svg(found, theme) if found else ""
