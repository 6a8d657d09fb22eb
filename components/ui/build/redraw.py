"""What a change of the model draws again: the whole page, or the parts that show the change."""

from __future__ import annotations

from collections.abc import Callable

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
    before = _shown(editor)
    act()
    editor.check(engine.builder())
    after = _shown(editor)
    if before is None or after is None or before[0] != after[0]:
        return
    changed = [box(key) for key, shown in after[1].items() if shown != before[1][key]]
    page_frame.redraw(PICTURE, FIGURES, HISTORY, *changed)


def _shown(editor: ModelEditor) -> tuple[object, dict[str, list[object]]] | None:
    """What the rest of the page shows of the draft, and each box, by the key of its item.

    `None` if the rest may show anything.
    """
    draft, error, wrong = editor.draft, editor.error, _wrong(editor)
    if LINK in st.query_params or not engine.engine().ready or (error and wrong is None):
        return None
    graph = model_view(editor.shown).graph
    rest = (
        [{**item, "encoder": item["encoder"]["kind"]} for item in draft["inputs"]],
        [(item["key"], item["name"], drafts.title(item)) for item in draft["merges"]],
        [(item["key"], item["name"]) for item in draft["heads"]],
        bool(drafts.headless(draft)),
        toolbar.automatic_level(graph),
        draft_tab.problem(draft_tab.of_session()),
    )
    boxes: dict[str, list[object]] = {item["key"]: [item] for part in LISTS for item in draft[part]}
    boxes[TRUNK] = [draft[TRUNK]]
    for merge in draft["merges"]:
        boxes[merge["key"]].append(drafts.output_forms(merge, graph))
    if wrong is not None:
        boxes[wrong].append(error)
    return rest, boxes


def _wrong(editor: ModelEditor) -> str | None:
    """The key of the item in whose box the error is shown."""
    match editor.error and editor.error.where:
        case (str(part), int(index), *_) if part in LISTS:
            return str(editor.draft[part][index]["key"])
        case (str(part), *_) if part == TRUNK:
            return TRUNK
    return None
