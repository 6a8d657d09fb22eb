"""The fields of the part that the selected layer is in, beside the picture as in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from components.core.graph import Group
from components.core.markup import escape_markdown
from components.render.palette import Theme
from components.ui.build.sidebar import trunk_fields
from components.ui.build.sidebar_blocks import Box, ErrorDisplay
from components.ui.build.sidebar_heads import head_fields
from components.ui.build.sidebar_inputs import input_fields
from components.ui.build.sidebar_merges import merge_fields
from components.ui.editor.model_editor import ModelEditor
from components.ui.frame import open_lesson

if TYPE_CHECKING:
    from components.lessons.lesson import Control

_LISTS: dict[str, Control] = {
    "branch": "inputs",
    "merge": "merges",
    "trunk": "trunk",
    "head": "heads",
}


def part_fields(editor: ModelEditor, group: Group, theme: Theme) -> None:
    """The same widgets as in the sidebar, which make the same changes.

    Nothing for a part that the draft no longer has, and where a lesson hides these fields.
    """
    part, errors = _LISTS[group.role], ErrorDisplay(editor, shown=True)  # It stands above.
    names = [item["name"] for item in editor.draft.get(part, ())] if part != "trunk" else []
    if open_lesson.hidden_controls(part) or not (part == "trunk" or group.id in names):
        return
    hue = f"branch{group.hue % len(theme.branches)}" if group.role == "branch" else group.role
    with st.container(border=True, key=f"beside_box_{hue}", gap="xsmall"):
        st.markdown(f"**{escape_markdown(group.title)}**")
        if part == "trunk":
            trunk_fields(editor, errors, "beside.trunk")
            return
        content: dict[str, Callable[[Box], None]] = {
            "inputs": input_fields,
            "merges": merge_fields,
            "heads": head_fields,
        }
        content[part](Box(errors, part, names.index(group.id), hue, beside=True))
