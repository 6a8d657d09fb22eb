"""The bet: a prediction before the race, and its answer afterwards."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from components.race import bets
from components.race.data_names import data_title
from components.race.result import DatasetResult, RaceResult
from components.race.setup import Race
from components.race.text import ResultLine
from components.ui.compare.state import CompareState
from components.ui.kit import forms
from components.ui.kit.stored_race import StoredRace

NONE = ""


def ask(race: Race, session: CompareState) -> None:
    """Ask who wins and by how much; a race needs no bet."""
    titles = {NONE: "no bet", **{entry.text: entry.title for entry in race.entries}}
    if session.bet_on not in titles:
        session.bet_on = NONE
    share = race.compared.target != "values"
    with st.container(border=True, key="bet"):
        left, middle, right = st.columns([4, 3, 2], vertical_alignment="bottom")
        left.html(
            "<h2 class='subheading'>Predict first</h2><p class='quiet'>Who wins on "
            f"<b>{escape(data_title(race.data[0]))}</b>, and by how much over the next best? "
            "The page answers after the race.</p>"
        )
        with middle:
            bet = partial(setattr, session, "bet_on")
            forms.select("Winner", titles, session.bet_on, "race.bet", bet)
        right.number_input(
            "Margin in points" if share else "Margin in R²",
            min_value=0.0,
            max_value=100.0,
            value=session.margin,
            step=1.0 if share else 0.05,
            format="%.4g",
            disabled=not session.bet_on,
            help="Percentage points: 97 % is 2 points above 95 %." if share else None,
            **forms.linked("race.margin", session.margin, partial(setattr, session, "margin")),
        )


def line(
    stored: StoredRace, result: RaceResult, table: DatasetResult, mine: bool
) -> ResultLine | None:
    """The bet, which is on the first dataset, and once the race has ended, its answer.

    `mine` tells whether this visitor made the bet.
    """
    if stored.bet is None or table is not result.tables[0]:
        return None
    label = "Your bet" if mine else "The bet"
    if not result.complete:
        title = table.row(stored.bet.entry).title
        return ResultLine(label, f"{title}, by {stored.bet.margin:g}.")
    reply = bets.answer(stored.bet, result, table, mine)
    sign = {True: "✓ ", False: "✗ ", None: ""}[reply.right]
    return ResultLine(label, f"{sign}{reply.text}")
