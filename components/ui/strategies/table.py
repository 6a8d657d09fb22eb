"""The Strategies page's table: all entries side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.analysis.families import FAMILIES
from components.analysis.reference import ReferenceEntry
from components.encoders.base import Encoder
from components.merges.base import Merge
from components.model.spec import Architecture
from components.render import formatting
from components.ui.kit import tables
from components.ui.strategies import cards
from components.ui.strategies.cards import STATES, Section, state_of, tried_on


def table(spec: Architecture, section: Section, entries: Sequence[ReferenceEntry[Any]]) -> None:
    """The entries as a table to sort; a selected row opens its details."""
    help = "Parameters of the layers added so that your branches fit."
    picked = tables.table(
        columns(spec, section, entries),
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


def columns(
    spec: Architecture, section: Section, entries: Sequence[ReferenceEntry[Any]]
) -> dict[str, list[Any]]:
    """The values of the table by column."""
    return _strategies(spec, entries) if section == "strategy" else _encoders(spec, entries)


def _strategies(
    spec: Architecture, entries: Sequence[ReferenceEntry[Merge]]
) -> dict[str, list[Any]]:
    tried_merges = cards.try_merges(spec, entries)
    results = [trial.result for trial in tried_merges]
    return {
        "Strategy": [entry.concept.title for entry in entries],
        "Family": [FAMILIES[entry.concept.family].title for entry in entries],
        "Your branches": [STATES[state_of(trial)] for trial in tried_merges],
        "Output": [formatting.shape(r.shape) if r else None for r in results],
        "Parameters": [r.own.parameters if r else None for r in results],
        "Adapters": [r.fitting.parameters if r else None for r in results],
        "FLOPs": [r.own.flops + r.fitting.flops if r else None for r in results],
        "Takes": [str(entry.concept.contract) for entry in entries],
        "Source": [entry.concept.source for entry in entries],
    }


def _encoders(
    spec: Architecture, entries: Sequence[ReferenceEntry[Encoder]]
) -> dict[str, list[Any]]:
    tried = cards.try_encoders(spec, entries)
    return {
        "Encoder": [entry.concept.title for entry in entries],
        "On": [tried_on(spec, trial) for trial in tried],
        "Output": [None if t.error else formatting.shape(t.shape) for t in tried],
        "Parameters": [None if t.error else t.cost.parameters for t in tried],
        "FLOPs": [None if t.error else t.cost.flops for t in tried],
        "Reads": [", ".join(sorted(entry.concept.takes)) for entry in entries],
        "Source": [entry.concept.source for entry in entries],
    }
