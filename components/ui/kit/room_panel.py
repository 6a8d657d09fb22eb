"""A learner's panel in the bar, and a line below the page with what the teacher has sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.errors import PlaygroundError, StoreError, public_text
from components.core.markup import escape_markdown
from components.export.link import PARAMETER
from components.lessons.lesson import LESSON
from components.race.entries import entry_of, parse_entry
from components.training.room_content import ClassRace, SentLink, ShownWork
from components.training.room_roles import LearnerView, OwnBet, RoomLearner
from components.ui.kit import class_race, draft_tab, html_parts, room_tab
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.page_files import page_file
from components.ui.kit.room_bets import histogram
from components.ui.kit.room_tab import RoomTab
from components.ui.kit.visitor import visitor_runs

POLL_SECONDS = 2.0
LEFT = "You are no longer in a class room: it was closed, or your teacher has removed you."


@st.fragment(run_every=POLL_SECONDS)
def room_panel(tab: RoomTab) -> None:
    """What the learner sees of the room now."""
    if not tab.learner:
        st.rerun()
    room = room_tab.rooms().learner(tab.learner)
    try:
        view = room.view()
    except StoreError:
        return  # The page itself says so; the next look may work again.
    if view is None:
        _left(tab)
        return
    popover = st.popover(
        view.nickname, icon=":material/school:", key="room_panel", on_change="rerun"
    )
    if popover.open:
        with popover:
            _panel(view, room, tab)
    with st.container(key="room_line"):
        _line(view, room, tab)


def _left(tab: RoomTab) -> None:
    """The room has ended, or the teacher has removed the learner."""
    tab.learner, tab.dismissed = "", set()
    tab.notice, tab.asking = LEFT, True
    st.rerun()


def _panel(view: LearnerView, room: RoomLearner, tab: RoomTab) -> None:
    st.markdown(f"Room **{view.code}**. You are **{escape_markdown(view.nickname)}**.")
    if view.bet:
        _bet(view.bet, room, "panel")
    if view.sent:
        _sent(view.sent, "panel")
    if view.shown:
        _shown(view.shown, "panel")
    if view.race:
        _race(view.race)
    _merge(view, room)
    st.button(
        "Leave the room",
        key="room_leave",
        icon=":material/logout:",
        type="tertiary",
        on_click=partial(_leave, room, tab),
    )


def _line(view: LearnerView, room: RoomLearner, tab: RoomTab) -> None:
    """The most urgent of what the teacher wants, until the learner has answered or closed it."""
    opened = draft_tab.of_session().link
    if view.bet and view.bet.open and not view.bet.choice and _new(tab, f"bet {view.bet.number}"):
        _bet(view.bet, room, "line")
        _dismiss(tab, f"bet {view.bet.number}")
    elif view.sent and view.sent.target != opened and _new(tab, f"sent {view.sent.number}"):
        _sent(view.sent, "line")
        _dismiss(tab, f"sent {view.sent.number}")
    elif view.shown and view.shown.token != opened and _new(tab, f"shown {view.shown.token}"):
        _shown(view.shown, "line")
        _dismiss(tab, f"shown {view.shown.token}")


def _new(tab: RoomTab, key: str) -> bool:
    return key not in tab.dismissed


def _dismiss(tab: RoomTab, key: str) -> None:
    st.button(
        "Close this message",
        key="room_dismiss",
        icon=":material/close:",
        type="tertiary",
        on_click=tab.dismissed.add,
        args=(key,),
    )


def _bet(bet: OwnBet, room: RoomLearner, key: str) -> None:
    with st.container(key=f"room_bet_{key}", gap="xsmall"):
        st.markdown(f"**Bet:** {escape_markdown(bet.question)}")
        widget = f"room_choice_{key}_{bet.number}_{bet.choice}"
        if bet.open:
            st.radio(
                "Your bet",
                bet.choices,
                index=bet.choices.index(bet.choice) if bet.choice else None,
                format_func=escape_markdown,
                key=widget,
                label_visibility="collapsed",
                on_change=partial(_choose, room, bet.number, widget),
            )
        else:
            chosen = escape_markdown(bet.choice) if bet.choice else "nothing"
            st.caption(f"The bet is closed. You chose **{chosen}**.")
        if bet.counts is not None:
            st.html(histogram(bet.counts))


def _choose(room: RoomLearner, number: int, widget: str) -> None:
    choice = st.session_state.get(widget)
    if choice is not None:
        _try(partial(room.bet, number, choice))


def _sent(sent: SentLink, key: str) -> None:
    with st.container(key=f"room_sent_{key}", horizontal=True, vertical_alignment="center"):
        what = "a lesson" if sent.kind == "lesson" else "a model"
        st.markdown(f"Your teacher sends {what}: **{escape_markdown(sent.title)}**")
        parameter = LESSON if sent.kind == "lesson" else PARAMETER
        _open(sent.target, parameter)


def _shown(work: ShownWork, key: str) -> None:
    with st.container(key=f"room_shown_{key}", horizontal=True, vertical_alignment="center"):
        st.markdown(f"Your teacher shows a {work.kind}: **{escape_markdown(work.title)}**")
        _open(work.token, PARAMETER, "Open a copy")
    if key == "panel" and work.figures:
        st.html(html_parts.figures((html_parts.Figure(*f) for f in work.figures), small=True))


def _open(target: str, parameter: str, label: str = "Open") -> None:
    st.page_link(
        page_file("Build"),
        label=label,
        icon=":material/open_in_new:",
        query_params={parameter: target},
        help="Undo on the Build page brings your model back.",
    )


def _race(race: ClassRace) -> None:
    st.markdown("**Class race**")
    st.html(class_race.board(race, visitor_runs()))
    st.page_link(
        page_file("Compare"),
        label="See the race",
        icon=":material/flag:",
        query_params={"race": race.sweep},
    )


def _merge(view: LearnerView, room: RoomLearner) -> None:
    """Bring the merge of the present model for the class race."""
    editor: ModelEditor = st.session_state["editor"]
    merges = editor.valid.merges
    if view.entry:
        brought = escape_markdown(parse_entry(view.entry).title)
        st.caption(f"For the class race you bring **{brought}**.")
    if not merges:
        st.caption("Your model has no merge that you could bring for a class race.")
    else:
        entry = entry_of(merges[-1])
        st.button(
            "Bring my merge",
            key="room_bring",
            icon=":material/flag:",
            help=f"The last merge of your model, {entry.title}, takes part in the class race.",
            disabled=entry.text == view.entry,
            on_click=partial(_try, partial(room.bring, entry.text)),
        )


def _leave(room: RoomLearner, tab: RoomTab) -> None:
    _try(room.leave)
    tab.learner, tab.dismissed = "", set()


def _try(act: Callable[[], None]) -> None:
    """Do what a button says. What can't be done any more is seen at once in the panel."""
    try:
        act()
    except PlaygroundError as error:
        st.toast(escape_markdown(public_text(error)), icon=":material/error:")
