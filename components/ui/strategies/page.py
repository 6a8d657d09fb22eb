"""The Strategies page: all merges and encoders from their registries, tried on this model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from components.analysis import reference, trials
from components.analysis.reference import FITS, READS, ReferenceEntry
from components.analysis.trials import TrialResult
from components.core.errors import SpecError
from components.core.paths import ROOT
from components.core.registry import Registry
from components.encoders import ENCODERS
from components.merges import MERGES
from components.merges.base import Merge
from components.model.spec import Architecture
from components.render import diagram
from components.render import formatting as words
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.kit import drafts, edits, engine, page_frame
from components.ui.kit.drafts import Draft
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.viewer import viewer
from components.ui.strategies import cards
from components.ui.strategies.cards import Card, Family

FAMILIES: dict[str, Family] = {"Merges": "strategy", "Encoders": "encoder"}
NOUNS: dict[Family, str] = {"strategy": "strategies", "encoder": "encoders"}
CARDS, TABLE = "Cards", "Table"
SHOWN = 12
"""Cards that are drawn at first, and more at each wish for more."""
TALL = 480
"""Pixels of the picture where one entry is looked at alone."""
LEGEND = (
    "In formulas $h_m$ is source $m$, $d_m$ its width and $M$ their number; other letters are "
    "fields of the strategy, such as $k$ for the width that comes out."
)


@dataclass(frozen=True)
class Asked:
    """What a person looks for."""

    words: str
    filters: tuple[str, ...]


def strategies_page() -> None:
    """The whole page: entries of the registries, each tried on the model of the Build page."""
    editor, theme = page_frame.editor(), page_frame.theme()
    editor.check(engine.builder())
    named, problem = _named()
    chosen = st.session_state.get("catalogue_of", "Merges")
    family = named[0] if named else FAMILIES[chosen]
    with st.sidebar:
        page_frame.navigation()
        asked = _controls(family)
        about = st.container()
    if problem is not None:
        st.warning(str(problem), icon=":material/search_off:")

    def catalogued() -> None:
        spec = editor.shown
        if named is not None:
            _alone(editor, theme, spec, *named)
        else:
            _all(editor, theme, spec, family, asked)
        with about:
            _tried_on(editor, spec, theme, family)

    page_frame.await_engine("every strategy is tried on your branches", catalogued)


def _named() -> tuple[tuple[Family, str] | None, SpecError | None]:
    """The entry that the address names, or what is wrong with that name."""
    known: dict[Family, Registry[Any]] = {"strategy": MERGES, "encoder": ENCODERS}
    for family, registry in known.items():
        kind = st.query_params.get(family)
        try:
            if kind is not None and registry[kind]:
                return (family, kind), None
        except SpecError as error:
            return None, error
    return None, None


def _controls(family: Family) -> Asked:
    sought = st.text_input(
        "Search",
        type="search",
        icon=":material/search:",
        placeholder="gate, Zadeh, xor …",
        live="100ms",
        key="catalogue_search",
        persist_state="session",
        on_change=_back,
        args=(family,),
        help="In titles, sources and descriptions, and in what each wins and loses.",
    )
    wanted = st.pills(
        "Show only",
        [
            *reference.available_filters(cards.entries(family)),
            FITS if family == "strategy" else READS,
        ],
        selection_mode="multi",
        key=f"{family}_filters",
        persist_state="session",
        on_change=_back,
        args=(family,),
    )
    return Asked(sought or "", tuple(wanted))


def _back(family: Family) -> None:
    """From the one entry that the address names to all of its family."""
    if family in st.query_params:
        st.query_params.pop(family)
        st.session_state["catalogue_of"] = next(t for t, f in FAMILIES.items() if f == family)


def _all(
    editor: ModelEditor, theme: Theme, spec: Architecture, family: Family, asked: Asked
) -> None:
    found = _found(spec, family, asked)
    of, noun = len(cards.entries(family)), NOUNS[family]
    left, right = st.columns([3, 1], vertical_alignment="center", wrap=False)
    with left, st.container(horizontal=True, vertical_alignment="center"):
        _choice("Show", tuple(FAMILIES), "catalogue_of")
        count = st.empty()
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        view = _choice("As", (CARDS, TABLE), "catalogue_as")
    hint = " · choose a row to look closer" if view == TABLE and found else ""
    count.caption(f"{of if len(found) == of else f'{len(found)} of {of}'} {noun}{hint}")
    if not found:
        st.info(f"None of the {of} {noun} is like that.", icon=":material/search_off:")
        st.button("Show all", on_click=_forget, icon=":material/restart_alt:", key="forget")
    elif view == TABLE:
        _table(spec, family, found)
    else:
        for entry in _first(found, asked):
            with st.container(border=True, key=f"entry_{entry.kind}"), page_frame.guarded():
                _small_card(editor, spec, theme, family, entry.kind)
        _more(len(found))


def _choice(label: str, options: tuple[str, ...], key: str) -> str:
    chosen: str = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _found(spec: Architecture, family: Family, asked: Asked) -> Sequence[ReferenceEntry[Any]]:
    wanted = [name for name in asked.filters if name not in (FITS, READS)]
    found = reference.search(cards.entries(family), asked.words, wanted)
    if FITS in asked.filters:
        found = tuple(entry for entry in found if trials.try_merge(spec, entry.kind).fits)
    if READS in asked.filters:
        found = tuple(entry for entry in found if trials.readable_inputs(spec, entry.kind))
    return found


def _forget() -> None:
    st.session_state["catalogue_search"] = ""
    for family in NOUNS:
        st.session_state[f"{family}_filters"] = []


def _first(found: Sequence[ReferenceEntry[Any]], asked: Asked) -> Sequence[ReferenceEntry[Any]]:
    """The entries that are drawn now; what is looked for anew starts with the first few."""
    before, number = st.session_state.get("catalogue_shown", (asked, SHOWN))
    number = number if before == asked else SHOWN
    st.session_state["catalogue_shown"] = (asked, number)
    return found[:number]


def _more(found: int) -> None:
    asked, number = st.session_state["catalogue_shown"]
    if number >= found:
        return

    def more() -> None:
        st.session_state["catalogue_shown"] = (asked, number + SHOWN)

    left = found - number
    st.button(f"Show {min(left, SHOWN)} more of {left}", on_click=more, key="more")


def _tried_on(editor: ModelEditor, spec: Architecture, theme: Theme, family: Family) -> None:
    """The branches and merges that all numbers are for."""
    shapes, hues = trials.end_shapes(spec), theme.branches
    named = [
        (given.name, given.encoder.title, hues[place % len(hues)].solid)
        for place, given in enumerate(spec.inputs)
    ]
    named += [(merge.name, merge.title, theme.merge.solid) for merge in spec.merges]
    rows = "".join(
        f'<tr><td><i class="dot" style="background:{hue}"></i>{escape(name)}</td>'
        f"<td>{escape(title)} → {words.shape(shapes[name]) if name in shapes else '?'}</td></tr>"
        for name, title, hue in named
    )
    st.html(
        '<div class="card"><h4>Tried on your model</h4><p>Shapes, parameters and FLOPs are for '
        f"its branches, one sample at a time.</p><table>{rows}</table></div>"
    )
    if family == "strategy":
        st.caption(LEGEND)
    if editor.error is not None and editor.unfit is None:
        st.warning(
            "This is the last model that could be described; the Build page says what to fix.",
            icon=":material/history:",
        )


def _small_card(
    editor: ModelEditor, spec: Architecture, theme: Theme, family: Family, kind: str
) -> None:
    card = cards.card(spec, family, kind)
    picture, beside = st.columns([3, 7], gap="medium")
    with picture:
        st.html(cards.miniature(cards.picture(spec, family, kind, theme.name), card))
    with beside, st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top", gap="xsmall", wrap=False):
            st.html(cards.heading(card))
            _look_closer(card)
            _use(editor, spec, card)
        _text(card)
        if family == "encoder":
            table = cards.fields(card.concept)
            st.html(f"<details><summary>Fields</summary>{table}</details>")


def _alone(
    editor: ModelEditor, theme: Theme, spec: Architecture, family: Family, kind: str
) -> None:
    """One entry, its picture large and its fields open."""
    card = cards.card(spec, family, kind)
    st.button(
        f"All {NOUNS[family]}",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_back,
        args=(family,),
        key="all",
    )
    beside, picture = st.columns(2, gap="medium")
    with beside, st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(cards.heading(card))
            _use(editor, spec, card)
        _text(card)
    with picture:
        svg = diagram.svg(card.graph, DiagramOptions(theme=theme.name))
        viewer(svg, card.alt, None, lambda _: None, key="closer_picture", height=TALL)
        if card.on:
            st.caption(card.on)
    st.html(f'<h4 class="subheading">Fields</h4>{cards.fields(card.concept)}')


def _text(card: Card) -> None:
    concept = card.concept
    if issubclass(concept, Merge):
        with st.container(key=f"formula_{card.kind}"):
            st.markdown(rf"$\displaystyle {concept.formula}$")
    st.html(cards.figures(card))
    if issubclass(concept, Merge) and concept.weights != "0":
        with st.container(horizontal=True, gap=None, wrap=False, key=f"weights_{card.kind}"):
            st.html('<span class="label">Parameters</span>', width="content")
            st.markdown(f"${concept.weights}$")
    st.html(cards.facts(card))


def _look_closer(card: Card) -> None:
    def closer() -> None:
        st.query_params[card.family] = card.kind

    st.button(
        "Look closer",
        icon=":material/zoom_in:",
        type="tertiary",
        key=f"closer.{card.kind}",
        on_click=closer,
        help=f"{card.concept.title} alone: its picture large, and all its fields.",
    )


def _use(editor: ModelEditor, spec: Architecture, card: Card) -> None:
    if card.family == "strategy":
        _use_strategy(editor, spec, card.kind)
    else:
        _use_encoder(editor, spec, card.kind)


def _use_strategy(editor: ModelEditor, spec: Architecture, kind: str) -> None:
    result = trials.try_merge(spec, kind).result
    if result is None:
        return
    merge = result.architecture.merges[-1]
    help = f"Merge `{merge.name}` this way, on the Build page; that can be undone there."
    if result.adapters:
        help += f" Sources that do not fit are adapted by the policy `{merge.fit}`."
    used = result.architecture == spec
    if st.button(
        "In use" if used else "Use this",
        icon=":material/check:",
        key=f"use.{kind}",
        help=None if used else help,
        disabled=used,
    ):
        _go(editor, partial(use_strategy, result=result))


def _use_encoder(editor: ModelEditor, spec: Architecture, kind: str) -> None:
    names = trials.readable_inputs(spec, kind)
    if not names:
        return
    chosen = st.menu_button(
        "Use this for",
        list(names),
        icon=":material/check:",
        key=f"use.{kind}",
        help="Give a branch this encoder, on the Build page; that can be undone there.",
    )
    if chosen is not None:
        _go(editor, partial(use_encoder, name=chosen, kind=kind))


def _go(editor: ModelEditor, change: Callable[[Draft], None]) -> None:
    editor.edit(change)
    st.switch_page(ROOT / "app.py")


def use_strategy(draft: Draft, result: TrialResult) -> None:
    """Put a strategy into the last merge of a draft, or into one of all branches."""
    if not draft["merges"]:
        edits.add_merge(draft)
    merge = result.architecture.merges[-1].model_dump(mode="json")
    place = len(draft["merges"]) - 1
    edits.set_kind(draft, "merges", place, merge["kind"])
    for field in ("fit", "then"):
        draft["merges"][place][field] = merge[field]


def use_encoder(draft: Draft, name: str, kind: str) -> None:
    """Give an input of a draft another encoder."""
    place = drafts.input_index(draft, name)
    if place is not None:
        edits.set_encoder(draft, place, kind)


def _table(spec: Architecture, family: Family, found: Sequence[ReferenceEntry[Any]]) -> None:
    """All that was found, to be sorted; a row that is chosen is looked at alone."""
    columns = st.column_config
    picked = st.dataframe(
        cards.rows(spec, family, found),
        hide_index=True,
        key=f"table_{family}",
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * len(found), 660),
        column_config={
            "Parameters": columns.NumberColumn(format="localized"),
            "Adapters": columns.NumberColumn(
                format="localized", help="Parameters of the layers that make your branches fit."
            ),
            "FLOPs": columns.NumberColumn("FLOPs a sample", format="compact"),
        },
    )
    chosen = [found[row].kind for row in picked.selection.rows if row < len(found)]
    if chosen:
        st.query_params[family] = chosen[0]
        st.rerun()
