"""Parts of the Build page, and the edits that redraw only the parts they affect."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.app.pages.build import toolbar
from components.app.parts.editor import drafts, edits
from components.app.parts.editor.fixes import Edit
from components.app.parts.editor.model_editor import PAGE, ModelEditor
from components.app.parts.frame import draft_tab, page_frame
from components.app.parts.widgets import forms
from components.sharing.links.link import PARAMETER as LINK

PICTURE, FIGURES, HISTORY = "picture", "figures", "history"
"""Parts of the page that can be redrawn alone, as each box of the sidebar can."""


def box(key: str) -> str:
    """Return the name of the box of an item of a list, or of the trunk."""
    return f"box.{key}"


def setter(editor: ModelEditor, where: drafts.Path, concept: type[Any]) -> forms.Commit:
    """Return a function that sets a field of the part at `where`, even after the part has moved."""
    path = drafts.by_key(editor.draft, where)
    return lambda field, value: edit(
        editor, lambda draft: edits.set_field(draft, path, concept, field, value)
    )


def edit(editor: ModelEditor, edit: Edit) -> None:
    """Edit the draft in a callback, and redraw the parts of the page that the edit has changed.

    These are the picture, its figures, and the boxes with changes. Redraw the whole page if
    something else has changed, or while the build workers start.
    """
    problem = draft_tab.problem(draft_tab.of_session())  # That of an opened draft ends here.
    build = toolbar.builder(editor, page_frame.theme())
    if build is None:
        editor.edit(edit)
        return
    change = editor.edit_and_check(edit, build)
    if not (problem or PAGE in change.keys or LINK in st.query_params):
        history = [HISTORY] if change.title else []
        page_frame.redraw(PICTURE, FIGURES, *history, *map(box, change.keys))
