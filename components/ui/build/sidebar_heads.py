"""The sidebar's heads: what each predicts and reads, with its loss and metrics."""

from __future__ import annotations

from functools import partial

from components.heads import HEADS
from components.model.spec import TRUNK
from components.ui.build.sidebar_blocks import (
    Box,
    ErrorDisplay,
    boxes,
    details,
    grow,
    heading,
    titles,
)
from components.ui.editor import drafts, edits
from components.ui.editor.drafts import Draft
from components.ui.editor.model_editor import ModelEditor

EACH = "each"
"""Stands for a head on each branch in the menu of kinds."""


def heads(editor: ModelEditor, errors: ErrorDisplay) -> None:
    """A box for each head."""
    kinds = titles(HEADS)
    if drafts.headless(editor.draft):
        kinds[EACH] = "One for each branch"
    heading("Heads", "head", kinds, partial(_add, editor))
    boxes(errors, "heads", ["head"], _summary, head_fields)


def _summary(head: Draft) -> str:
    return f"{HEADS[head['kind']].title} · {head['source']}"


def _add(editor: ModelEditor, kind: str) -> None:
    if kind == EACH:
        grow(editor, "heads", edits.add_branch_heads)
    else:
        grow(editor, "heads", lambda draft: edits.add_head(draft, kind))


def head_fields(box: Box) -> None:
    """What a head predicts and reads, with its loss and metrics."""
    box.choose_kind("Predicts", "Yes or no, one of several classes, or numbers.")
    box.errors.at(box.where)
    box.choose(
        "Reads",
        {**drafts.titles(box.editor.draft), TRUNK: TRUNK},
        box.data["source"],
        "source",
        lambda draft, name: drafts.put(draft, ("heads", box.key, "source"), name),
        "A branch, a merge, or the trunk after the last merge.",
    )
    box.errors.at((*box.where, "source"))
    with details(box, "Loss and metrics") as opened:
        if opened:
            box.fields(skip=("name", "source"))
