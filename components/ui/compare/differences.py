"""The Difference view: two of the architectures side by side, with marked differences."""

from __future__ import annotations

import csv
import io
from functools import lru_cache, partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.analysis import difference
from components.analysis.difference import Difference, Side
from components.model.spec import Architecture
from components.race.candidates import graph
from components.race.lineup import contenders
from components.race.result import DatasetResult
from components.race.setup import Race
from components.render.html_table import html_table
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.compare.state import CompareState
from components.ui.kit import forms
from components.ui.kit.viewer import viewer

HEIGHT = 370
SIDES: tuple[Side, Side] = ("before", "after")


def differences(race: Race, table: DatasetResult, session: CompareState, theme: Theme) -> None:
    """Two selects, two pictures, and the list of differences."""
    by_text = {one.entry.text: one for one in contenders(race)}
    texts = [row.entry for row in table.rows]
    if len(texts) < 2:
        st.caption("This view needs at least two strategies.")
        return
    columns = st.columns(2)
    titles = {text: one.entry.title for text, one in by_text.items()}
    chosen = [
        _chosen(column, side, titles, session, first)
        for column, side, first in zip(columns, SIDES, (texts[0], texts[-1]), strict=True)
    ]
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
            _files(compared, side, options, text.partition(":")[0])
    _list(compared)


def _chosen(
    column: DeltaGenerator, side: Side, titles: dict[str, str], session: CompareState, first: str
) -> str:
    text = session.sides.get(side, "")
    shown = text if text in titles else first
    key = f"race.{side}"
    widget = forms.widget_key(key, shown)
    column.selectbox(
        "Left" if side == "before" else "Right",
        list(titles),
        index=list(titles).index(shown),
        format_func=titles.__getitem__,
        key=widget,
        on_change=forms.when_changed(key, widget, partial(session.sides.__setitem__, side)),
    )
    return shown


@lru_cache(maxsize=64)
def _difference(one: Architecture, other: Architecture) -> Difference:
    return difference.compare(graph(one), graph(other))


def csv_of(compared: Difference) -> str:
    """The rows as CSV text with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["change", "part", "layer", "what", "left", "right"])
    for row in compared.rows:
        writer.writerow([row.kind, row.part, row.layer, row.aspect, row.before, row.after])
    return text.getvalue()


def _files(compared: Difference, side: Side, options: DiagramOptions, name: str) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="right", gap="xsmall", key=f"race.{side}.files"
    ):
        st.download_button(
            "SVG",
            lambda: difference.svg(compared, side, options),
            f"{name}_difference.svg",
            "image/svg+xml",
            key=f"race.{side}.svg",
            type="tertiary",
            on_click="ignore",
        )
        st.download_button(
            "PNG",
            lambda: difference.png(compared, side, options),
            f"{name}_difference.png",
            "image/png",
            key=f"race.{side}.png",
            type="tertiary",
            on_click="ignore",
        )
        if side == "after":
            st.download_button(
                "CSV",
                lambda: csv_of(compared),
                "difference.csv",
                "text/csv",
                key="race.difference.csv",
                type="tertiary",
                on_click="ignore",
            )


def _list(compared: Difference) -> None:
    if compared.same:
        st.caption("The two models are the same.")
        return
    rows = (
        (difference.SIGNS[row.kind], row.part, row.layer, row.aspect, row.before, row.after)
        for row in compared.rows
    )
    st.html(html_table(rows, ("", "part", "layer", "what", "left", "right"), "fields"))
