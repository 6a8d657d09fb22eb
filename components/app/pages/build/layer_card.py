"""The card beside the picture: the selected layer and its emphasis, or the parameters by part."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.app.pages.build.sidebar import part_fields
from components.app.parts.editor import edits
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.widgets import forms, layer_cards, layout
from components.base.markup import escape_markdown
from components.base.text import join_names
from components.models.analysis.model_view import ModelView, layer_purpose
from components.models.architecture.architecture import Architecture
from components.models.architecture.marks import Mark
from components.models.drawing.emphasis import is_left_out
from components.models.drawing.options import DiagramOptions, Level
from components.models.drawing.palette import Theme
from components.models.language.graph import Graph, Node
from components.sharing.code.script import script

NAMED = 3
"""Number of hidden parts and layers listed by name; the rest are counted."""


def card(
    architecture: Architecture,
    view: ModelView,
    options: DiagramOptions,
    editor: ModelEditor,
    theme: Theme,
) -> None:
    """Show the selected layer or part with its fields.

    Without a selection, show the parameters of all parts and the strategy of the merge edited last.
    """
    graph, costs, level = view.graph, view.costs, options.level
    left_out(editor, graph, options)
    part = _part_of(editor.selected, graph)
    if part is None:
        hint = f"Click a {'block' if level == 'blocks' else 'layer'} for its details."
        st.html(layer_cards.largest(graph, costs, theme, hint))
        edited, names = editor.edited_merge, [merge.name for merge in architecture.merges]
        _strategy(architecture, edited if edited in names else "".join(names[-1:]))
        return
    layer = editor.selected_in(graph) if level != "blocks" else None
    part_fields(editor, graph.group(part), theme)
    if layer is not None and graph[layer].state != "built":
        return
    emphasis_fields(editor, graph, part, layer or "")
    if layer is None:
        st.html(layer_cards.block(graph, costs, graph.group(part), theme))
    else:
        node = graph[layer]
        is_input = node.layer == "InputLayer"
        about = "Data enters the model here." if is_input else layer_purpose(node.layer)
        code = _line(architecture, graph, node)
        st.html(layer_cards.layer(graph, costs, node, theme, about, code))
    if note := next((branch.note for branch in architecture.inputs if branch.name == part), ""):
        st.caption(note)
    _strategy(architecture, part)


def selected_at(selected: str | None, graph: Graph, level: Level) -> str | None:
    """Return the selected layer; at the level `blocks`, the block that is or contains it."""
    if level != "blocks":
        return selected if selected in graph else None
    return _part_of(selected, graph)


def _part_of(selected: str | None, graph: Graph) -> str | None:
    """Return the selected part, or the part of the selected layer.

    A layer that a change removed is matched by the start of its id.
    """
    if selected is None or selected in graph:
        return graph[selected].group if selected else None
    parts = [one.id for one in graph.groups if f"{selected}_".startswith(f"{one.id}_")]
    return max(parts, key=len, default=None)


def _strategy(architecture: Architecture, name: str) -> None:
    """Show the strategy of the merge called `name`, if it exists."""
    merge = next((merge for merge in architecture.merges if merge.name == name), None)
    if merge is None:
        return
    with st.container(border=True, gap="xsmall", key="strategy_card"):
        st.markdown(f"`{merge.name}`: **{merge.title}**  \n{merge.plain}")
        st.latex(merge.formula)
        st.caption(f"Good for: {merge.good_for}.  \nWeak at: {merge.weak_at}.")


def _line(architecture: Architecture, graph: Graph, node: Node) -> str:
    """Return the layer's lines of code; empty if the model can't be built."""
    if any(each.state != "built" for each in graph.nodes):
        return ""
    code = script(architecture, graph=graph)
    lines = code.text.splitlines()
    return "\n".join(lines[number - 1] for number in code.lines.get(node.id, ()))


def emphasis_fields(editor: ModelEditor, graph: Graph, part: str, layer: str = "") -> None:
    """Show the fields of emphasis of a layer or of its part: name, note, colour and visibility."""
    with st.expander("In the picture", key="emphasis", on_change="rerun", type="compact") as fold:
        if not fold.open:
            return
        if layer:
            group = graph.group(part)
            title = "" if group.title == group.role else f" {group.title}"
            targets = {"layer": "This layer", "part": f"The {group.role}{title}"}
            if layout.switch("Emphasis of", targets, f"emphasis.of.{layer}") == "part":
                layer = ""
        marks: list[Draft] = editor.draft["marks"]
        values = next((m for m in marks if (m["part"], m["layer"]) == (part, layer)), {})

        def commit(field: str, value: Any) -> None:
            editor.edit(lambda draft: edits.set_mark(draft, part, layer, field, value))

        key = f"emphasis.{part}.{layer}"
        forms.draw_settings(Mark, values, key, commit, skip=("part", "layer"))


def left_out(editor: ModelEditor, graph: Graph, options: DiagramOptions) -> None:
    """List the parts and layers hidden by the user, with a button that shows them again."""
    parts = [group.title for group in graph.groups if options.mark(group.id).hidden]
    layers = [
        node.id
        for node in graph.nodes
        if is_left_out(node, options) and not options.mark(node.group).hidden
    ]
    if not parts and not layers:
        return
    names = escape_markdown(join_names([*parts, *layers], NAMED))

    def show_all() -> None:
        editor.edit(edits.show_all)

    with layout.row("left_out", gap="xsmall"):
        st.caption(f"Not in the picture: {names}.", width="content")
        st.button(
            "Show again",
            key="show_left_out",
            type="tertiary",
            icon=":material/visibility:",
            on_click=show_all,
        )
