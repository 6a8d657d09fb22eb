"""The sidebar's merges: strategy, sources or roles, and the encoder after each."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.core.fields import settings
from components.core.graph import Graph
from components.core.registry import kind_of
from components.core.text import plural
from components.encoders import ENCODERS
from components.encoders.base import Form
from components.encoders.passthrough import Passthrough
from components.encoders.shared import Shared
from components.merges import MERGES
from components.merges.base import KINDS, Merge, Role
from components.ui.build.encoder_fields import EncoderFields
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
from components.ui.kit import drafts, edits, engine, forms
from components.ui.kit.drafts import Draft
from components.ui.kit.model_editor import ModelEditor


def merges(editor: ModelEditor, errors: ErrorDisplay) -> None:
    """A box for each merge."""
    heading("Merges", "merge", {}, lambda _: grow(editor, "merges", edits.add_merge))
    errors.at(("merges",))
    if not editor.draft["merges"]:
        st.caption("No merge: each head reads its own branch.")
    graph = _graph(editor)
    for index, data in enumerate(editor.draft["merges"]):
        summary = f"{MERGES[data['kind']].title} · {plural(len(data['sources']), 'source')}"
        box = Box("merges", index, data, "merge", summary)
        with block(editor, errors, box) as opened:
            if opened:
                _merge(editor, errors, box, graph)


def _graph(editor: ModelEditor) -> Graph | None:
    """The layers in the picture, as soon as Keras is imported."""
    return engine.model_of(editor.shown).graph if engine.engine().ready else None


def _merge(editor: ModelEditor, errors: ErrorDisplay, box: Box, graph: Graph | None) -> None:
    key, data, where = box.key, box.data, box.where
    concept = MERGES[data["kind"]]
    choose(
        editor,
        "Strategy",
        titles(MERGES),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "merges", box.at(draft), kind),
        f"Wins: {concept.wins}.",
    )
    errors.at((*where, "kind"))
    roles = concept.contract.roles
    if roles:
        _roles(editor, box, roles)
    if not roles or len(data["sources"]) > len(roles):
        _sources(editor, box)
    errors.at(where, (*where, "sources"))
    any_merge = tuple(Merge.model_fields)
    own = tuple(setting.name for setting in settings(concept, skip=any_merge))
    common: dict[str, Any] = {
        "key": f"{key}.{data['kind']}",
        "commit": commit(editor, where),
        "say": errors.at,
        "where": where,
    }
    if own:
        forms.show(concept, data, only=own[:1], **common)
    _then(editor, errors, box, graph)
    expander = details(key)
    if expander.open:
        with expander:
            forms.show(concept, data, skip=(*any_merge, *own[:1]), **common)
            forms.show(concept, data, skip=("name", "sources", *own), **common)
            _then_fields(editor, errors, box)


def _roles(editor: ModelEditor, box: Box, roles: tuple[Role, ...]) -> None:
    read = box.data["sources"]
    options = {name: name for name in _readable(editor, box)}
    for number, role in enumerate(roles):
        choose(
            editor,
            role.title[:1].upper() + role.title[1:],
            options,
            read[number] if number < len(read) else None,
            f"{box.key}.{box.data['kind']}.role.{number}",
            partial(_set_role, box, number),
            f"The source that {role.title}: a {' or a '.join(KINDS[r] for r in role.ranks)}.",
        )


def _set_role(box: Box, role: int, draft: Draft, name: str) -> None:
    edits.set_role(draft, box.at(draft), role, name)


def _sources(editor: ModelEditor, box: Box) -> None:
    read = list(box.data["sources"])
    link = forms.linked(f"{box.key}.sources", read, partial(commit(editor, box.where), "sources"))
    st.multiselect(
        "Sources",
        list(dict.fromkeys([*_readable(editor, box), *read])),
        default=read,
        help="Branches or other merges, joined in this order.",
        **link,
    )


def _readable(editor: ModelEditor, box: Box) -> list[str]:
    return [name for name in drafts.sources(editor.draft) if name != box.data["name"]]


def _then(editor: ModelEditor, errors: ErrorDisplay, box: Box, graph: Graph | None) -> None:
    where = (*box.where, "then")
    choose(
        editor,
        "Then",
        _encoders_of(_output_forms(box.data, graph)),
        box.data["then"]["kind"],
        f"{box.key}.then.kind",
        lambda draft, kind: edits.set_then(draft, box.at(draft), kind),
        "Layers applied after the merge, for early and mid fusion.",
    )
    errors.at(where, (*where, "kind"))


def _then_fields(editor: ModelEditor, errors: ErrorDisplay, box: Box) -> None:
    then = box.data["then"]
    takes = ENCODERS[then["kind"]].takes
    form = next((form for form in KINDS.values() if form in takes), None)
    where, key = (*box.where, "then"), f"{box.key}.then"
    fields = EncoderFields(editor, errors, where, key, then, form)
    if fields.prominent or then["depth"]:
        st.caption(f"Then: {ENCODERS[then['kind']].title}")
    fields.show_prominent()
    fields.show_others()


def _encoders_of(forms_now: frozenset[Form]) -> dict[str, str]:
    """Encoders that can read a merge, those that read the output of this one first."""
    kinds = [
        kind
        for kind, encoder in ENCODERS.items()
        if kind != kind_of(Shared) and not encoder.takes.isdisjoint(KINDS.values())
    ]
    nothing = kind_of(Passthrough)
    kinds.sort(key=lambda kind: (kind != nothing, forms_now.isdisjoint(ENCODERS[kind].takes)))
    return {kind: ENCODERS[kind].title for kind in kinds}


def _output_forms(merge: Draft, graph: Graph | None) -> frozenset[Form]:
    """The form of a merge's output: read by its encoder, or built last; all forms if unknown."""
    if merge["then"]["depth"]:
        return ENCODERS[merge["then"]["kind"]].takes
    members = graph.members(merge["name"]) if graph else ()
    ranks = [len(node.shape) for node in members if node.state == "built" and not node.hidden]
    return frozenset({KINDS[ranks[-1]]} if ranks and ranks[-1] in KINDS else KINDS.values())
