"""What a change of the model draws again: the whole page, or the parts that show the change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.analysis.model_view import model_view
from components.export.link import PARAMETER as LINK
from components.model.spec import TRUNK
from components.ui.build import toolbar
from components.ui.editor import drafts
from components.ui.editor.drafts import LISTS
from components.ui.editor.model_editor import ModelEditor
from components.ui.frame import draft_tab, engine, page_frame

PICTURE, FIGURES, HISTORY = "picture", "figures", "history"
"""Parts of the page that can be drawn alone. Each box of the sidebar is one, too."""


def box(key: str) -> str:
    """The part that is the box of an item, or of the trunk."""
    return f"box.{key}"


def change(editor: ModelEditor, act: Callable[[], object]) -> None:
    """Change the draft in a callback, and draw again what shows the change.

    These are the picture and the boxes of what has changed, if all else shows what it did before.
    """
    rest, boxes, wrong = _rest(editor), _boxes(editor), _wrong(editor)
    act()
    editor.check(engine.builder())
    if rest is None or rest != _rest(editor):
        return
    changed = {key for key, shown in _boxes(editor).items() if shown != boxes[key]}
    changed |= {key for key in (wrong, _wrong(editor)) if key}
    page_frame.redraw(PICTURE, FIGURES, HISTORY, *map(box, sorted(changed)))


def _rest(editor: ModelEditor) -> Any:
    """What the rest of the page shows of the draft; `None` if that may be anything."""
    if (
        LINK in st.query_params
        or not engine.engine().ready
        or (editor.error is not None and _wrong(editor) is None)
    ):
        return None
    draft = editor.draft
    return (
        [{**item, "encoder": item["encoder"]["kind"]} for item in draft["inputs"]],
        [(item["key"], item["name"], drafts.title(item)) for item in draft["merges"]],
        [(item["key"], item["name"]) for item in draft["heads"]],
        bool(drafts.headless(draft)),
        toolbar.automatic_level(model_view(editor.shown).graph),
        draft_tab.problem(draft_tab.of_session()),
    )


def _boxes(editor: ModelEditor) -> dict[str, Any]:
    """What the box of each item shows of the draft, by the item's key."""
    draft = editor.draft
    shown = {item["key"]: item for part in LISTS for item in draft[part]}
    if engine.engine().ready:
        graph = model_view(editor.shown).graph
        forms = ((item, drafts.output_forms(item, graph)) for item in draft["merges"])
        shown |= {item["key"]: (item, form) for item, form in forms}
    return {**shown, TRUNK: draft[TRUNK]}


def _wrong(editor: ModelEditor) -> str | None:
    """The key of the item in whose box the error is shown."""
    match editor.error and editor.error.where:
        case (str(part), int(index), *_) if part in LISTS:
            return str(editor.draft[part][index]["key"])
        case (str(part), *_) if part == TRUNK:
            return TRUNK
    return None
