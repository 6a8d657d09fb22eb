"""Predict first: a bet on the winner before the race, and what became of it."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from components.race.evaluation import RaceResult
from components.race.plan import Race, title_of
from components.race.text import predicted, why
from components.ui.compare.state import CompareState
from components.ui.compare.stored_race import StoredRace
from components.ui.kit import forms

NONE = ""


def ask(race: Race, contest: CompareState) -> None:
    """Who wins, and by how much; both can be left as they are."""
    texts = [entry.text for entry in race.entries]
    titles = {NONE: "no bet", **{entry.text: entry.title for entry in race.entries}}
    if contest.bet_on not in texts:
        contest.bet_on = NONE
    share = race.compared.target != "values"
    with st.container(border=True, key="bet"):
        left, middle, right = st.columns([4, 3, 2], vertical_alignment="bottom")
        left.html(
            "<p class='under'><b>Predict first</b></p><p class='quiet'>Who wins on "
            f"<b>{escape(title_of(race.data[0]))}</b>, and by how much over the next one? "
            "After the race the page answers.</p>"
        )
        widget = forms.widget_key("race.bet", contest.bet_on)
        middle.selectbox(
            "Winner",
            [NONE, *texts],
            index=[NONE, *texts].index(contest.bet_on),
            format_func=titles.__getitem__,
            key=widget,
            on_change=forms.when_changed("race.bet", widget, partial(setattr, contest, "bet_on")),
        )
        margin = forms.widget_key("race.margin", contest.margin)
        right.number_input(
            "By points" if share else "By (in R²)",
            min_value=0.0,
            max_value=100.0,
            value=contest.margin,
            step=1.0 if share else 0.05,
            format="%.4g",
            key=margin,
            disabled=not contest.bet_on,
            help="Points of a hundred: 97 % is 2 points above 95 %." if share else None,
            on_change=forms.when_changed(
                "race.margin", margin, partial(setattr, contest, "margin")
            ),
        )


def answer(stored: StoredRace, result: RaceResult, data: str) -> None:
    """What became of the bet on the first data, or else why it went as it did on this one."""
    race, table = stored.race, result.table(data)
    first = result.tables[0]
    if stored.bet is not None and table is first:
        found = predicted(stored.bet, race, result, table)
        if found.right is None:
            st.caption(found.text)
        elif found.right:
            st.success(found.text, icon=":material/emoji_events:")
        else:
            st.info(found.text, icon=":material/psychology_alt:")
        return
    if table.judged:
        st.html(f'<p class="quiet">{escape(why(race, result, table))}</p>')
