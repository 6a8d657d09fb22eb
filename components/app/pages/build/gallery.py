"""The gallery of presets: groups, a search, and the source of each. It builds no model."""

from __future__ import annotations

from html import escape

import streamlit as st

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import page_frame
from components.base.text import plural
from components.experiments.races.setup import data_title
from components.models.drawing.miniature import block_picture
from components.models.drawing.svg_parts import svg_address
from sample_data.content import presets
from sample_data.loading.sources import parse as parse_data

COLUMNS = 2
ALL = "All"


@st.dialog("Gallery", width="large", icon=":material/grid_view:")
@page_frame.guarded()
def gallery(editor: ModelEditor) -> None:
    """Show all presets as cards; a click opens one, and undo restores the model before it."""
    words = st.text_input(
        "Search",
        key="gallery.search",
        placeholder="A word: attention, embedding, Chollet, picture …",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    group = st.pills(
        "Group", [ALL, *presets.GROUPS], default=ALL, key="gallery.group",
        label_visibility="collapsed",
    )  # fmt: skip
    groups = list(presets.search(words, None if group in (None, ALL) else group))
    if not groups:
        st.caption("No preset has all these words.")
    for title, names in groups:
        st.markdown(f"**{title}**")
        for start in range(0, len(names), COLUMNS):
            columns = st.columns(COLUMNS, gap="small")
            for column, name in zip(columns, names[start : start + COLUMNS], strict=False):
                with column:
                    _card(editor, name)


def _card(editor: ModelEditor, name: str) -> None:
    about, architecture = presets.about(name), presets.load(name)
    with st.container(border=True, key=f"gallery.card.{name}", gap="xsmall"):
        picture, texts = st.columns([1, 3], gap="small", vertical_alignment="center")
        source = svg_address(block_picture(architecture, page_frame.theme()))
        picture.html(f'<img alt="Blocks of {escape(about.title)}" src="{source}">')
        opened = texts.button(
            f"**{about.title}**",
            key=f"gallery.open.{name}",
            width="stretch",
            wrap=True,
            help="Open this model",
            on_click=editor.open,
            args=(architecture,),
        )
        texts.markdown(about.sentence)
        notes = [f"{about.source}."]
        if about.simplified:
            notes.append(f"*Simplified:* {about.simplified}")
        inputs = plural(len(architecture.data_inputs), "input")
        learns = parse_data(about.data)
        notes.append(f"{inputs} · {about.parameters:,} parameters · learns {data_title(learns)}")
        st.caption("  \n".join(notes))
    if opened:
        st.rerun()
