"""The Difference view: two of the architectures side by side, with marked differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import streamlit as st

from components.analysis import difference
from components.analysis.difference import Difference, Side
from components.analysis.model_view import built_view
from components.core.markup import to_csv
from components.model.spec import Architecture
from components.race.plan import contenders
from components.race.result import DatasetResult
from components.race.setup import Race
from components.render.html_table import html_table
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.compare.state import CompareState
from components.ui.kit import forms, layout
from components.ui.kit.downloads import download
from components.ui.kit.viewer import viewer

HEIGHT = 370
SIDES: tuple[Side, Side] = ("before", "after")


def differences(race: Race, table: DatasetResult, session: CompareState, theme: Theme) -> None:
    """Two selects, two pictures, and the list of differences."""
    by_text = {one.entry.text: one for one in contenders(race)}
    texts = [row.entry for row in table.rows if row.entry in by_text]
    if len(texts) < 2:
        st.caption("This view needs at least two models.")
        return
    columns = st.columns(2)
    titles = {text: one.entry.title for text, one in by_text.items()}
    chosen = []
    for column, side, first in zip(columns, SIDES, (texts[0], texts[-1]), strict=True):
        with column:
            chosen.append(_chosen(side, titles, session, first))
    compared = _difference(by_text[chosen[0]].architecture, by_text[chosen[1]].architecture)
    options = DiagramOptions(theme=theme.name)
    for column, side, text in zip(columns, SIDES, chosen, strict=True):
        with column:
            viewer(
                difference.svg(compared, side, options),
                difference.alt(compared),
                None,
                lambda _: None,
                key=f"race.{side}.picture",
                height=HEIGHT,
            )
            _files(compared, side, options, text.replace(":", "_"))
    _list(compared)


def _chosen(side: Side, titles: dict[str, str], session: CompareState, first: str) -> str:
    text = session.sides.get(side, "")
    shown = text if text in titles else first
    label, choose = "Left" if side == "before" else "Right", session.sides.__setitem__
    forms.select(label, titles, shown, f"race.{side}", partial(choose, side))
    return shown


@lru_cache(maxsize=64)
def _difference(one: Architecture, other: Architecture) -> Difference:
    return difference.compare(built_view(one).graph, built_view(other).graph)


def csv_of(compared: Difference) -> str:
    """The rows as CSV text with a heading."""
    heading = ("change", "part", "layer", "what", "left", "right")
    cells = ((r.kind, r.part, r.layer, r.aspect, r.before, r.after) for r in compared.rows)
    return to_csv([heading, *cells])


def _files(compared: Difference, side: Side, options: DiagramOptions, name: str) -> None:
    def button(label: str, make: Callable[[], str | bytes], file: str, key: str) -> None:
        download(label, make, file, key=key, kind="tertiary", icon=None)

    with layout.row(f"race.{side}.files", horizontal_alignment="right", gap="xsmall"):
        for ending, draw in (("svg", difference.svg), ("png", difference.png)):
            make = partial(draw, compared, side, options)
            button(ending.upper(), make, f"{name}_difference.{ending}", f"race.{side}.{ending}")
        if side == "after":
            button("CSV", lambda: csv_of(compared), "difference.csv", "race.difference.csv")


def _list(compared: Difference) -> None:
    if compared.same:
        st.caption("The two models are the same.")
        return
    rows = (
        (difference.SIGNS[row.kind], row.part, row.layer, row.aspect, row.before, row.after)
        for row in compared.rows
    )
    table = html_table(rows, ("", "part", "layer", "what", "left", "right"), "fields")
    st.html(f'<div class="differences" role="region" tabindex="0" aria-label="List">{table}</div>')
