"""Own emphasis in the picture: the fields of the selected layer or part, and what is left out."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.core.graph import Graph
from components.core.markup import escape_markdown
from components.core.text import join_names
from components.model.marks import Mark
from components.render.emphasis import is_left_out
from components.render.options import DiagramOptions
from components.ui.editor import edits
from components.ui.editor.drafts import Draft
from components.ui.editor.model_editor import ModelEditor
from components.ui.widgets import forms, layout

NAMED = 3
"""Parts and layers left out that are named; more are counted."""


def emphasis_fields(editor: ModelEditor, graph: Graph, part: str, layer: str = "") -> None:
    """Name, note, colour and whether it is left out, of a layer or of the part that it is in."""
    with st.expander("In the picture", key="emphasis", on_change="rerun", type="compact") as fold:
        if not fold.open:
            return
        if layer:
            group = graph.group(part)
            title = "" if group.title == group.role else f" {group.title}"
            targets = {"layer": "This layer", "part": f"The {group.role}{title}"}
            if layout.switch("Emphasis of", targets, "emphasis.of") == "part":
                layer = ""
        marks: list[Draft] = editor.draft["marks"]
        values = next((m for m in marks if (m["part"], m["layer"]) == (part, layer)), {})

        def commit(field: str, value: Any) -> None:
            editor.edit(lambda draft: edits.set_mark(draft, part, layer, field, value))

        key = f"emphasis.{part}.{layer}"
        forms.show(Mark, values, key, commit, skip=("part", "layer"))


def left_out(editor: ModelEditor, graph: Graph, options: DiagramOptions) -> None:
    """What the picture leaves out by wish, with a button that shows it again."""
    parts = [group.title for group in graph.groups if options.mark(group.id).hidden]
    layers = [
        node.id
        for node in graph.nodes
        if is_left_out(node, options) and not options.mark(node.group).hidden
    ]
    if not parts and not layers:
        return
    names = escape_markdown(join_names([*parts, *layers], NAMED))
    with layout.row("left_out", gap="xsmall"):
        st.caption(f"Not in the picture: {names}.", width="content")
        st.button(
            "Show again",
            key="show_left_out",
            type="tertiary",
            icon=":material/visibility:",
            on_click=partial(editor.edit, edits.show_all),
        )
