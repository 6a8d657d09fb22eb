"""The sidebar of the Build page: preset, inputs, merges, trunk, heads. A view of the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.core.markup import escape_markdown
from components.model.spec import TRUNK
from components.render.palette import Theme
from components.ui.build import redraw
from components.ui.build.gallery import gallery
from components.ui.build.share import back_to_link
from components.ui.build.sidebar_blocks import ErrorDisplay, style
from components.ui.build.sidebar_parts import heads, inputs, merges, trunk_fields
from components.ui.editor.model_editor import ModelEditor
from components.ui.frame import draft_tab, open_lesson, page_frame
from components.ui.widgets import forms, layout
from sample_data import presets

if TYPE_CHECKING:
    from components.lessons.lesson import Control


def sidebar(editor: ModelEditor, theme: Theme) -> None:
    """All controls, each with its error beside it."""
    errors = ErrorDisplay(editor)
    style(theme)
    page_frame.part(redraw.HISTORY, partial(_top, editor))
    errors.at((), ("name",))
    for part, draw in _PARTS.items():
        if not open_lesson.hidden_controls(part):
            draw(errors, theme)
    errors.within(())


def _top(editor: ModelEditor) -> None:
    if draft_tab.of_session().link:
        back_to_link(editor)
    with layout.row("preset_row", vertical_alignment="bottom", gap="xsmall", wrap=False):
        if not open_lesson.hidden_controls("preset"):
            _preset(editor)
        _history("undo", "Undo the last change: Ctrl+Z", editor.undo, bool(editor.past))
        _history("redo", "Redo: Ctrl+Shift+Z", editor.redo, bool(editor.future))


def _preset(editor: ModelEditor) -> None:
    """The present model's name, which opens the gallery."""
    name = editor.draft["name"]
    title = forms.humanize(name)
    if name in presets.names():
        same = editor.error is None and presets.load(name) == editor.valid
        title = presets.about(name).title + ("" if same else ", changed")
    page_frame.dialog_button(
        f"Gallery: {escape_markdown(title)}",
        partial(gallery, editor),
        key="preset",
        icon=":material/grid_view:",
        width="stretch",
        help="Ready models of papers and textbooks. Undo brings yours back.",
    )


def _history(name: str, help: str, act: Any, possible: bool) -> None:
    st.button(
        name.capitalize(),
        icon=f":material/{name}:",
        key=name,
        help=help,
        disabled=not possible,
        on_click=act,
    )


def _trunk(errors: ErrorDisplay) -> None:
    st.header("Trunk", anchor=False)
    page_frame.part(redraw.box(TRUNK), partial(_trunk_box, errors))


def _trunk_box(errors: ErrorDisplay) -> None:
    errors.begin((TRUNK,))
    with st.container(border=True, key="trunk_box_trunk", gap="xsmall"):
        trunk_fields(errors, "trunk")
    errors.within((TRUNK,))


_PARTS: Mapping[Control, Callable[[ErrorDisplay, Theme], None]] = {
    "inputs": inputs,
    "merges": lambda errors, _: merges(errors),
    "trunk": lambda errors, _: _trunk(errors),
    "heads": lambda errors, _: heads(errors),
}
"""The parts that a lesson may hide, in their order."""
