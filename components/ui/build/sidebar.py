"""The sidebar of the Build page: preset, inputs, merges, trunk, heads. A view of the draft."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.core.errors import Where
from components.core.fields import settings
from components.core.graph import Graph
from components.core.registry import Registry, kind_of
from components.encoders import ENCODERS
from components.encoders.base import Form
from components.encoders.passthrough import Passthrough
from components.encoders.shared import Shared
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.merges import MERGES
from components.merges.base import KINDS, Merge, Role
from components.model.spec import TRUNK, Trunk
from components.render.palette import Theme
from components.ui.build.sidebar_blocks import (
    MOVES,
    Block,
    Said,
    block,
    choose,
    grow,
    heading,
    style,
)
from components.ui.kit import drafts, edits, engine, forms
from components.ui.kit.drafts import Draft, Path
from components.ui.kit.model_editor import ModelEditor, parts
from sample_data import presets

EACH = "each"
"""What stands for a head on each branch among the kinds of head."""
SHARED, NOTHING = kind_of(Shared), kind_of(Passthrough)
FORMS: dict[int, Form] = {1: "vector", 2: "sequence", 3: "map"}
"""What an encoder reads where a merge gives a tensor of that rank."""


def sidebar(editor: ModelEditor, theme: Theme) -> None:
    """All controls, with each error beside the widget it belongs to."""
    said = Said(editor)
    style(theme)
    _top(editor)
    said.at((), ("name",))
    _inputs(editor, said, theme)
    _merges(editor, said)
    _trunk(editor, said)
    _heads(editor, said)
    said.within(())


def _top(editor: ModelEditor) -> None:
    name = editor.draft["name"]
    known = presets.names()
    same = name in known and editor.error is None and presets.load(name) == editor.valid
    widget = forms.widget_key("preset", name if same else None)
    row = st.container(
        horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False, key="preset_row"
    )
    row.selectbox(
        "Preset",
        known,
        index=known.index(name) if same else None,
        key=widget,
        format_func=forms.humanize,
        placeholder=f"{forms.humanize(name)}{', changed' if name in known else ''}",
        on_change=forms.when_changed("preset", widget, partial(_open_preset, editor)),
        help="Architectures to start from. Opening one can be undone.",
    )
    row.button(
        "",
        icon=":material/undo:",
        key="undo",
        help="Undo the last change",
        disabled=not editor.past,
        on_click=editor.undo,
    )
    row.button(
        "",
        icon=":material/redo:",
        key="redo",
        help="Redo",
        disabled=not editor.future,
        on_click=editor.redo,
    )


def _open_preset(editor: ModelEditor, chosen: str | None) -> None:
    if chosen:
        editor.open(presets.load(chosen))


def _inputs(editor: ModelEditor, said: Said, theme: Theme) -> None:
    heading("Inputs", "input", _titles(INPUTS), partial(_add_input, editor))
    said.at(("inputs",))
    for place, key, data in parts(editor.draft, "inputs"):
        line = f"{INPUTS[data['kind']].title} · {ENCODERS[data['encoder']['kind']].title}"
        hue = f"branch{place % len(theme.branches)}"
        shown = Block("inputs", place, key, data, hue, line, ("Duplicate", *MOVES))
        with block(editor, said, shown) as opened:
            if opened:
                _branch(editor, said, shown)


def _branch(editor: ModelEditor, said: Said, shown: Block) -> None:
    place, key, data, where = shown.place, shown.key, shown.data, shown.where
    encoder, concept = data["encoder"], INPUTS[data["kind"]]
    choose(
        editor,
        "Kind",
        _titles(INPUTS),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "inputs", shown.at(draft), kind),
    )
    said.at(where, (*where, "kind"))
    choose(
        editor,
        "Encoder",
        {
            kind: ENCODERS[kind].title
            for kind in encoders_for(concept.form)
            if kind != SHARED or drafts.can_share(editor.draft, place)
        },
        encoder["kind"],
        f"{key}.encoder.kind",
        lambda draft, kind: edits.set_encoder(draft, shown.at(draft), kind),
    )
    said.at((*where, "encoder"), (*where, "encoder", "kind"))
    others = [data["name"] for at, _, data in parts(editor.draft, "inputs") if at != place]
    inner: dict[str, Any] = {"form": concept.form, "references": {"inputs": others}}
    _in_sight(editor, said, (*where, "encoder"), key, encoder, inner)
    opened = _details(key)
    if opened.open:
        with opened:
            forms.show(
                concept,
                data,
                f"{key}.{data['kind']}",
                _commit(editor, shown.where),
                skip=("name",),
                say=said.at,
                where=where,
            )
            _folded_away(editor, said, (*where, "encoder"), key, encoder, inner)


def _in_sight(
    editor: ModelEditor, said: Said, where: Path, key: str, encoder: Draft, inner: dict[str, Any]
) -> None:
    """What of an encoder is always in sight: its depth, or whose encoder it shares."""
    names = _prominent(encoder["kind"])
    if names:
        _encoder(editor, said, where, key, encoder, only=names, **inner)


def _folded_away(
    editor: ModelEditor, said: Said, where: Path, key: str, encoder: Draft, inner: dict[str, Any]
) -> None:
    """The rest of an encoder's fields, where there are layers for them to act on."""
    if encoder["depth"]:
        _encoder(
            editor, said, where, key, encoder, skip=("depth", *_prominent(encoder["kind"])), **inner
        )


def _prominent(kind: str) -> tuple[str, ...]:
    return tuple(
        setting.name
        for setting in settings(ENCODERS[kind])
        if setting.refers or (setting.name == "depth" and setting.minimum != setting.maximum)
    )


def _encoder(
    editor: ModelEditor, said: Said, where: Path, key: str, encoder: Draft, **which: Any
) -> None:
    kind = encoder["kind"]
    forms.show(
        ENCODERS[kind],
        encoder,
        f"{key}.{kind}",
        _commit(editor, where),
        say=said.at,
        where=where,
        **which,
    )


def _merges(editor: ModelEditor, said: Said) -> None:
    heading("Merges", "stage", {}, lambda _: grow(editor, "merges", edits.add_merge))
    said.at(("merges",))
    if not editor.draft["merges"]:
        st.caption("None: each head reads a branch of its own.")
    graph = _graph(editor)
    for place, key, data in parts(editor.draft, "merges"):
        count = len(data["sources"])
        line = f"{MERGES[data['kind']].title} · {count} source{'' if count == 1 else 's'}"
        shown = Block("merges", place, key, data, "merge", line)
        with block(editor, said, shown) as opened:
            if opened:
                _merge(editor, said, shown, graph)


def _merge(editor: ModelEditor, said: Said, shown: Block, graph: Graph | None) -> None:
    key, data, where = shown.key, shown.data, shown.where
    concept = MERGES[data["kind"]]
    choose(
        editor,
        "Strategy",
        _titles(MERGES),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "merges", shown.at(draft), kind),
        f"Wins: {concept.wins}.",
    )
    said.at((*where, "kind"))
    roles = concept.contract.roles
    if roles:
        _roles(editor, shown, roles)
    if not roles or len(data["sources"]) > len(roles):
        _sources(editor, shown)
    said.at(where, (*where, "sources"))
    any_merge = tuple(Merge.model_fields)
    own = tuple(setting.name for setting in settings(concept, skip=any_merge))
    common: dict[str, Any] = {
        "key": f"{key}.{data['kind']}",
        "commit": _commit(editor, shown.where),
        "say": said.at,
        "where": where,
    }
    if own:
        forms.show(concept, data, only=own[:1], **common)
    _then(editor, said, shown, graph)
    opened = _details(key)
    if opened.open:
        with opened:
            forms.show(concept, data, skip=(*any_merge, *own[:1]), **common)
            forms.show(concept, data, skip=("name", "sources", *own), **common)
            _behind(editor, said, shown)


def _roles(editor: ModelEditor, shown: Block, roles: tuple[Role, ...]) -> None:
    read = shown.data["sources"]
    options = {name: name for name in _readable(editor, shown)}
    for number, role in enumerate(roles):
        choose(
            editor,
            role.title[:1].upper() + role.title[1:],
            options,
            read[number] if number < len(read) else None,
            f"{shown.key}.{shown.data['kind']}.role.{number}",
            partial(_cast, shown, number),
            f"The source that {role.title}: a {' or a '.join(KINDS[r] for r in role.ranks)}.",
        )


def _cast(shown: Block, role: int, draft: Draft, name: str) -> None:
    edits.set_role(draft, shown.at(draft), role, name)


def _sources(editor: ModelEditor, shown: Block) -> None:
    base, read = f"{shown.key}.sources", list(shown.data["sources"])
    widget = forms.widget_key(base, read)
    st.multiselect(
        "Sources",
        list(dict.fromkeys([*_readable(editor, shown), *read])),
        default=read,
        key=widget,
        help="Branches or other merges, joined in the order they are chosen.",
        on_change=forms.when_changed(
            base, widget, partial(_commit(editor, shown.where), "sources")
        ),
    )


def _readable(editor: ModelEditor, shown: Block) -> list[str]:
    return [name for name in drafts.sources(editor.draft) if name != shown.data["name"]]


def _then(editor: ModelEditor, said: Said, shown: Block, graph: Graph | None) -> None:
    where: Where = (*shown.where, "then")
    choose(
        editor,
        "Then",
        _behind_merges(_given(shown.data, graph)),
        shown.data["then"]["kind"],
        f"{shown.key}.then.kind",
        lambda draft, kind: edits.set_then(draft, shown.at(draft), kind),
        "Layers that what was joined goes through: for early and mid fusion.",
    )
    said.at(where, (*where, "kind"))


def _behind(editor: ModelEditor, said: Said, shown: Block) -> None:
    then = shown.data["then"]
    takes = ENCODERS[then["kind"]].takes
    inner = {"form": next((form for form in FORMS.values() if form in takes), None)}
    place: Path = (*shown.where, "then")
    if _prominent(then["kind"]) or then["depth"]:
        st.caption(f"Then: {ENCODERS[then['kind']].title}")
    _in_sight(editor, said, place, f"{shown.key}.then", then, inner)
    _folded_away(editor, said, place, f"{shown.key}.then", then, inner)


def _behind_merges(given: frozenset[Form]) -> dict[str, str]:
    """Encoders that read what a merge can give, those that read what this one gives first."""
    found = [
        kind
        for kind, encoder in ENCODERS.items()
        if kind != SHARED and not encoder.takes.isdisjoint(FORMS.values())
    ]
    found.sort(key=lambda kind: (kind != NOTHING, given.isdisjoint(ENCODERS[kind].takes)))
    return {kind: ENCODERS[kind].title for kind in found}


def _given(merge: Draft, graph: Graph | None) -> frozenset[Form]:
    """What a merge gives: by what reads it now, else by the last build; all forms if unknown."""
    if merge["then"]["depth"]:
        return ENCODERS[merge["then"]["kind"]].takes
    members = graph.members(merge["name"]) if graph else ()
    ranks = [len(node.shape) for node in members if node.state == "built" and not node.hidden]
    return frozenset({FORMS[ranks[-1]]} if ranks and ranks[-1] in FORMS else FORMS.values())


def _graph(editor: ModelEditor) -> Graph | None:
    """The layers as the picture shows them, as soon as Keras is in."""
    if not engine.engine().ready:
        return None
    return engine.drawn(editor.shown).graph


def _trunk(editor: ModelEditor, said: Said) -> None:
    st.markdown("**Trunk**")
    put = _commit(editor, (TRUNK,))

    def commit(field: str, value: Any) -> None:
        if field == "depth":
            editor.edit(lambda draft: edits.set_trunk_depth(draft, value))
        else:
            put(field, value)

    with st.container(border=True, key="trunk_box_trunk", gap="xsmall"):
        forms.show(Trunk, editor.draft["trunk"], "trunk", commit, say=said.at, where=(TRUNK,))
    said.within((TRUNK,))


def _heads(editor: ModelEditor, said: Said) -> None:
    kinds = _titles(HEADS)
    if drafts.headless(editor.draft):
        kinds[EACH] = "One for each branch"
    heading("Heads", "head", kinds, partial(_add_head, editor))
    said.at(("heads",))
    for place, key, data in parts(editor.draft, "heads"):
        line = f"{HEADS[data['kind']].title} · {data['source']}"
        shown = Block("heads", place, key, data, "head", line)
        with block(editor, said, shown) as opened:
            if opened:
                _head(editor, said, shown)


def _head(editor: ModelEditor, said: Said, shown: Block) -> None:
    key, data, where = shown.key, shown.data, shown.where
    choose(
        editor,
        "Predicts",
        _titles(HEADS),
        data["kind"],
        f"{key}.kind",
        lambda draft, kind: edits.set_kind(draft, "heads", shown.at(draft), kind),
        "Yes or no, one of several classes, or numbers.",
    )
    said.at(where, (*where, "kind"))
    choose(
        editor,
        "Reads",
        {name: name for name in (*drafts.sources(editor.draft), TRUNK)},
        data["source"],
        f"{key}.source",
        lambda draft, name: drafts.put(draft, ("heads", shown.key, "source"), name),
        "A branch, a merge, or the trunk behind the last merge.",
    )
    said.at((*where, "source"))
    opened = _details(key, "Loss and metrics")
    if opened.open:
        with opened:
            forms.show(
                HEADS[data["kind"]],
                data,
                f"{key}.{data['kind']}",
                _commit(editor, shown.where),
                skip=("name", "source"),
                say=said.at,
                where=where,
            )


def _details(key: str, label: str = "All fields") -> Any:
    """Where less common fields are: draw them only while it is open."""
    return st.expander(label, key=f"{key}.more", on_change="rerun", type="compact")


def _titles(registry: Registry[Any]) -> dict[str, str]:
    return {kind: concept.title for kind, concept in registry.items()}


def _add_input(editor: ModelEditor, kind: str) -> None:
    width = editor.width_wanted()
    grow(editor, "inputs", lambda draft: edits.add_input(draft, kind, width))


def _add_head(editor: ModelEditor, kind: str) -> None:
    if kind == EACH:
        grow(editor, "heads", edits.add_branch_heads)
    else:
        grow(editor, "heads", lambda draft: edits.add_head(draft, kind))


def _commit(editor: ModelEditor, where: Path) -> forms.Commit:
    """What puts a field of the part that stands there now, wherever it will stand by then."""
    path = drafts.by_key(editor.draft, where)
    return lambda field, value: editor.edit(lambda draft: drafts.put(draft, (*path, field), value))
