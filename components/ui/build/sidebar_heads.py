"""The sidebar's heads: what each predicts and reads, with its loss and metrics."""

from __future__ import annotations

from functools import partial

from components.heads import HEADS
from components.model.checks import TRUNK
from components.ui.build.sidebar_blocks import (
    Box,
    ErrorDisplay,
    block,
    choose,
    commit,
    details,
    grow,
    heading,
    titles,
)
from components.ui.kit import drafts, edits, forms
from components.ui.kit.model_editor import ModelEditor

EACH = "each"
"""Stands for a head on each branch in the menu of kinds."""


def heads(editor: ModelEditor, errors: ErrorDisplay) -> None:
    """A box for each head."""
    kinds = titles(HEADS)
    if drafts.headless(editor.draft):
        kinds[EACH] = "One for each branch"
    heading("Heads", "head", kinds, partial(_add, editor))
    errors.at(("heads",))
    for index, data in enumerate(editor.draft["heads"]):
        summary = f"{HEADS[data['kind']].title} · {data['source']}"
        box = Box("heads", index, data, "head", summary)
        with block(editor, errors, box) as opened:
            if opened:
                _head(editor, errors, box)


def _add(editor: ModelEditor, kind: str) -> None:
    if kind == EACH:
        grow(editor, "heads", edits.add_branch_heads)
    else:
        grow(editor, "heads", lambda draft: edits.add_head(draft, kind))


def _head(editor: ModelEditor, errors: ErrorDisplay, box: Box) -> None:
    key, data, where = box.key, box.data, box.where
    choose(
        editor,
        "Predicts",
        titles(HEADS),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "heads", box.at(draft), kind),
        "Yes or no, one of several classes, or numbers.",
    )
    errors.at(where, (*where, "kind"))
    choose(
        editor,
        "Reads",
        {name: name for name in (*drafts.sources(editor.draft), TRUNK)},
        data["source"],
        f"{key}.source",
        lambda draft, name: drafts.put(draft, ("heads", key, "source"), name),
        "A branch, a merge, or the trunk after the last merge.",
    )
    errors.at((*where, "source"))
    expander = details(key, "Loss and metrics")
    if expander.open:
        with expander:
            forms.show(
                HEADS[data["kind"]],
                data,
                f"{key}.{data['kind']}",
                commit(editor, where),
                skip=("name", "source"),
                say=errors.at,
                where=where,
            )
