"""The bet: a prediction before the race, and its answer afterwards."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from components.core.markup import escape_markdown
from components.race import bets
from components.race.data_names import data_title
from components.race.result import DatasetResult, RaceResult
from components.race.setup import Race
from components.ui.compare.state import CompareState
from components.ui.compare.stored_race import StoredRace
from components.ui.kit import forms

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


def answer(stored: StoredRace, result: RaceResult, table: DatasetResult, mine: bool) -> None:
    """The answer to the bet, which is on the first dataset; what was bet until the race ends.

    `mine` tells whether this visitor made the bet.
    """
    if stored.bet is None or table is not result.tables[0]:
        return
    if not result.complete:
        title = table.row(stored.bet.entry).title
        whose = "Your" if mine else "The"
        st.caption(f"{whose} bet: {escape_markdown(title)}, by {stored.bet.margin:g}.")
        return
    reply = bets.answer(stored.bet, result, table, mine)
    if reply.right is None:
        st.caption(escape_markdown(reply.text))
    elif reply.right:
        st.success(escape_markdown(reply.text), icon=":material/emoji_events:")
    else:
        st.info(escape_markdown(reply.text), icon=":material/psychology_alt:")
