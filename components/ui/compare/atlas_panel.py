"""The atlas: which strategy wins where, trained beforehand, and its lessons."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import streamlit as st

from components.core.text import join_names, plural
from components.merges import MERGES
from components.race import atlas
from components.render.heatmap import heatmap
from components.render.palette import Theme
from components.ui.compare.heat_table import heat_table
from components.ui.compare.race_state import badge
from components.ui.kit import layout
from components.ui.kit.clickable import SAVES, clickable
from components.ui.kit.downloads import download
from components.ui.kit.intervals import standalone
from sample_data.relations import RELATIONS


def atlas_panel(theme: Theme) -> None:
    """The map, then the lessons; nothing without an atlas."""
    known = atlas.load()
    if known is None:
        return
    with layout.row("atlas_head", spread=True):
        with layout.row("atlas_title", width="content", wrap=False):
            layout.heading("The atlas: which merge wins when")
            st.markdown(badge("atlas"), width="content")
        download("CSV", lambda: atlas.csv(known), "atlas.csv", key="atlas.csv", kind="tertiary")
    st.html(f'<p class="quiet">{_about(known)}</p>')
    html, svg = _drawn(theme)
    clickable(html, key="atlas", svg=svg, name="atlas")
    newer = [MERGES[kind].title for kind in known.missing_strategies]
    newer += [RELATIONS[kind].title for kind in known.missing_relations]
    if newer:
        st.caption(f"Not in the atlas yet: {join_names(newer)}.")
    lessons = "".join(f"<li>{escape(lesson)}</li>" for lesson in atlas.LESSONS)
    st.html(f'<h2 class="subheading">Lessons</h2><ul class="notes">{lessons}</ul>')


def _about(known: atlas.Atlas) -> str:
    seeds = len(known.about.seeds)
    return (
        f"{plural(known.runs, 'training')} on {known.about.date}. A cell is the validation "
        f"accuracy in %: the mean of {seeds} seeds ± half of its 95 % interval."
    )


@lru_cache(maxsize=4)
def _drawn(theme: Theme) -> tuple[str, str]:
    """The map as HTML for the page, and as a file in SVG."""
    known = atlas.load()
    if known is None:
        return "", ""
    shown = atlas.table(known, known.missing_strategies)
    html = heat_table(shown, theme, "colour: from chance to the Bayes optimum")
    return html + SAVES, standalone(heatmap(shown, theme))
