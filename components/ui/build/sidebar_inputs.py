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
    READ_AGAIN,
    Box,
    ErrorDisplay,
    boxes,
    details,
    grow,
    heading,
)
from components.ui.editor import drafts, edit_kinds, edits
from components.ui.editor.drafts import Draft
from components.ui.editor.model_editor import ModelEditor

OWN_DATA = "data of its own"


def inputs(editor: ModelEditor, errors: ErrorDisplay, theme: Theme) -> None:
    """A box for each input."""
    kinds = {kind: f"{one.plain} :gray[{one.title}]" for kind, one in INPUTS.items()}
    heading("Inputs", "input", kinds, partial(_add, editor))
    hues = [f"branch{number}" for number in range(len(theme.branches))]
    boxes(errors, "inputs", hues, _summary, input_fields, ("Duplicate", READ_AGAIN, *MOVES))


def _summary(branch: Draft) -> str:
    reads = branch.get("reads")
    what = f"reads {reads}" if reads else INPUTS[branch["kind"]].title
    return f"{what} · {ENCODERS[branch['encoder']['kind']].title}"


def _add(editor: ModelEditor, kind: str) -> None:
    width = editor.source_width()
    grow(editor, "inputs", lambda draft: edits.add_input(draft, kind, width))


def input_fields(box: Box) -> None:
    """The kind and encoder of an input, and their fields."""
    data, within = box.data, (*box.where, "encoder")
    if data.get("reads"):
        _reads(box)
    else:
        box.choose_kind("Kind", INPUTS[data["kind"]].note or None)
    box.errors.at(box.where, (*box.where, "reads"))
    box.choose(
        "Encoder",
        _encoders(box),
        data["encoder"]["kind"],
        "encoder.kind",
        lambda draft, kind: edit_kinds.set_encoder(draft, box.at(draft), kind),
    )
    box.errors.at(within, (*within, "kind"))
    others = tuple(item["name"] for item in box.editor.draft["inputs"] if item is not data)
    form = INPUTS[data["kind"]].form
    fields = EncoderFields(box.errors, within, box.widgets, data["encoder"], form, others)
    fields.show_prominent()
    with details(box) as opened:
        if opened:
            if not data.get("reads"):
                box.fields(skip=("name", "label", "reads"))
            fields.show_others()


def _reads(box: Box) -> None:
    """Whose data a second branch reads; it can have its own instead."""
    names = drafts.readable_data(box.editor.draft, box.index)
    box.choose(
        "Reads",
        {**{name: name for name in names}, OWN_DATA: OWN_DATA},
        box.data["reads"],
        "reads",
        lambda draft, name: drafts.put(
            draft, ("inputs", box.key, "reads"), "" if name == OWN_DATA else name
        ),
        "The input whose data this branch reads, too.",
    )


def _encoders(box: Box) -> dict[str, str]:
    """Encoders that read the input; the shared one only if another input can lend its own."""
    return {
        kind: ENCODERS[kind].title
        for kind in encoders_for(INPUTS[box.data["kind"]].form)
        if kind != kind_of(Shared) or drafts.can_share(box.editor.draft, box.index)
    }
