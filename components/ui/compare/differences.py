"""Two of the architectures side by side, with what differs marked."""

from __future__ import annotations

import csv
import io
from functools import lru_cache, partial
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.analysis import difference
from components.analysis.difference import Difference, Side
from components.model.spec import Architecture
from components.race.candidates import graph
from components.race.evaluation import DatasetResult
from components.race.plan import Race
from components.render.options import DiagramOptions
from components.render.palette import Theme
from components.ui.compare.state import CompareState
from components.ui.kit import forms
from components.ui.kit.viewer import viewer

HEIGHT = 370
SIDES: tuple[Side, Side] = ("before", "after")


def differences(race: Race, table: DatasetResult, contest: CompareState, theme: Theme) -> None:
    """Two selects, two pictures, and the list of what differs."""
    by_text = {found.entry.text: found for found in race.contenders()}
    texts = [row.entry for row in table.rows]
    if len(texts) < 2:
        st.caption("Two strategies are needed to tell them apart.")
        return
    columns = st.columns(2)
    titles = {text: found.entry.title for text, found in by_text.items()}
    chosen = [
        _chosen(column, side, titles, contest, first)
        for column, side, first in zip(columns, SIDES, (texts[0], texts[-1]), strict=True)
    ]
    found = _difference(by_text[chosen[0]].architecture, by_text[chosen[1]].architecture)
    look = DiagramOptions(theme=theme.name)
    for column, side, text in zip(columns, SIDES, chosen, strict=True):
        with column:
            viewer(
                difference.svg(found, side, look),
                difference.alt(found),
                None,
                lambda _: None,
                key=f"race.{side}.picture",
                height=HEIGHT,
            )
            _files(found, side, look, text.partition(":")[0])
    _list(found)


def _chosen(
    column: DeltaGenerator, side: Side, titles: dict[str, str], contest: CompareState, first: str
) -> str:
    text = contest.sides.get(side, "")
    shown = text if text in titles else first
    key = f"race.{side}"
    widget = forms.widget_key(key, shown)
    column.selectbox(
        "Left" if side == "before" else "Right",
        list(titles),
        index=list(titles).index(shown),
        format_func=titles.__getitem__,
        key=widget,
        on_change=forms.when_changed(key, widget, partial(contest.sides.__setitem__, side)),
    )
    return shown


@lru_cache(maxsize=64)
def _difference(one: Architecture, other: Architecture) -> Difference:
    return difference.compare(graph(one), graph(other))


def csv_of(found: Difference) -> str:
    """The rows as CSV text with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["change", "part", "layer", "what", "left", "right"])
    for row in found.rows:
        writer.writerow([row.kind, row.part, row.layer, row.aspect, row.before, row.after])
    return text.getvalue()


def _files(found: Difference, side: Side, look: DiagramOptions, name: str) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="right", gap="xsmall", key=f"race.{side}.files"
    ):
        st.download_button(
            "SVG",
            lambda: difference.svg(found, side, look),
            f"{name}_difference.svg",
            "image/svg+xml",
            key=f"race.{side}.svg",
            type="tertiary",
            on_click="ignore",
        )
        st.download_button(
            "PNG",
            lambda: difference.png(found, side, look),
            f"{name}_difference.png",
            "image/png",
            key=f"race.{side}.png",
            type="tertiary",
            on_click="ignore",
        )
        if side == "after":
            st.download_button(
                "CSV",
                lambda: csv_of(found),
                "difference.csv",
                "text/csv",
                key="race.difference.csv",
                type="tertiary",
                on_click="ignore",
            )


def _list(found: Difference) -> None:
    if found.same:
        st.caption("Nothing differs.")
        return
    rows = "".join(
        f"<tr><td>{difference.SIGNS[row.kind]}</td><td>{escape(row.part)}</td>"
        f"<td>{escape(row.layer)}</td><td>{escape(row.aspect)}</td>"
        f"<td>{escape(row.before)}</td><td>{escape(row.after)}</td></tr>"
        for row in found.rows
    )
    st.html(
        '<table class="fields"><thead><tr><th></th><th>part</th><th>layer</th><th>what</th>'
        f"<th>left</th><th>right</th></tr></thead><tbody>{rows}</tbody></table>"
    )
