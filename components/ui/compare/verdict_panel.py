"""The verdict of a race: one sentence, then its figures, then what explains it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from components.race import text
from components.race.result import DatasetResult, RaceResult
from components.race.text import ResultLine
from components.ui.compare.state import CompareState
from components.ui.kit import forms, html_parts, layout
from components.ui.kit.html_parts import Figure, coded


def shown_table(result: RaceResult, session: CompareState) -> DatasetResult:
    """The results on the chosen dataset, or on the first."""
    return next((t for t in result.tables if t.data == session.data), result.tables[0])


def verdict_panel(
    result: RaceResult, table: DatasetResult, session: CompareState, bet: ResultLine | None
) -> None:
    """The verdict, its figures, what explains it, and the answer to the bet."""
    with layout.row("race_verdict"):
        st.html(f'<h2 class="verdict">{escape(text.verdict(result, table))}</h2>')
        if len(result.tables) > 1:
            _data(result, table, session)
    lines = [] if bet is None else [bet]
    if result.done:
        st.html(html_parts.figures(_figures(result, table)))
        lines = [*text.explain(result, table), *lines]
    if lines:
        rows = "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(sentence)}</dd></div>"
            for label, sentence in lines
        )
        st.html(f'<dl class="facts lines">{rows}</dl>')


def how_to_read(result: RaceResult, table: DatasetResult) -> None:
    """What the dataset teaches, how the figures are judged, and what limits the conclusions."""
    if not result.done:
        return
    about = (text.teaches(result, table), text.how_to_read(result), *text.notes(result))
    items = "".join(f"<li>{coded(sentence)}</li>" for sentence in about if sentence)
    st.html(f'<h2 class="subheading">How to read this</h2><ul class="notes">{items}</ul>')


def _figures(result: RaceResult, table: DatasetResult) -> Iterator[Figure]:
    """The best mean, its lead, what can be reached, and the number of runs."""
    measure = result.measure
    top, second = (*table.rows, None, None)[:2]
    if top is not None and top.mean is not None:
        yield Figure(top.title, measure.text(top.mean), f"The best mean {measure.title}.")
    ahead = second is not None and second.tied is False and not result.setup.reduces
    if ahead and second is not None and second.difference is not None:
        tip = "The difference of the two best means."
        yield Figure(f"ahead of {second.title}", measure.difference(-second.difference), tip)
    for kind, name in (("additive", "Trained additive model"), ("bayes", "Bayes optimum")):
        if kind in table.ceilings:
            yield Figure(name, measure.text(table.ceilings[kind]))
    yield Figure("Runs", f"{result.done + result.failed:,} of {result.total:,}")


def _data(result: RaceResult, shown: DatasetResult, session: CompareState) -> None:
    titles = {table.data: table.title for table in result.tables}
    choose = partial(setattr, session, "data")
    hidden: dict[str, Any] = {"label_visibility": "collapsed", "width": 170}
    forms.select("Dataset", titles, shown.data, "race.data", choose, **hidden)
