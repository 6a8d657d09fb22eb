"""The sidebar of the Build page: preset, inputs, merges, trunk and heads of the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.app.pages.build import redraw
from components.app.pages.build.gallery import gallery
from components.app.pages.build.share import back_to_link
from components.app.pages.build.sidebar_blocks import (
    MOVES,
    READ_AGAIN,
    Box,
    ErrorDisplay,
    boxes,
    change_and_focus,
    details,
    heading,
    style,
    titles,
)
from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, engine, open_lesson, page_frame
from components.app.parts.widgets import forms, layout, numbers
from components.base.markup import escape_markdown
from components.base.text import plural
from components.models.analysis import model_view
from components.models.analysis.families import FAMILIES, by_family
from components.models.architecture.architecture import TRUNK, Trunk
from components.models.drawing.palette import Theme
from components.models.encoders import ENCODERS
from components.models.encoders.base import Form
from components.models.encoders.passthrough import Passthrough
from components.models.encoders.shared import Shared
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.inputs.base import encoders_for
from components.models.language.fields import settings
from components.models.language.graph import Graph, Group
from components.models.language.registry import kind_of
from components.models.merges import MERGES
from components.models.merges.base import KINDS, Family, Merge, Role

if TYPE_CHECKING:
    from components.teaching.lessons.lesson import Control

OWN_DATA = "data of its own"
EACH = "each"
"""Menu item that adds a head to each branch."""
_CSS = """
.st-key-families { display: grid; gap: .8rem; align-items: stretch;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.st-key-families > * { min-width: 0; width: auto !important; }
.st-key-families > * > * { height: 100%; }
"""


def sidebar(editor: ModelEditor, theme: Theme) -> None:
    """Draw all controls, each with its error beside it."""
    errors = ErrorDisplay(editor)
    style(theme)
    page_frame.part(redraw.HISTORY, partial(_top, editor))
    errors.at((), ("name",))
    for part, draw in _PARTS.items():
        if not open_lesson.hidden_controls(part):
            draw(errors, theme)
    errors.within(())


def _top(editor: ModelEditor) -> None:
    if draft_tab.of_session().link:
        back_to_link(editor)
    with layout.row("preset_row", vertical_alignment="bottom", gap="xsmall", wrap=False):
        if not open_lesson.hidden_controls("preset"):
            _preset(editor)
        _history("undo", "Undo the last change: Ctrl+Z", editor.undo, bool(editor.past))
        _history("redo", "Redo: Ctrl+Shift+Z", editor.redo, bool(editor.future))


def _preset(editor: ModelEditor) -> None:
    """Show a button with the name of the model, which opens the gallery."""
    if page_frame.pressed(
        f"Gallery: {escape_markdown(editor.title)}",
        key="preset",
        icon=":material/grid_view:",
        width="stretch",
        help="Ready models of papers and textbooks. Undo brings yours back.",
    ):
        gallery(editor)


def _history(name: str, help: str, act: Any, possible: bool) -> None:
    st.button(
        name.capitalize(),
        icon=f":material/{name}:",
        key=name,
        help=help,
        disabled=not possible,
        on_click=act,
    )


def part_fields(editor: ModelEditor, group: Group, theme: Theme) -> None:
    """Show the fields of the part of the selected layer beside the picture.

    Show nothing if the draft no longer has the part, or if a lesson hides these fields.
    """
    part, errors = _ROLES[group.role], ErrorDisplay(editor, shown=True)  # The sidebar shows it.
    names = [item["name"] for item in editor.draft.get(part, ())] if part != "trunk" else []
    if open_lesson.hidden_controls(part) or not (part == "trunk" or group.id in names):
        return
    hue = f"branch{group.hue % len(theme.branches)}" if group.role == "branch" else group.role
    with st.container(border=True, key=f"beside_box_{hue}", gap="xsmall"):
        st.markdown(f"**{escape_markdown(group.title)}**")
        if part == "trunk":
            trunk_fields(errors, "beside.trunk")
        else:
            _FIELDS[part](Box(errors, part, names.index(group.id), hue, beside=True))


# Inputs


def inputs(errors: ErrorDisplay, theme: Theme) -> None:
    """Show a box for each input."""

    def add(kind: str) -> None:
        width = errors.editor.source_width()
        change_and_focus(errors.editor, "inputs", lambda draft: edits.add_input(draft, kind, width))

    kinds = {kind: f"{one.plain} :gray[{one.title}]" for kind, one in INPUTS.items()}
    heading("Inputs", "input", kinds, add)
    hues = [f"branch{number}" for number in range(len(theme.branches))]
    actions = ("Duplicate", READ_AGAIN, *MOVES)
    boxes(errors, "inputs", hues, _input_summary, _input_fields, actions)


def _input_summary(branch: Draft) -> str:
    reads = branch.get("reads")
    what = f"reads {reads}" if reads else INPUTS[branch["kind"]].title
    return f"{what} · {ENCODERS[branch['encoder']['kind']].title}"


def _input_fields(box: Box) -> None:
    """Show the kind and the encoder of an input, and the fields of both."""
    data, within = box.data, (*box.where, "encoder")
    if data.get("reads"):
        _reads(box)
    else:
        box.choose_kind("Kind", INPUTS[data["kind"]].note or None)
    box.errors.at(box.where, (*box.where, "reads"))
    form, encoder = INPUTS[data["kind"]].form, data["encoder"]
    # Offer the shared encoder only if another input has one to share.
    readable = {
        kind: ENCODERS[kind].title
        for kind in encoders_for(form)
        if kind != kind_of(Shared) or drafts.can_share(box.editor.draft, box.index)
    }
    box.choose(
        "Encoder",
        readable,
        encoder["kind"],
        "encoder.kind",
        lambda draft, kind: edits.set_encoder(draft, box.at(draft), kind),
    )
    box.errors.at(within, (*within, "kind"))
    others = [item["name"] for item in box.editor.draft["inputs"] if item is not data]
    show = partial(box.encoder_fields, "encoder", form=form, references={"inputs": others})
    prominent = _prominent(encoder)
    show(only=prominent)
    with details(box) as opened:
        if opened:
            if not data.get("reads"):
                box.fields(skip=("name", "label", "reads"))
            if encoder["depth"]:
                show(skip=("depth", *prominent))


def _reads(box: Box) -> None:
    """Show the choice of the input whose data a second branch reads, or data of its own."""
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


def _prominent(encoder: Draft) -> tuple[str, ...]:
    """Return the encoder's fields that are always visible: depth and references to other parts."""
    return tuple(
        setting.name
        for setting in settings(ENCODERS[encoder["kind"]])
        if setting.refers or (setting.name == "depth" and setting.minimum != setting.maximum)
    )


# Merges


def merges(errors: ErrorDisplay) -> None:
    """Show a box for each merge."""
    editor = errors.editor
    heading("Merges", "merge", {}, lambda _: change_and_focus(editor, "merges", edits.add_merge))
    if not editor.draft["merges"]:
        st.caption("No merge: each head reads its own branch.")
    boxes(errors, "merges", ["merge"], _merge_summary, _merge_fields)


def _merge_summary(merge: Draft) -> str:
    return f"{MERGES[merge['kind']].title} · {plural(len(merge['sources']), 'source')}"


def _merge_fields(box: Box) -> None:
    """Show the strategy of a merge, its sources, the encoder after it, and their fields."""
    concept = MERGES[box.data["kind"]]
    key = f"{box.widgets}.kind.wide"
    with layout.row(key, vertical_alignment="bottom", wrap=False, gap="xsmall"):
        box.choose_kind("Strategy", f"{concept.plain} Good for: {concept.good_for}.", _strategies())
        if page_frame.pressed(
            "Strategies by family",
            key=f"{box.widgets}.families",
            type="tertiary",
            help="Every family with a picture of what happens to the numbers.",
        ):
            _choose_strategy(box)
    roles = concept.contract.roles
    if roles:
        _roles(box, roles)
    if not roles or len(box.data["sources"]) > len(roles):
        _sources(box)
    box.errors.at(box.where, (*box.where, "sources"))
    any_merge = tuple(Merge.model_fields)
    own = tuple(setting.name for setting in settings(concept, skip=any_merge))
    box.fields(only=own[:1])
    _then(box)
    with details(box) as opened:
        if opened:
            box.fields(skip=(*any_merge, *own[:1]))
            box.fields(skip=("name", "sources", *own))
            _then_fields(box)


@cache
def _strategies() -> dict[str, str]:
    """Return the title of each strategy with its family before it, in the order of families."""
    return {
        kind: _with_family(FAMILIES[family].title, MERGES[kind].title)
        for family, kinds in by_family(MERGES).items()
        for kind in kinds
    }


def _with_family(family: str, title: str) -> str:
    return title if title == family else f"{family} · {title}"


@st.dialog("Strategies by family", width="large", icon=":material/category:")
@page_frame.guarded()
def _choose_strategy(box: Box) -> None:
    """Show the families in a grid; a click on a strategy sets it for the merge."""
    st.html(f"<style>{numbers.CSS}{_CSS}</style>")
    with st.container(key="families"):
        for family, kinds in by_family(MERGES).items():
            with st.container(border=True, key=f"family_{family}", gap="xsmall"):
                _family(box, family, kinds)


def _family(box: Box, family: Family, kinds: list[str]) -> None:
    """Show how a family combines numbers, and a button for each of its strategies."""
    text = FAMILIES[family]
    st.markdown(f"**{text.title}**  \n{text.sentence}")
    st.html(numbers.picture(family, page_frame.theme()))
    with layout.row(gap="xsmall"):
        for kind in kinds:
            merge = MERGES[kind]
            if st.button(
                escape_markdown(merge.title),
                type="primary" if kind == box.data["kind"] else "secondary",
                key=f"strategy.{kind}",
                help=f"{merge.plain} Good for: {merge.good_for}.",
                on_click=_choose,
                args=(box, kind),
            ):
                st.rerun()


def _choose(box: Box, kind: str) -> None:
    box.editor.edit(partial(box.set_kind, kind=kind))


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
    change = partial(redraw.setter(box.editor, box.where, box.concept), "sources")
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
    """Show the choice of the encoder after a merge."""
    where = (*box.where, "then")
    box.choose(
        "Then",
        _encoders_of(drafts.output_forms(box.data, _graph(box.editor))),
        box.data["then"]["kind"],
        "then.kind",
        lambda draft, kind: edits.set_then(draft, box.at(draft), kind),
        "Layers applied after the merge, for early and mid fusion.",
    )
    box.errors.at(where, (*where, "kind"))


def _graph(editor: ModelEditor) -> Graph | None:
    """Return the layers in the picture; `None` until the build workers are ready."""
    return model_view.model_view(editor.shown).graph if engine.engine().ready else None


def _then_fields(box: Box) -> None:
    then = box.data["then"]
    concept, prominent = ENCODERS[then["kind"]], _prominent(then)
    form = next((form for form in KINDS.values() if form in concept.takes), None)
    if prominent or then["depth"]:
        st.caption(f"Then: {concept.title}")
    box.encoder_fields("then", only=prominent, form=form)
    if then["depth"]:
        box.encoder_fields("then", skip=("depth", *prominent), form=form)


def _encoders_of(forms_now: frozenset[Form]) -> dict[str, str]:
    """Return the encoders that can follow a merge.

    `Passthrough` comes first, then those that read the present output of the merge.
    """
    kinds = [
        kind
        for kind, encoder in ENCODERS.items()
        if kind != kind_of(Shared) and not encoder.takes.isdisjoint(KINDS.values())
    ]
    nothing = kind_of(Passthrough)
    kinds.sort(key=lambda kind: (kind != nothing, forms_now.isdisjoint(ENCODERS[kind].takes)))
    return {kind: ENCODERS[kind].title for kind in kinds}


# Trunk and heads


def _trunk(errors: ErrorDisplay) -> None:
    st.header("Trunk", anchor=False)
    page_frame.part(redraw.box(TRUNK), partial(_trunk_box, errors))


def _trunk_box(errors: ErrorDisplay) -> None:
    errors.begin((TRUNK,))
    with st.container(border=True, key="trunk_box_trunk", gap="xsmall"):
        trunk_fields(errors, "trunk")
    errors.within((TRUNK,))


def trunk_fields(errors: ErrorDisplay, key: str) -> None:
    """Show the fields of the trunk, in widgets whose keys start with `key`."""
    change, fields = redraw.setter(errors.editor, (TRUNK,), Trunk), errors.editor.draft["trunk"]
    forms.draw_settings(Trunk, fields, key, change, show_error_at=errors.at, where=(TRUNK,))


def heads(errors: ErrorDisplay) -> None:
    """Show a box for each head."""
    editor = errors.editor

    def add(kind: str) -> None:
        one = partial(edits.add_head, kind=kind)
        change_and_focus(editor, "heads", edits.add_branch_heads if kind == EACH else one)

    kinds = titles(HEADS)
    if drafts.headless(editor.draft):
        kinds[EACH] = "One for each branch"
    heading("Heads", "head", kinds, add)
    boxes(errors, "heads", ["head"], _head_summary, _head_fields)


def _head_summary(head: Draft) -> str:
    return f"{HEADS[head['kind']].title} · {head['source']}"


def _head_fields(box: Box) -> None:
    """Show the output and the source of a head, with its loss and metrics."""
    box.choose_kind("Predicts", "Yes or no, one of several classes, or numbers.")
    box.errors.at(box.where)
    box.choose(
        "Reads",
        {**drafts.titles(box.editor.draft), TRUNK: TRUNK},
        box.data["source"],
        "source",
        lambda draft, name: edits.set_source(draft, box.at(draft), name),
        "A branch, a merge, or the trunk after the last merge.",
    )
    box.errors.at((*box.where, "source"))
    with details(box, "Loss and metrics") as opened:
        if opened:
            others = [head["name"] for head in box.editor.draft["heads"] if head is not box.data]
            skip = ("name", "source") if others else ("name", "source", "labels")
            box.fields(skip=skip, references={"heads": ("", *others)})


_ROLES: dict[str, Control] = {
    "branch": "inputs",
    "merge": "merges",
    "trunk": "trunk",
    "head": "heads",
}
"""Parts of the draft by the role of their layers."""
_FIELDS: dict[str, Callable[[Box], None]] = {
    "inputs": _input_fields,
    "merges": _merge_fields,
    "heads": _head_fields,
}
_PARTS: Mapping[Control, Callable[[ErrorDisplay, Theme], None]] = {
    "inputs": inputs,
    "merges": lambda errors, _: merges(errors),
    "trunk": lambda errors, _: _trunk(errors),
    "heads": lambda errors, _: heads(errors),
}
"""Parts that a lesson can hide, in their order on the page."""
