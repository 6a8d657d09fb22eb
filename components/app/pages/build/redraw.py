"""Parts of the Build page, and the edits that redraw only the parts they affect."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.app.pages.build import toolbar
from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import LISTS
from components.app.parts.editor.fixes import Change
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, engine, page_frame
from components.app.parts.widgets import forms
from components.models.analysis.model_view import model_view
from components.models.architecture.architecture import TRUNK
from components.models.drawing.options import automatic_level
from components.sharing.links.link import PARAMETER as LINK
from sample_data.content import presets

PICTURE, FIGURES, HISTORY = "picture", "figures", "history"
"""Parts of the page that can be redrawn alone, as each box of the sidebar can."""
PAGE = "page"
"""The rest of the page, which can only be redrawn as a whole."""


def box(key: str) -> str:
    """Return the name of the box of an item of a list, or of the trunk."""
    return f"box.{key}"


def title(editor: ModelEditor) -> str:
    """Return the name of the model; for a preset its title, with a note if it was changed."""
    name = editor.draft["name"]
    if name not in presets.names():
        return forms.humanize(name)
    same = editor.error is None and presets.load(name) == editor.valid
    return presets.about(name).title + ("" if same else ", changed")


def setter(editor: ModelEditor, where: drafts.Path, concept: type[Any]) -> forms.Commit:
    """Return a function that sets a field of the part at `where`, even after the part has moved."""
    path = drafts.by_key(editor.draft, where)
    return lambda field, value: edit(
        editor, lambda draft: edits.set_field(draft, path, concept, field, value)
    )


def edit(editor: ModelEditor, change: Change) -> None:
    """Edit the draft in a callback, and redraw the parts of the page that the change affects.

    These are the picture, its figures, the boxes of the changed parts, and all parts that depend on
    the whole draft. Redraw the whole page if something else has changed.
    """
    before = _dependent_content(editor)
    changed = editor.edit(change)
    toolbar.check(editor, page_frame.theme())
    after = _dependent_content(editor)
    parts = {part for part in {*before, *after} if before.get(part) != after.get(part)}
    whole = changed.beyond or PAGE in parts or not engine.engine().ready
    if not whole and LINK not in st.query_params:
        page_frame.redraw(PICTURE, FIGURES, *parts, *map(box, changed.boxes))


def _dependent_content(editor: ModelEditor) -> dict[str, object]:
    """Return the content that depends on the whole draft, by the part of the page that shows it."""
    shown: dict[str, object] = {
        HISTORY: (title(editor), bool(editor.past), bool(editor.future)),
        PAGE: draft_tab.problem(draft_tab.of_session()),
    }
    if engine.engine().ready:
        graph = model_view(editor.shown).graph
        shown[PAGE] = shown[PAGE], automatic_level(graph)
        for merge in editor.draft["merges"]:
            shown[box(merge["key"])] = drafts.output_forms(merge, graph)
    if editor.error is not None:
        part = _box_of_error(editor)
        shown[part] = shown.get(part), editor.error
    return shown


def _box_of_error(editor: ModelEditor) -> str:
    """Return the part of the page that shows the error."""
    match editor.error and editor.error.where:
        case (str(part), int(index), *_) if part in LISTS:
            return box(str(editor.draft[part][index]["key"]))
        case (str(part), *_) if part == TRUNK:
            return box(TRUNK)
    return PAGE
