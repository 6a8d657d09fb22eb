"""Votes: the teacher asks, the class answers, and the teacher shows the counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from textwrap import wrap

import streamlit as st

from components.app.pages.room.tab import action, attempt, live
from components.app.parts.widgets import bets, layout
from components.base.text import one_line, plural
from components.experiments.races.entries import parse_entry
from components.teaching.lessons.checks import BetCheck, Check
from components.teaching.rooms.plan import LONGEST_QUESTION
from components.teaching.rooms.position import right_answer
from components.teaching.rooms.teacher import RoomTeacher

_QUESTION, _CHOICES = "room_question", "room_choices"
_LESSON, _BROUGHT = "Use the lesson's bet", "Use the class's merges"


def asked(
    question: Check, key: str, counts: Mapping[str, int] | None = None, right: str = ""
) -> None:
    """Draw a question as lessons show it, with the counts of the answers and the right one."""
    with st.container(key=f"room_asked_{key}", gap="xsmall"):
        st.markdown(question.text)
        if counts is not None:
            st.html(bets.histogram(counts))
        if right:
            st.markdown(f":material/check_circle: Right: {right}")


def brief(text: str, letters: int) -> str:
    """Return the first words of a question, without its Markdown."""
    plain = one_line(re.sub(r"[*`$]", "", text))
    return plain if len(plain) <= letters else f"{wrap(plain, letters - 2)[0]} …"


def names_switch(room: RoomTeacher, key: str) -> None:
    """Draw the switch for nicknames beside answers."""
    st.session_state[key] = room.content().names_answers
    st.toggle(
        "Nicknames beside answers",
        key=key,
        on_change=lambda: attempt(lambda: room.name_answers(st.session_state[key])),
        help="For questions that you ask from now on: the CSV then has the nickname beside each "
        "answer, and learners read that below the question. Off, answers have no names.",
    )


def vote_view(room: RoomTeacher) -> None:
    """Draw the latest vote, and a form for the next one."""
    names_switch(room, "room_names_vote")
    _present(room)
    _form(room)


@live
def _present(room: RoomTeacher) -> None:
    whole = room.room()
    vote = whole.content.vote
    if vote is None:
        st.caption("No vote yet. Ask before a race: learners who have voted look closer.")
        return
    counts = whole.counts(vote)
    chosen, total = sum(counts.values()), len(whole.learners)
    with st.container(border=True, key="room_bet"):
        asked(
            vote.question,
            "vote",
            counts if vote.shown else None,
            right_answer(whole.content),
        )
        state = "open" if vote.open else "closed"
        st.caption(f"{chosen} of {plural(total, 'learner')} have voted. The vote is {state}.")
        with layout.row("room_bet_buttons"):
            action(
                "Close the vote" if vote.open else "Open it again",
                "lock" if vote.open else "lock_open",
                partial(room.change_vote, open=not vote.open),
                key="room_bet_open",
            )
            action(
                "Hide the answers" if vote.shown else "Show the answers to all",
                "bar_chart",
                partial(room.change_vote, shown=not vote.shown),
                key="room_bet_shown",
            )


def _form(room: RoomTeacher) -> None:
    layout.heading("Ask the class")
    with layout.row("room_bet_fill"):
        for bet in [one for one in room.content().checks if isinstance(one, BetCheck)][:1]:
            fill = partial(_fill, bet.text, bet.options)
            action(_LESSON, "school", fill, key="room_bet_lesson", type="tertiary")
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
    """Open the vote, and empty the form unless the vote is refused."""
    room.open_vote(st.session_state[_QUESTION], st.session_state[_CHOICES].splitlines())
    _fill("", ())


def _fill(question: str, choices: tuple[str, ...]) -> None:
    st.session_state[_QUESTION] = question[:LONGEST_QUESTION]
    st.session_state[_CHOICES] = "\n".join(choices)


def _fill_brought(room: RoomTeacher) -> None:
    titles = tuple(parse_entry(entry).title for entry in room.room().entries)
    _fill("Which merge wins the class race?", titles)
