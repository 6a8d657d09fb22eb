"""Votes: the teacher asks, the class answers, and the teacher shows how many chose what."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.core.markup import escape_markdown
from components.core.text import plural
from components.lessons.workshop import LONGEST_QUESTION
from components.race.entries import parse_entry
from components.rooms import lesson_checks
from components.rooms.teacher import RoomTeacher
from components.ui.frame import page_frame
from components.ui.room.tab import action, attempt, redraw_after_action
from components.ui.widgets import bets, layout

POLL_SECONDS = 1.0
_QUESTION, _CHOICES = "room_question", "room_choices"
_LESSON, _BROUGHT = "Use the lesson's bet", "Use the class's merges"


def bet_view(room: RoomTeacher) -> None:
    """The latest vote, and a form for the next one."""
    _present(room)
    _form(room)


@st.fragment(run_every=POLL_SECONDS)
@page_frame.guarded()
def _present(room: RoomTeacher) -> None:
    redraw_after_action()
    bet, counts = room.content().bet, room.counts()
    if bet is None:
        st.caption("No vote yet. Ask before a race: learners who have voted look closer.")
        return
    chosen, total = sum(counts.values()), len(room.choices())
    with st.container(border=True, key="room_bet"):
        st.markdown(f"**{escape_markdown(bet.question)}**")
        state = "open" if bet.open else "closed"
        st.caption(f"{chosen} of {plural(total, 'learner')} have voted. The vote is {state}.")
        with layout.row("room_bet_buttons"):
            action(
                "Close the vote" if bet.open else "Open it again",
                "lock" if bet.open else "lock_open",
                partial(room.change_bet, open=not bet.open),
                key="room_bet_open",
            )
            action(
                "Hide the answers" if bet.shown else "Show the answers to all",
                "bar_chart",
                partial(room.change_bet, shown=not bet.shown),
                key="room_bet_shown",
            )
        if bet.shown:
            st.html(bets.histogram(counts))


def _form(room: RoomTeacher) -> None:
    layout.heading("Ask the class")
    lesson_bets = lesson_checks.bets(room.content())
    with layout.row("room_bet_fill"):
        if lesson_bets:
            first = lesson_bets[0]
            st.button(
                _LESSON,
                key="room_bet_lesson",
                type="tertiary",
                icon=":material/school:",
                on_click=partial(_fill, first.text, first.options),
            )
        action(
            _BROUGHT,
            "flag",
            lambda: _fill_brought(room),
            key="room_bet_brought",
            type="tertiary",
            help="Asks which merge wins, of those that learners have submitted for the class race.",
        )
    with st.form("room_bet_form", border=False):
        st.text_input(
            "Question", max_chars=LONGEST_QUESTION, placeholder="Which merge wins?", key=_QUESTION
        )
        st.text_area("Choices, one on each line", height=120, key=_CHOICES)
        st.form_submit_button(
            "Open the vote",
            type="primary",
            icon=":material/how_to_vote:",
            on_click=lambda: attempt(lambda: _ask(room)),
        )


def _ask(room: RoomTeacher) -> None:
    """Open the vote, and empty the form. What is refused stays in it."""
    room.open_bet(st.session_state[_QUESTION], st.session_state[_CHOICES].splitlines())
    _fill("", ())


def _fill(question: str, choices: tuple[str, ...]) -> None:
    st.session_state[_QUESTION] = question[:LONGEST_QUESTION]
    st.session_state[_CHOICES] = "\n".join(choices)


def _fill_brought(room: RoomTeacher) -> None:
    titles = tuple(parse_entry(entry).title for entry in room.entries())
    _fill("Which merge wins the class race?", titles)
