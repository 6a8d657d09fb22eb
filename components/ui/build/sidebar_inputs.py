"""The sidebar's inputs: kind, encoder and fields of each branch."""

from __future__ import annotations

from functools import partial

from components.core.registry import kind_of
from components.encoders import ENCODERS
from components.encoders.shared import Shared
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.render.palette import Theme
from components.ui.build.encoder_fields import EncoderFields
from components.ui.build.sidebar_blocks import (
    MOVES,
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


def inputs(editor: ModelEditor, errors: ErrorDisplay, theme: Theme) -> None:
    """A box for each input."""
    heading("Inputs", "input", titles(INPUTS), partial(_add, editor))
    errors.at(("inputs",))
    for index, data in enumerate(editor.draft["inputs"]):
        summary = f"{INPUTS[data['kind']].title} · {ENCODERS[data['encoder']['kind']].title}"
        hue = f"branch{index % len(theme.branches)}"
        box = Box("inputs", index, data, hue, summary, ("Duplicate", *MOVES))
        with block(editor, errors, box) as opened:
            if opened:
                _input(editor, errors, box)


def _add(editor: ModelEditor, kind: str) -> None:
    width = editor.source_width()
    grow(editor, "inputs", lambda draft: edits.add_input(draft, kind, width))


def _input(editor: ModelEditor, errors: ErrorDisplay, box: Box) -> None:
    key, data, where = box.key, box.data, box.where
    concept = INPUTS[data["kind"]]
    choose(
        editor,
        "Kind",
        titles(INPUTS),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "inputs", box.at(draft), kind),
    )
    errors.at(where, (*where, "kind"))
    choose(
        editor,
        "Encoder",
        _encoders(editor, box),
        data["encoder"]["kind"],
        f"{key}.encoder.kind",
        lambda draft, kind: edits.set_encoder(draft, box.at(draft), kind),
    )
    within = (*where, "encoder")
    errors.at(within, (*within, "kind"))
    others = tuple(item["name"] for item in editor.draft["inputs"] if item is not data)
    fields = EncoderFields(editor, errors, within, key, data["encoder"], concept.form, others)
    fields.show_prominent()
    expander = details(key)
    if expander.open:
        with expander:
            forms.show(
                concept,
                data,
                f"{key}.{data['kind']}",
                commit(editor, where),
                skip=("name",),
                say=errors.at,
                where=where,
            )
            fields.show_others()


def _encoders(editor: ModelEditor, box: Box) -> dict[str, str]:
    """Encoders that read the input; the shared one only if another input can lend its own."""
    return {
        kind: ENCODERS[kind].title
        for kind in encoders_for(INPUTS[box.data["kind"]].form)
        if kind != kind_of(Shared) or drafts.can_share(editor.draft, box.index)
    }
