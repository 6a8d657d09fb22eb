"""Learner's panel in the bar, and a note over the page about the teacher's latest action."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import streamlit as st
from markupsafe import Markup

from components.app.pages.room import follow
from components.app.pages.room import tab as room_tab
from components.app.pages.room.race_view import bars, board, result_of, sentence
from components.app.pages.room.tab import RoomTab, ShownAnswers
from components.app.pages.room.vote_view import asked
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import draft_tab, open_lesson, page_frame, watch
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.widgets import bets, html_parts, layout
from components.base.errors import PlaygroundError, StoreError, public_text
from components.base.markup import escape_markdown, message_markdown
from components.base.pages import page_file
from components.experiments.races.entries import entry_of, parse_entry
from components.experiments.races.evaluation import RaceResult
from components.sharing.links.link import PARAMETER
from components.teaching.lessons.checks import NumberCheck
from components.teaching.lessons.lesson import LESSON
from components.teaching.rooms.board import bet_outcome
from components.teaching.rooms.content import ClassRace, RoomNote, SentLink, ShownWork, Vote
from components.teaching.rooms.roles import LearnerView, NowView, RoomLearner

POLL_SECONDS = 10.0
"""Seconds between two drawings of the panel if nothing changes; `watch` draws it at once."""
RACE_SECONDS = 2.0
READING_SECONDS = 60.0
"""Seconds for which the result of a vote stays over the page."""
CLOSED = "The class room {} was closed. Your models, runs and lessons stay with this browser."
NAMED = "Your teacher sees your nickname beside your answer."
NAMELESS = "Your teacher sees your answer without your nickname."
LEFT = (
    "You are no longer in the class room {}: you left it in another window, or your teacher has "
    "removed you."
)


def room_panel(tab: RoomTab) -> None:
    """Draw the learner's view of the room, again and again until they leave it."""
    page_frame.drawn_until(lambda: not tab.learner, partial(_now, tab), POLL_SECONDS)


def _now(tab: RoomTab) -> None:
    room = room_tab.rooms().learner(tab.learner)
    try:
        view = room.view()
    except StoreError:
        return  # The page itself says so; the next look may work again.
    if view is None:
        _left(tab)
        return
    watch.watch(room.view, view)
    if view.led is None:
        tab.left = False
    if follow.is_behind(tab, view.led):
        st.rerun()
    popover = st.popover(
        escape_markdown(view.nickname),
        icon=":material/school:",
        key="room_panel",
        on_change="rerun",
    )
    if popover.open:
        with popover:
            own = tab.following.own if tab.following else st.session_state["editor"]
            _panel(view, room, tab, own)
    with st.container(key="room_line"):
        if not (view.note and _note(view, view.note, room, tab)) and view.led:
            follow.controls(tab, "line")
    message, tab.message = tab.message, None
    if message:
        st.toast(message[0], icon=f":material/{message[1]}:")
    if tab.joined:
        tab.joined = False
        st.toast(
            f"You have joined room **{view.code}** as **{escape_markdown(view.nickname)}**.",
            icon=":material/school:",
        )


def _left(tab: RoomTab) -> None:
    """Show that the room has ended, or that the learner is no longer in it."""
    why = LEFT if room_tab.rooms().is_open(tab.learner) else CLOSED
    tab.learner, tab.notice, tab.asking = "", why.format(tab.learner), True
    st.rerun()


def _panel(view: LearnerView, room: RoomLearner, tab: RoomTab, editor: ModelEditor) -> None:
    st.markdown(f"Room **{view.code}**. You are **{escape_markdown(view.nickname)}**.")
    if view.led:
        with layout.row("room_led", gap="small"):
            follow.controls(tab, "panel")
    _now_line(view.now, "panel")
    if view.vote:
        _vote(view, view.vote, room, "panel")
    if view.sent:
        _sent(view.sent, "panel")
    if view.shown:
        _shown(view.shown, "panel")
    if view.race:
        st.markdown("**Class race**")
        _race(view.race, partial(board, view.race))
    _merge(view, room, editor)
    st.button(
        "Leave the room",
        key="room_leave",
        icon=":material/logout:",
        type="tertiary",
        on_click=partial(_leave, room, tab),
    )


def _note(view: LearnerView, note: RoomNote, room: RoomLearner, tab: RoomTab) -> bool:
    """Show the teacher's latest action, until the learner has done or closed it.

    The result of a vote closes after a minute and on another page. Return `True` if there is
    anything to show.
    """

    def close() -> None:
        _try(partial(room.close_note, note.number))

    vote, sent, shown = view.vote, view.sent, view.shown
    if note.kind == "bet" and vote and vote.open and not view.choice:
        _now_line(view.now, "line")
        _vote(view, vote, room, "line")
    elif note.kind == "answers" and vote and view.counts and any(view.counts.values()):
        if _is_read(note, tab):
            close()
            return False
        _now_line(view.now, "line")
        with st.container(key="room_answers", gap="xsmall"):
            chose = f" You chose {escape_markdown(view.choice)}." if view.choice else ""
            st.markdown(f"**The class has voted.**{chose}")
            asked(vote.question, "answers", view.counts, view.right)
            result = result_of(view.race, visitor_runs()) if view.race else None
            outcome = bet_outcome(view.counts, result.tables[0]) if result else ""
            if outcome:
                st.markdown(f"**{escape_markdown(outcome)}**")
    elif note.kind == "sent" and sent and not _is_open(sent.target, sent.lesson, sent.step):
        _now_line(view.now, "line")
        _sent(sent, "line")
    elif note.kind == "shown" and shown and not _is_open(shown.token):
        _now_line(view.now, "line")
        _shown(shown, "line")
    elif (note.kind == "sent" and sent) or (note.kind == "shown" and shown):
        close()  # It is open already.
        return False
    elif view.now:
        _now_line(view.now, "line")
        if view.now.races and view.race:
            with st.container(key="room_race_line", gap="xsmall"):
                _race(view.race, lambda result: bars(result) if result else None)
    else:
        return False
    _close_button(close)
    return True


def _now_line(now: NowView | None, key: str) -> None:
    """Draw what the learner does now in the class's plan."""
    if now:
        title = escape_markdown(now.title)
        with st.container(key=f"room_now_{key}"):
            st.markdown(f"**Now: {title}{'' if title[-1] in '.?!' else '.'}** {now.text}")


def _close_button(close: Callable[..., None]) -> None:
    st.button(
        "Close this message",
        key="room_dismiss",
        icon=":material/close:",
        type="tertiary",
        on_click=close,
    )


def _is_read(note: RoomNote, tab: RoomTab) -> bool:
    """Return `True` if a result has been shown for a minute, or before another page was opened."""
    page, now = urlsplit(str(st.context.url)).path, time.monotonic()
    if tab.reading is None or tab.reading.note != note.number:
        tab.reading = ShownAnswers(note.number, page, now)
    return tab.reading.page != page or now - tab.reading.since > READING_SECONDS


def _is_open(token: str, lesson: str = "", step: int = 0) -> bool:
    """Return `True` if this tab has opened a model, or a lesson at a step."""
    if lesson:
        arrived = not step or open_lesson.arrived() == (token, step)
        return arrived and open_lesson.address() == lesson
    return token in (draft_tab.of_session().link, st.query_params.get(PARAMETER))


def _vote(view: LearnerView, vote: Vote, room: RoomLearner, key: str) -> None:
    question = vote.question

    def lock(choice: str) -> None:
        if _try(partial(room.vote, vote.number, choice)):
            _say(f"Your answer is locked: **{escape_markdown(choice)}**", "lock")

    with st.container(key=f"room_bet_{key}", gap="xsmall"):
        asked(question, key, view.counts, view.right)
        bets.bet(
            {choice: choice for choice in question.choices},
            view.choice,
            lock,
            key=f"room_choice_{key}_{vote.number}",
            word="vote" if question.choices else "answer",
            is_open=vote.open,
            unit=question.unit if isinstance(question, NumberCheck) else "",
        )
        st.caption(NAMED if vote.named else NAMELESS)


def _sent(sent: SentLink, key: str) -> None:
    with st.container(key=f"room_sent_{key}", horizontal=True, vertical_alignment="center"):
        what = "a lesson" if sent.kind == "lesson" else "a model"
        step = f", step {sent.step}" if sent.step else ""
        st.markdown(f"Your teacher sends {what}: **{escape_markdown(sent.title)}**{step}")
        query = {LESSON if sent.kind == "lesson" else PARAMETER: sent.target}
        _open(query | ({open_lesson.STEP: str(sent.step)} if sent.step else {}))


def _shown(work: ShownWork, key: str) -> None:
    with st.container(key=f"room_shown_{key}", horizontal=True, vertical_alignment="center"):
        st.markdown(f"Your teacher shows a {work.kind}: **{escape_markdown(work.title)}**")
        _open({PARAMETER: work.token}, "Open a copy")
    if key == "panel" and work.figures:
        st.html(html_parts.figures((html_parts.Figure(*f) for f in work.figures), small=True))
    if key == "panel" and work.verdict:
        st.markdown(message_markdown(html_parts.unbroken(work.verdict)))


def _open(query: dict[str, str], label: str = "Open") -> None:
    st.page_link(
        page_file("Build"),
        label=label,
        icon=":material/open_in_new:",
        query_params=query,
        help="Undo on the Build page brings your model back.",
    )


def _race(race: ClassRace, drawn: Callable[[RaceResult | None], Markup | None]) -> None:
    """Draw a race as `drawn` returns it, again and again while it runs."""

    def draw(result: RaceResult | None) -> None:
        if shown := drawn(result):
            st.html(sentence(result) + shown)
        else:
            st.caption("The race is being prepared …")

    page_frame.polled(
        lambda: result_of(race, visitor_runs()),
        lambda result: result is None or result.done + result.failed < result.total,
        draw,
        RACE_SECONDS,
    )
    st.page_link(
        page_file("Compare"),
        label="See the race",
        icon=":material/flag:",
        query_params={"race": race.sweep},
    )


def _merge(view: LearnerView, room: RoomLearner, editor: ModelEditor) -> None:
    """Draw the button that submits the merge of the learner's own model for the class race."""
    merges = editor.valid.merges
    if view.entry:
        brought = escape_markdown(parse_entry(view.entry).title)
        st.caption(f"You have submitted **{brought}** for the class race.")
    if not merges:
        st.caption("Your model has no merge to submit for a class race.")
    else:
        entry = entry_of(merges[-1])

        def submit() -> None:
            if _try(partial(room.bring, entry.text)):
                _say(f"Submitted: **{escape_markdown(entry.title)}**", "flag")

        st.button(
            "Submit my merge",
            key="room_bring",
            icon=":material/flag:",
            help=f"The last merge of your model, {entry.title}, takes part in the class race.",
            disabled=entry.text == view.entry,
            on_click=submit,
        )


def _leave(room: RoomLearner, tab: RoomTab) -> None:
    _try(room.leave)
    tab.learner = ""


def _say(text: str, icon: str) -> None:
    """Have the next drawing of the panel show a message."""
    room_tab.of_session().message = text, icon


def _try(act: Callable[[], None]) -> bool:
    """Run an action of a button; show its error at once in the panel. Return `True` without one."""
    try:
        act()
    except PlaygroundError as error:
        _say(escape_markdown(public_text(error)), "error")
        return False
    return True
