"""The row above the picture: show, download, save and share."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import get_args

import streamlit as st

from components.app.pages.build.compare_with import compare_with
from components.app.pages.build.download import download_panel
from components.app.pages.build.my_models import my_models
from components.app.pages.build.open_file import open_file
from components.app.pages.build.share import share_link
from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import Build, ModelEditor
from components.app.parts.frame import engine
from components.app.parts.widgets import forms, layout, projector
from components.app.parts.widgets.viewer import opening_look
from components.models.analysis import model_view
from components.models.analysis.model_view import ModelView
from components.models.architecture.architecture import Architecture
from components.models.drawing.options import (
    LEVELS,
    DiagramOptions,
    Direction,
    Level,
    automatic_level,
)
from components.models.drawing.palette import Theme
from components.models.language.graph import Graph

SHOWN = ["Shapes", "Parameters", "Activations", "Losses"]
DIAGRAM = "Diagram"
"""The view of a new session."""
_COMPARING = "compare_with.opens"
LEVEL, ACROSS = "picture_level", "picture_across"
ROOM = 600.0, 556.0
"""Width and height in pixels that the picture has on a screen of 1280 × 800."""
_DIRECTIONS: dict[bool | None, tuple[Direction, ...]] = {
    None: ("vertical", "horizontal"),
    False: ("vertical",),
    True: ("horizontal",),
}
"""Directions allowed for the picture, by the choice of the user."""
NOTE = 56
"""Height in pixels of the note on blocks, with the gap below it."""


def options(theme: Theme, graph: Graph, editor: ModelEditor) -> DiagramOptions:
    """Return the options of the picture, as set in the toolbar."""
    chosen = _chosen(theme, editor, st.session_state.get(LEVEL) or automatic_level(graph))
    across = st.session_state.get(ACROSS)
    shown = chosen.level, across
    if shown not in editor.looks:
        draw = partial(model_view.svg, editor.shown)
        look = opening_look(draw, chosen, _DIRECTIONS[across], ROOM)
        editor.looks[shown] = look.direction, look.dense
    direction, dense = editor.looks[shown]
    return replace(chosen, direction=direction, dense=dense)


def builder(editor: ModelEditor, theme: Theme) -> Build | None:
    """Return a function that builds a model, whose process also draws the picture for the page.

    Return `None` while the build workers start.
    """

    def build(architecture: Architecture) -> object:
        return model_view.built_view(architecture, _wanted(editor, theme))

    return build if engine.engine().ready else None


def _wanted(editor: ModelEditor, theme: Theme) -> dict[Level, DiagramOptions]:
    """Return the options of the picture for each level that the model may get automatically.

    Leave out levels whose direction and density are unknown. Return nothing while the page shows
    another view.
    """
    if projector.on() or st.session_state.get("view", DIAGRAM) != DIAGRAM:
        return {}
    across, levels = st.session_state.get(ACROSS), get_args(Level)
    shown: dict[Level, Level] = {level: st.session_state.get(LEVEL) or level for level in levels}
    return {
        level: replace(_chosen(theme, editor, chosen), direction=look[0], dense=look[1])
        for level, chosen in shown.items()
        if (look := editor.looks.get((chosen, across)))
    }


def _chosen(theme: Theme, editor: ModelEditor, level: Level) -> DiagramOptions:
    """Return the options set in the toolbar, without direction and density."""
    shows = st.session_state.get("shows", SHOWN)
    return DiagramOptions(
        shapes="Shapes" in shows,
        parameters="Parameters" in shows,
        activations="Activations" in shows,
        theme=theme.name,
        level=level,
        marks=editor.marks,
        losses="Losses" in shows,
        repeats=not st.session_state.get("once"),
        classes=not st.session_state.get("plain_names"),
    )


def set_across(across: bool) -> None:
    """Draw pictures from left to right if `across`, otherwise from top to bottom, from now on."""
    st.session_state[ACROSS] = across


def show_level(level: Level) -> None:
    """Show this level of detail from now on, for any number of layers."""
    st.session_state[LEVEL] = level


def level_note(graph: Graph, options: DiagramOptions) -> int:
    """Note that the picture has blocks, with a button for layers. Return the height in pixels."""
    if options.level != "blocks":
        return 0
    with layout.row("level_note", gap="xsmall"):
        text = f"Each block stands for several of the {graph.layers:,} layers."
        hidden = any(node.hidden for node in graph.nodes)
        st.caption(f"{text} Masks are not drawn." if hidden else text, width="content")
        st.button(
            "Show layers",
            key="show_layers",
            type="tertiary",
            icon=":material/account_tree:",
            on_click=show_level,
            args=("layers",),
        )
    return NOTE


def toolbar(editor: ModelEditor, view: ModelView, shown: DiagramOptions) -> None:
    """Draw three popovers. Content that takes time is created only while they are open."""
    with st.popover("Show", icon=":material/tune:", key="show"):
        st.pills(
            "On each layer",
            SHOWN,
            default=SHOWN,
            selection_mode="multi",
            key="shows",
            persist_state="session",
        )
        across = shown.direction == "horizontal"
        st.toggle("Left to right", across, **forms.linked("across", across, set_across))
        st.toggle(
            "Repeated blocks once",
            key="once",
            help="Draws equal blocks in a row once, with a repeat count.",
            persist_state="session",
        )
        st.toggle(
            "Plain layer names",
            key="plain_names",
            help="Fully connected instead of Dense, Max pooling instead of MaxPooling2D.",
            persist_state="session",
        )
        st.segmented_control(
            "Level of detail",
            [level for level in LEVELS if level != "everything"],
            format_func=LEVELS.__getitem__,
            default=shown.level,
            required=True,
            help="Volumes show the sizes of tensors on a log scale.",
            **forms.linked("level", shown.level, show_level),
        )
    download = st.popover("Download", icon=":material/download:", key="take", on_change="rerun")
    if download.open:
        with download:
            download_panel(editor, view, shown)
    models = st.popover(
        "Save and share", icon=":material/folder_open:", key="share", on_change="rerun"
    )
    with models:
        if models.open:
            share_link(editor, train_state.of_session())
            my_models(editor)
        open_file(editor)
        st.button(
            "Compare with …",
            key="compare_with",
            icon=":material/compare:",
            on_click=_begin_comparison,
            help="Shows what differs between this model and a preset, a run's model, a link or a "
            "file.",
        )
    if st.session_state.pop(_COMPARING, False):
        compare_with(editor)


def _begin_comparison() -> None:
    """Close the popover, which would cover the dialog."""
    st.session_state["share"], st.session_state[_COMPARING] = False, True
