"""The atlas: which strategy wins where, trained beforehand, and its lessons."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import streamlit as st

from components.core.text import join_names
from components.merges import MERGES
from components.race import atlas
from components.render.palette import Theme
from components.ui.compare.clickable import SAVES, clickable
from components.ui.compare.intervals import standalone
from components.ui.kit import layout
from components.ui.kit.downloads import download
from sample_data.relations import RELATIONS


def atlas_panel(theme: Theme) -> None:
    """The map, then the lessons; nothing without an atlas."""
    known = atlas.load()
    if known is None:
        return
    with layout.row("atlas_head", spread=True):
        st.markdown(
            "**The atlas** · trained beforehand; a frame marks the best of a column and its ties",
            width="content",
        )
        download("CSV", lambda: atlas.csv(known), "atlas.csv", key="atlas.csv", kind="tertiary")
    svg = _svg(theme)
    clickable(
        f'<div class="scroll"><div class="figure large">{svg}</div></div>{SAVES}',
        key="atlas",
        svg=standalone(svg),
        name="atlas",
    )
    newer = [*_newer(known), *(RELATIONS[kind].title for kind in known.missing_relations)]
    if newer:
        st.caption(f"Not in the atlas yet: {join_names(newer)}.")
    lessons = "".join(f"<li>{escape(lesson)}</li>" for lesson in atlas.LESSONS)
    st.html(f'<p class="subheading"><b>Lessons</b></p><ul class="notes">{lessons}</ul>')


def _newer(known: atlas.Atlas) -> list[str]:
    """The titles of strategies that were added after the atlas was made."""
    return [MERGES[kind].title for kind in known.missing_strategies]


@lru_cache(maxsize=4)
def _svg(theme: Theme) -> str:
    known = atlas.load()
    return atlas.svg(known, theme, _newer(known)) if known else ""
