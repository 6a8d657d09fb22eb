"""The sidebar of the Build page: preset, inputs, merges, trunk, heads. A view of the draft."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from components.encoders import ENCODERS
from components.errors import Where
from components.fields import settings
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.merges import MERGES
from components.render.palette import Theme
from components.spec import TRUNK, Trunk
from components.ui import edits, forms
from components.ui.edits import Draft, Path
from components.ui.workbench import Workbench, parts
from sample_data import presets

Change = Callable[[Draft], None]
MOVES = ("Duplicate", "Move up", "Move down", "Remove")


def sidebar(bench: Workbench, theme: Theme) -> None:
    """All controls, with each error beside the widget it belongs to."""
    _stripes(theme)
    _top(bench)
    _inputs(bench, theme)
    _merges(bench)
    _trunk(bench)
    _heads(bench)


def _stripes(theme: Theme) -> None:
    """The hue of each part at the edge of its box."""
    hues = {f"branch{place}": tones.solid for place, tones in enumerate(theme.branches)}
    hues.update(merge=theme.merge.solid, head=theme.head.solid)
    rules = "".join(
        f'[class*="_box_{name}"] {{ border-left: 4px solid {hue} !important; }}'
        for name, hue in hues.items()
    )
    st.html(f"<style>{rules}</style>")


def _top(bench: Workbench) -> None:
    name = bench.draft["name"]
    known = presets.names()
    same = name in known and bench.error is None and presets.load(name) == bench.valid
    widget = forms.keep("preset", name if same else None)
    row = st.container(
        horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False, key="preset_row"
    )
    row.selectbox(
        "Preset",
        known,
        index=known.index(name) if same else None,
        key=widget,
        format_func=forms.spoken,
        placeholder=f"{forms.spoken(name)}, changed",
        on_change=lambda: _open_preset(bench, forms.taken("preset", widget)),
        help="Architectures to start from. Opening one can be undone.",
    )
    row.button(
        "",
        icon=":material/undo:",
        key="undo",
        help="Undo the last change",
        disabled=not bench.past,
        on_click=bench.undo,
    )
    row.button(
        "",
        icon=":material/redo:",
        key="redo",
        help="Redo",
        disabled=not bench.future,
        on_click=bench.redo,
    )
    _say(bench, ())


def _open_preset(bench: Workbench, chosen: str | None) -> None:
    if chosen:
        bench.open(presets.load(chosen))


def _inputs(bench: Workbench, theme: Theme) -> None:
    _heading("Inputs", "input", INPUTS.items(), partial(_add_input, bench))
    _say(bench, ("inputs",))
    for place, key, data in parts(bench.draft, "inputs"):
        with _block(key, f"branch{place % len(theme.branches)}"):
            _title(bench, "inputs", place, key, data, MOVES)
            _branch(bench, place, key, data)


def _branch(bench: Workbench, place: int, key: str, data: dict[str, Any]) -> None:
    where: Where = ("inputs", place)
    concept = INPUTS[data["kind"]]
    encoder, kind = data["encoder"], data["encoder"]["kind"]
    left, right = st.columns(2, gap="xsmall", wrap=False)
    with left:
        _kinds(bench, "Kind", INPUTS.items(), data["kind"], f"{key}.kind", _set("inputs", place))
    with right:
        fitting = [
            (name, ENCODERS[name])
            for name in encoders_for(concept.form)
            if name != "shared" or edits.can_share(bench.draft, place)
        ]
        change = partial(_set_encoder, place)
        _kinds(bench, "Encoder", fitting, kind, f"{key}.encoder.kind", change)
    _say(bench, where, (*where, "kind"), (*where, "encoder"), (*where, "encoder", "kind"))
    shown: dict[str, Any] = {
        "error": bench.error,
        "form": concept.form,
        "references": {"inputs": _others(bench, place)},
    }
    encoded: Path = ("inputs", place, "encoder")
    class_ = ENCODERS[kind]
    depth = next(s for s in settings(class_) if s.name == "depth")
    fixed = depth.minimum == depth.maximum
    commit = partial(_put, bench, encoded)
    first = () if fixed else ("depth",)
    more = encoder["depth"] > 0
    if kind == "shared":
        first = ("branch",)
        more = False
    if first:
        forms.show(
            class_, encoder, f"{key}.{kind}", commit, only=first, where=(*where, "encoder"), **shown
        )
    opened = st.expander("All fields", key=f"{key}.more", on_change="rerun", type="compact")
    if not opened.open and not _inside(bench, where):
        return
    with opened:
        forms.show(
            concept,
            data,
            f"{key}.{data['kind']}",
            partial(_put, bench, where),
            skip=("name", "encoder"),
            where=where,
            **shown,
        )
        if more:
            forms.show(
                class_,
                encoder,
                f"{key}.{kind}",
                commit,
                skip=("depth",),
                where=(*where, "encoder"),
                **shown,
            )


def _inside(bench: Workbench, where: Where) -> bool:
    """Whether the error belongs to a field that is folded away here."""
    error = bench.error
    return error is not None and error.where[:2] == where and len(error.where) > 3


def _others(bench: Workbench, place: int) -> list[str]:
    return [data["name"] for at, _, data in parts(bench.draft, "inputs") if at != place]


def _merges(bench: Workbench) -> None:
    _heading("Merges", "stage", None, lambda _: bench.edit(edits.add_merge))
    _say(bench, ("merges",))
    if not bench.draft["merges"]:
        st.caption("None: each head reads a branch of its own.")
    for place, key, data in parts(bench.draft, "merges"):
        where: Where = ("merges", place)
        with _block(key, "merge"):
            _title(bench, "merges", place, key, data, ("Move up", "Move down", "Remove"))
            _kinds(
                bench,
                "Strategy",
                MERGES.items(),
                data["kind"],
                f"{key}.kind",
                _set("merges", place),
                help=f"{MERGES[data['kind']].wins.capitalize()}.",
            )
            _sources(bench, place, key, data)
            _say(bench, where, (*where, "kind"), (*where, "sources"))
            forms.show(
                MERGES[data["kind"]],
                data,
                f"{key}.{data['kind']}",
                partial(_put, bench, where),
                skip=("name", "sources"),
                error=bench.error,
                where=where,
            )


def _sources(bench: Workbench, place: int, key: str, data: dict[str, Any]) -> None:
    options = [name for name in edits.sources(bench.draft) if name != data["name"]]
    options += [name for name in data["sources"] if name not in options]
    widget = forms.keep(f"{key}.sources", list(data["sources"]))
    st.multiselect(
        "Sources",
        options,
        default=list(data["sources"]),
        key=widget,
        help="Branches or other merges, joined in the order they are chosen.",
        on_change=lambda: _put(
            bench, ("merges", place), "sources", forms.taken(f"{key}.sources", widget)
        ),
    )


def _trunk(bench: Workbench) -> None:
    st.markdown("**Trunk**")
    values = bench.draft["trunk"]

    def commit(field: str, value: Any) -> None:
        if field == "depth":
            bench.edit(lambda draft: edits.set_trunk_depth(draft, value))
        else:
            _put(bench, (TRUNK,), field, value)

    forms.show(Trunk, values, "trunk", commit, error=bench.error, where=(TRUNK,))


def _heads(bench: Workbench) -> None:
    _heading("Heads", "head", HEADS.items(), partial(_add_head, bench))
    _say(bench, ("heads",))
    for place, key, data in parts(bench.draft, "heads"):
        where: Where = ("heads", place)
        with _block(key, "head"):
            _title(bench, "heads", place, key, data, ("Move up", "Move down", "Remove"))
            left, right = st.columns(2, gap="xsmall", wrap=False)
            with left:
                _kinds(
                    bench,
                    "Predicts",
                    HEADS.items(),
                    data["kind"],
                    f"{key}.kind",
                    _set("heads", place),
                    help="Yes or no, one of several classes, or numbers.",
                )
            with right:
                _reads(bench, place, key, data)
            _say(bench, where, (*where, "kind"), (*where, "source"))
            opened = st.expander(
                "Loss and metrics", key=f"{key}.more", on_change="rerun", type="compact"
            )
            if opened.open or _inside_head(bench, where):
                with opened:
                    forms.show(
                        HEADS[data["kind"]],
                        data,
                        f"{key}.{data['kind']}",
                        partial(_put, bench, where),
                        skip=("name", "source"),
                        error=bench.error,
                        where=where,
                    )


def _inside_head(bench: Workbench, where: Where) -> bool:
    error = bench.error
    return (
        error is not None and error.where[:2] == where and error.where[2:] not in ((), ("source",))
    )


def _reads(bench: Workbench, place: int, key: str, data: dict[str, Any]) -> None:
    options = [*edits.sources(bench.draft), TRUNK]
    options += [] if data["source"] in options else [data["source"]]
    widget = forms.keep(f"{key}.source", data["source"])
    st.selectbox(
        "Reads",
        options,
        index=options.index(data["source"]),
        key=widget,
        help="A branch, a merge, or the trunk behind the last merge.",
        on_change=lambda: _put(
            bench, ("heads", place), "source", forms.taken(f"{key}.source", widget)
        ),
    )


def _heading(title: str, noun: str, kinds: Any, add: Callable[[str], None]) -> None:
    """A part's title with the button that adds to it; `kinds` are offered where there are any."""
    key = f"add.{noun}"
    common: dict[str, Any] = {"icon": ":material/add:", "key": key, "type": "tertiary"}
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False
    ):
        st.markdown(f"**{title}**", width="content")
        if kinds is None:
            st.button(f"Add {noun}", on_click=lambda: add(""), **common)
            return
        titles = {kind: concept.title for kind, concept in kinds}
        st.menu_button(
            f"Add {noun}",
            list(titles),
            format_func=lambda kind: titles[kind],
            on_click=lambda: add(st.session_state[key]),
            **common,
        )


def _block(key: str, hue: str) -> Any:
    """A box, whose key says what hue its stripe has."""
    return st.container(border=True, key=f"{key}_box_{hue}", gap="xsmall")


def _title(
    bench: Workbench,
    part: str,
    place: int,
    key: str,
    data: dict[str, Any],
    actions: tuple[str, ...],
) -> None:
    widget, menu = forms.keep(f"{key}.name", data["name"]), f"{key}.menu"

    def renamed() -> None:
        name = forms.taken(f"{key}.name", widget).strip()
        bench.edit(lambda draft: edits.rename(draft, part, place, name))

    row = st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False)
    row.text_input(
        f"Name of {part[:-1]} {place + 1}",
        value=data["name"],
        key=widget,
        max_chars=40,
        label_visibility="collapsed",
        on_change=renamed,
    )
    with row:
        st.menu_button(
            f"Change {data['name']}",
            list(actions),
            icon=":material/more_vert:",
            key=menu,
            type="tertiary",
            help=f"Duplicate, move or remove {data['name']}",
            on_click=lambda: _act(bench, part, place, st.session_state[menu]),
        )
    _say(bench, (part, place, "name"))


def _act(bench: Workbench, part: str, place: int, action: str) -> None:
    changes: dict[str, Change] = {
        "Duplicate": lambda draft: edits.duplicate_input(draft, place),
        "Move up": lambda draft: edits.move(draft, part, place, -1),
        "Move down": lambda draft: edits.move(draft, part, place, 1),
        "Remove": lambda draft: {
            "inputs": edits.remove_input,
            "merges": edits.remove_merge,
            "heads": edits.remove_head,
        }[part](draft, place),
    }
    if action in changes:
        bench.edit(changes[action])


def _kinds(
    bench: Workbench,
    label: str,
    kinds: Any,
    value: str,
    key: str,
    change: Callable[[Draft, str], None],
    help: str | None = None,
) -> None:
    titles = {kind: concept.title for kind, concept in kinds}
    options = list(dict.fromkeys([*titles, value]))
    widget = forms.keep(key, value)

    def chosen() -> None:
        kind = forms.taken(key, widget)
        bench.edit(lambda draft: change(draft, kind))

    st.selectbox(
        label,
        options,
        index=options.index(value),
        key=widget,
        format_func=lambda kind: titles.get(kind, kind),
        label_visibility="visible" if help else "collapsed",
        help=help,
        on_change=chosen,
    )


def _set(part: str, place: int) -> Callable[[Draft, str], None]:
    return lambda draft, kind: edits.set_kind(draft, part, place, kind)


def _set_encoder(place: int, draft: Draft, kind: str) -> None:
    edits.set_encoder(draft, place, kind)


def _add_input(bench: Workbench, kind: str) -> None:
    width = bench.width_wanted()
    bench.edit(lambda draft: edits.add_input(draft, kind, width))


def _add_head(bench: Workbench, kind: str) -> None:
    bench.edit(lambda draft: edits.add_head(draft, kind))


def _put(bench: Workbench, path: Path, field: str, value: Any) -> None:
    bench.edit(lambda draft: edits.put(draft, (*path, field), value))


def _say(bench: Workbench, *places: Where) -> None:
    for where in places:
        forms.said(bench.error, where)
