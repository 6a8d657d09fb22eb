"""The Strategies page: all merges and encoders, tried on the branches of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup

from components.app.pages.strategies import cards
from components.app.pages.strategies.cards import (
    STATES,
    Section,
    entry_card,
    entry_details,
    state_of,
    tried_on,
)
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import engine, page_frame
from components.app.parts.widgets import html_parts, layout, numbers, tables
from components.app.streamlit_edge import dom
from components.base.errors import SpecError
from components.base.markup import message_markdown
from components.models.analysis import reference, trials
from components.models.analysis.families import FAMILIES, by_family
from components.models.analysis.reference import FITS, READS, ReferenceEntry
from components.models.architecture.architecture import Architecture
from components.models.drawing import formatting
from components.models.drawing.html_table import html_table
from components.models.drawing.palette import Theme
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.language.registry import Registry
from components.models.merges import MERGES
from components.models.merges.base import Family, Merge

SECTIONS: dict[str, Section] = {"Merges": "strategy", "Encoders": "encoder"}
_CSS = dom.read(Path(__file__).with_name("strategies.css"))
NOUNS: dict[Section, str] = {"strategy": "strategies", "encoder": "encoders"}
CARDS, TABLE = "Cards", "Table"
SHOWN = 12
"""Number of cards shown at first, and added by each click on the button for more."""
LEGEND = (
    "In formulas $h_m$ is source $m$, $d_m$ its width and $M$ the number of sources. Other letters "
    "are fields of the strategy, such as $k$ for the output width."
)


@dataclass(frozen=True)
class Catalogue:
    """A section of the page with its search and the model that its entries are tried on."""

    section: Section
    architecture: Architecture
    editor: ModelEditor
    theme: Theme
    words: str
    filters: tuple[str, ...]

    def matching(self) -> Sequence[ReferenceEntry[Any]]:
        """Return the entries that match words and filters; strategies are sorted by family."""
        traits = [name for name in self.filters if name not in (FITS, READS)]
        entries = reference.search(cards.entries(self.section), self.words, traits)
        if FITS in self.filters:
            tried = zip(entries, cards.try_merges(self.architecture, entries), strict=True)
            entries = tuple(entry for entry, fit in tried if fit.as_is)
        if READS in self.filters:
            readable = (trials.readable_inputs(self.architecture, entry.kind) for entry in entries)
            entries = tuple(e for e, names in zip(entries, readable, strict=True) if names)
        if self.section == "encoder":
            return entries
        by_kind = {entry.kind: entry for entry in entries}
        return [by_kind[kind] for kinds in by_family(by_kind).values() for kind in kinds]

    def first(self, entries: Sequence[ReferenceEntry[Any]]) -> Sequence[ReferenceEntry[Any]]:
        """Return the shown entries, tried in parallel; a new search starts with a few."""
        search = (self.words, self.filters)
        before, number = st.session_state.get("catalogue_shown", (search, SHOWN))
        number = number if before == search else SHOWN
        st.session_state["catalogue_shown"] = (search, number)
        try_entries = cards.try_merges if self.section == "strategy" else cards.try_encoders
        try_entries(
            self.architecture, entries[:number]
        )  # Each card reads its trial from the cache.
        return entries[:number]


def strategies_page() -> None:
    """Draw the page: all entries, each tried on the model of the Build page."""
    editor, theme = page_frame.editor(), page_frame.theme()
    editor.check(engine.builder())
    st.html(f"<style>{numbers.CSS}{_CSS}</style>")
    entry, problem = _entry_in_address()
    chosen = st.session_state.get("catalogue_of", "Merges")
    section = entry[0] if entry else SECTIONS[chosen]
    with st.sidebar:
        words, filters = _controls(section)
        about = st.container()
    if problem is not None:
        st.warning(message_markdown(str(problem)), icon=":material/search_off:")

    def show() -> None:
        architecture = editor.shown
        catalogue = Catalogue(section, architecture, editor, theme, words, filters)
        if entry is not None:
            _back_button(section)
            entry_details(editor, theme, architecture, *entry)
        else:
            _all(catalogue)
        with about:
            _tried_on(catalogue)

    page_frame.await_engine("every strategy is tried on your branches", show)


def _entry_in_address() -> tuple[tuple[Section, str] | None, SpecError | None]:
    """Return the entry in the address, or the error if no entry has that name."""
    registries: dict[Section, Registry[Any]] = {"strategy": MERGES, "encoder": ENCODERS}
    for section, registry in registries.items():
        kind = st.query_params.get(section)
        try:
            if kind and registry[kind]:
                return (section, kind), None
        except SpecError as error:
            return None, error
    return None, None


def _controls(section: Section) -> tuple[str, tuple[str, ...]]:
    """Draw the search and the filters, and return their values."""
    text = st.text_input(
        "Search",
        type="search",
        icon=":material/search:",
        placeholder="gate, Zadeh, xor …",
        live="100ms",
        key="catalogue_search",
        persist_state="session",
        on_change=_back,
        args=(section,),
        help="Searches titles, sources, descriptions, and what each is good for and weak at.",
    )
    filters = st.pills(
        "Show only",
        [
            *reference.available_filters(cards.entries(section)),
            FITS if section == "strategy" else READS,
        ],
        selection_mode="multi",
        key=f"{section}_filters",
        persist_state="session",
        on_change=_back,
        args=(section,),
    )
    return text or "", tuple(filters)


def _back(section: Section) -> None:
    """Go back from one entry to all of its section."""
    if section in st.query_params:
        st.query_params.pop(section)
        st.session_state["catalogue_of"] = next(t for t, s in SECTIONS.items() if s == section)


def _back_button(section: Section) -> None:
    st.button(
        f"All {NOUNS[section]}",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_back,
        args=(section,),
        key="all",
    )


def _all(catalogue: Catalogue) -> None:
    section, entries = catalogue.section, catalogue.matching()
    number, noun = len(cards.entries(section)), NOUNS[section]
    with layout.row("catalogue_head", spread=True):
        with layout.row("catalogue_of_row", width="content"):
            layout.switch("Show", tuple(SECTIONS), "catalogue_of")
            count = st.empty()
        view = layout.switch("As", (CARDS, TABLE), "catalogue_as")
    hint = " · select a row for details" if view == TABLE and entries else ""
    part = "" if len(entries) == number else f"{len(entries)} of "
    count.caption(f"{part}{number} {noun}{hint}")
    if not entries:
        st.info(f"No {section} matches your filters.", icon=":material/search_off:")
        st.button("Show all", on_click=_reset, icon=":material/restart_alt:", key="forget")
    elif view == TABLE:
        _table(catalogue.architecture, section, entries)
    else:
        kinds = [entry.kind for entry in catalogue.first(entries)]
        if section == "strategy":
            for family, members in by_family(kinds).items():
                with st.container(key=f"cards_{family}"):
                    st.html(_family_field(family, catalogue.theme))
                    _cards(catalogue, members)
        else:
            layout.heading("Encoders")
            with st.container(key="cards_encoders"):
                _cards(catalogue, kinds)
        _more(len(entries))


def _cards(catalogue: Catalogue, kinds: Sequence[str]) -> None:
    for kind in kinds:
        with st.container(border=True, key=f"entry_{kind}"), page_frame.guarded():
            entry_card(
                catalogue.editor, catalogue.architecture, catalogue.theme, catalogue.section, kind
            )


def _family_field(family: Family, theme: Theme) -> str:
    """Return a family's name, description and a picture of how it moves numbers, as HTML."""
    text = FAMILIES[family]
    return (
        f'<section class="family" aria-label="{text.title}"><h2>{text.title}</h2>'
        f"<p>{text.sentence}</p>{numbers.picture(family, theme)}</section>"
    )


def _reset() -> None:
    st.session_state["catalogue_search"] = ""
    for section in NOUNS:
        st.session_state[f"{section}_filters"] = []


def _more(total: int) -> None:
    query, number = st.session_state["catalogue_shown"]
    if number >= total:
        return

    def more() -> None:
        st.session_state["catalogue_shown"] = (query, number + SHOWN)

    left = total - number
    st.button(f"Show {min(left, SHOWN)} more of {left}", on_click=more, key="more")


def _tried_on(catalogue: Catalogue) -> None:
    """Draw the branches and merges that entries are tried on."""
    architecture, theme, editor = catalogue.architecture, catalogue.theme, catalogue.editor
    shapes, hues = trials.end_shapes(architecture), theme.branches
    ends = [
        (branch.name, branch.encoder.title, hues[number % len(hues)].solid)
        for number, branch in enumerate(architecture.inputs)
    ]
    ends += [(merge.name, merge.title, theme.merge.solid) for merge in architecture.merges]
    outputs = {name: formatting.shape(shape) for name, shape in shapes.items()}
    dot = Markup('<i class="dot" style="background:{}"></i>{}')
    rows = (
        (dot.format(hue, name), f"{title} → {outputs.get(name, '?')}") for name, title, hue in ends
    )
    note = "Shapes, parameters and FLOPs per sample are for its branches."
    st.html(html_parts.card("Tried on your model", Markup(html_table(rows)), note=note))
    if catalogue.section == "strategy":
        st.caption(LEGEND)
    if editor.error is not None and editor.unfit is None:
        st.warning(
            "The draft on the Build page has an error. This is its last valid version.",
            icon=":material/history:",
        )


def _table(
    architecture: Architecture, section: Section, entries: Sequence[ReferenceEntry[Any]]
) -> None:
    """Draw the entries as a sortable table; a selected row opens its details."""
    columns = _strategy_columns if section == "strategy" else _encoder_columns
    help = "Parameters of the layers added so that your branches fit."
    picked = tables.table(
        columns(architecture, entries),
        {"Adapters": st.column_config.NumberColumn(format="localized", help=help)},
        key=f"table_{section}",
        on_select="rerun",
        selection_mode="single-row",
        height=tables.height_of(len(entries), 660),
    )
    chosen = [entries[row].kind for row in picked.selection.rows if row < len(entries)]
    if chosen:
        st.query_params[section] = chosen[0]
        st.rerun()


def _strategy_columns(
    architecture: Architecture, entries: Sequence[ReferenceEntry[Merge]]
) -> dict[str, list[Any]]:
    fits = cards.try_merges(architecture, entries)
    parts = [fit.part for fit in fits]
    return {
        "Strategy": [entry.concept.title for entry in entries],
        "Family": [FAMILIES[entry.concept.family].title for entry in entries],
        "Your branches": [STATES[state_of(fit)] for fit in fits],
        "Output": [formatting.shape(one.shape) if one else None for one in parts],
        "Parameters": [one.own.parameters if one else None for one in parts],
        "Adapters": [one.fitting.parameters if one else None for one in parts],
        "FLOPs": [(one.own + one.fitting).known_flops if one else None for one in parts],
        "Takes": [str(entry.concept.contract) for entry in entries],
        "Source": [entry.concept.source for entry in entries],
    }


def _encoder_columns(
    architecture: Architecture, entries: Sequence[ReferenceEntry[Encoder]]
) -> dict[str, list[Any]]:
    tried = cards.try_encoders(architecture, entries)
    return {
        "Encoder": [entry.concept.title for entry in entries],
        "On": [tried_on(architecture, trial) for trial in tried],
        "Output": [None if t.error else formatting.shape(t.shape) for t in tried],
        "Parameters": [None if t.error else t.cost.parameters for t in tried],
        "FLOPs": [None if t.error else t.cost.known_flops for t in tried],
        "Reads": [", ".join(sorted(entry.concept.takes)) for entry in entries],
        "Source": [entry.concept.source for entry in entries],
    }
