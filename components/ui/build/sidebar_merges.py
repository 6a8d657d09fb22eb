"""The sidebar's merges: strategy, sources or roles, and the encoder after each."""

from __future__ import annotations

from functools import cache, partial

import streamlit as st

from components.analysis import model_view
from components.analysis.families import FAMILIES, by_family
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
    boxes,
    commit,
    details,
    grow,
    heading,
)
from components.ui.build.strategy_choice import choose_strategy
from components.ui.editor import drafts, edit_kinds, edits
from components.ui.editor.drafts import Draft
from components.ui.editor.model_editor import ModelEditor
from components.ui.frame import engine, page_frame
from components.ui.widgets import forms, layout


def merges(editor: ModelEditor, errors: ErrorDisplay) -> None:
    """A box for each merge."""
    heading("Merges", "merge", {}, lambda _: grow(editor, "merges", edits.add_merge))
    if not editor.draft["merges"]:
        st.caption("No merge: each head reads its own branch.")
    boxes(errors, "merges", ["merge"], _summary, merge_fields)


def _summary(merge: Draft) -> str:
    return f"{MERGES[merge['kind']].title} · {plural(len(merge['sources']), 'source')}"


def _graph(editor: ModelEditor) -> Graph | None:
    """The layers in the picture, as soon as models can be built."""
    return model_view.model_view(editor.shown).graph if engine.engine().ready else None


def merge_fields(box: Box) -> None:
    """The strategy of a merge, its sources, what comes after it, and the fields of all that."""
    concept = MERGES[box.data["kind"]]
    key = f"{box.widgets}.kind.wide"
    with layout.row(key, vertical_alignment="bottom", wrap=False, gap="xsmall"):
        box.choose_kind("Strategy", f"{concept.plain} Good for: {concept.good_for}.", _strategies())
        page_frame.dialog_button(
            "Strategies by family",
            partial(choose_strategy, box),
            key=f"{box.widgets}.families",
            type="tertiary",
            help="Every family with a picture of what happens to the numbers.",
        )
    roles = concept.contract.roles
    if roles:
        _roles(box, roles)
    if not roles or len(box.data["sources"]) > len(roles):
        _sources(box)
    box.errors.at(box.where, (*box.where, "sources"))
    any_merge = tuple(Merge.model_fields)
    own = tuple(setting.name for setting in settings(concept, skip=any_merge))
    if own:
        box.fields(only=own[:1])
    _then(box)
    with details(box) as opened:
        if opened:
            box.fields(skip=(*any_merge, *own[:1]))
            box.fields(skip=("name", "sources", *own))
            _then_fields(box)


@cache
def _strategies() -> dict[str, str]:
    """Every strategy with its family before its title, family by family."""
    return {
        kind: _with_family(FAMILIES[family].title, MERGES[kind].title)
        for family, kinds in by_family(MERGES).items()
        for kind in kinds
    }


def _with_family(family: str, title: str) -> str:
    return title if title == family else f"{family} · {title}"


def _roles(box: Box, roles: tuple[Role, ...]) -> None:
    read = box.data["sources"]
    titles = drafts.titles(box.editor.draft)
    options = {name: titles[name] for name in _readable(box)}
    for number, role in enumerate(roles):
        box.choose(
            role.title[:1].upper() + role.title[1:],
            options,
            read[number] if number < len(read) else None,
            f"{box.data['kind']}.role.{number}",
            partial(_set_role, box, number),
            f"The source that {role.title}: a {' or a '.join(KINDS[r] for r in role.ranks)}.",
        )


def _set_role(box: Box, role: int, draft: Draft, name: str) -> None:
    edits.set_role(draft, box.at(draft), role, name)


def _sources(box: Box) -> None:
    read, titles = list(box.data["sources"]), drafts.titles(box.editor.draft)
    change = partial(commit(box.editor, box.where, box.concept), "sources")
    st.multiselect(
        "Sources",
        list(dict.fromkeys([*_readable(box), *read])),
        default=read,
        format_func=lambda name: titles.get(name, name),
        help="Branches or other merges, joined in this order.",
        **forms.linked(f"{box.widgets}.sources", read, change, [titles.get(name) for name in read]),
    )


def _readable(box: Box) -> list[str]:
    return [name for name in drafts.sources(box.editor.draft) if name != box.data["name"]]


def _then(box: Box) -> None:
    where = (*box.where, "then")
    box.choose(
        "Then",
        _encoders_of(drafts.output_forms(box.data, _graph(box.editor))),
        box.data["then"]["kind"],
        "then.kind",
        lambda draft, kind: edit_kinds.set_then(draft, box.at(draft), kind),
        "Layers applied after the merge, for early and mid fusion.",
    )
    box.errors.at(where, (*where, "kind"))


def _then_fields(box: Box) -> None:
    then = box.data["then"]
    takes = ENCODERS[then["kind"]].takes
    form = next((form for form in KINDS.values() if form in takes), None)
    where, key = (*box.where, "then"), f"{box.widgets}.then"
    fields = EncoderFields(box.errors, where, key, then, form)
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
