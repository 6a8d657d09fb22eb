"""The plan of a class: where it stands, its clock, and one button that goes on."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.core.errors import LessonError
from components.core.markup import escape_markdown
from components.core.text import identifier
from components.export.token import MOST_BYTES
from components.lessons import library
from components.lessons.workshop import (
    AskItem,
    LessonItem,
    RaceItem,
    ResultItem,
    WorkshopPlan,
    choices,
    parse_plan,
    plan_of_lessons,
    questions_of,
    shipped_plans,
)
from components.render.html_table import html_table
from components.rooms.content import RoomContent, RoomPlan
from components.rooms.plan import item_in, plan_in, race_started, shows_answers
from components.rooms.teacher import RoomTeacher
from components.ui.frame import page_frame
from components.ui.room import board_view
from components.ui.room.race_view import start_planned
from components.ui.room.tab import action, attempt, redraw_after_action, room_sign
from components.ui.widgets import bets, layout, uploads
from components.ui.widgets.downloads import download
from components.ui.widgets.html_parts import template

POLL_SECONDS = 1.0
MOST_QUESTIONS = 2
"""Questions that a made plan asks before and after its lessons."""
READING = (
    "Of those who answered both times. The difference has many causes: the class, talking, and "
    "having heard the question before. Without a class that did something else, it is no measure "
    "of the plan."
)
_ASKED, _STARTS = "plan_asked", "plan_starts"
"""Keys of the session: the item at which it was asked whether to go on, and that whose race this
session starts."""
_ITEMS = template("""
<ol class="plan-items">{% for item in items %}
<li class="{{ 'done' if loop.index0 < at }}{{ 'now' if loop.index0 == at }}"
{%- if loop.index0 == at %} aria-current="step"{% endif %}>
<span>{{ item.title }}</span><span class="quiet">{{ item.minutes }} min</span></li>
{% endfor %}</ol>""")
_CLOCK = template("""
<p class="plan-clock{{ ' over' if over }}"><b>{{ item }}</b> of {{ minutes }}:00
<span class="quiet">{{ whole }} of {{ planned }} min</span></p>""")
_CHOICES = template("""
<p class="plan-question">{{ question }}</p>
{% if choices %}<ul class="plan-choices">{% for one in choices %}<li>{{ one }}</li>{% endfor %}</ul>
{% endif %}""")


def plan_view(room: RoomTeacher) -> None:
    """The plan with its clock, or the choice of one."""
    if room.content().plan is None:
        _choose(room)
    else:
        _present(room)


@st.fragment(run_every=POLL_SECONDS)
@page_frame.guarded()
def _present(room: RoomTeacher) -> None:
    redraw_after_action()
    content = room.content()
    plan, stands = plan_in(content), content.plan
    if plan is None or stands is None:
        st.rerun()
    with st.container(key="plan"):
        with st.container(key="plan_list", gap="small"):
            st.markdown(f"**{escape_markdown(plan.title)}**")
            st.html(_ITEMS.render(items=plan.items, at=stands.at))
            action(
                "Choose another plan",
                "swap_horiz",
                partial(room.use_plan, ""),
                key="plan_leave",
                type="tertiary",
                help="Ends this plan. What was sent and asked stays; download the CSV first: "
                "it has before and after of the present plan.",
            )
        with st.container(key="plan_item", gap="small"):
            _controls(room, content, plan, stands)
            item = item_in(content)
            if item is None:
                st.markdown(escape_markdown(plan.about) if stands.at < 0 else "**The end.**")
            else:
                _item(room, content, plan, stands.at)
                if item.notes:
                    st.info(item.notes, icon=":material/sticky_note_2:")
            if stands.at >= len(plan.items) - 1 and plan.asked_twice:
                _before_and_after(room, plan)


def on_screen(content: RoomContent) -> bool:
    """Whether the projector shows an item of the plan: nothing else is shown instead."""
    return item_in(content) is not None and not (content.shown or content.board)


@st.fragment(run_every=POLL_SECONDS)
@page_frame.guarded()
def plan_screen(room: RoomTeacher, drawn: bool) -> None:
    """The present item on the projector, unless something is shown; the clock; and *Next*.

    The page is drawn again when what it has `drawn` is no longer what it shows.
    """
    redraw_after_action()
    content = room.content()
    plan, stands, item = plan_in(content), content.plan, item_in(content)
    if on_screen(content) != drawn:
        st.rerun()
    if plan is None or stands is None:
        return
    with st.container(key="plan_screen", gap="small"):
        if drawn and stands.at == 0:
            with st.container(key="plan_joining"):
                room_sign(room.code)
        if drawn and item is not None:
            _item(room, content, plan, stands.at)
            if isinstance(item, LessonItem):
                board_view.runs_board(room)
        _controls(room, content, plan, stands)


def _item(room: RoomTeacher, content: RoomContent, plan: WorkshopPlan, at: int) -> None:
    """What an item says and shows to all."""
    item = plan.items[at]
    layout.heading(item.title)
    if item.text:
        st.markdown(item.text)
    if isinstance(item, AskItem):
        question = plan.question(item.question)
        st.html(_CHOICES.render(question=question.text, choices=choices(question)))
    if isinstance(item, LessonItem):
        st.caption("Press Open in the message at the bottom of your page.")
    if isinstance(item, RaceItem) and race_started(content):
        board_view.race_board(room)
    elif isinstance(item, ResultItem):
        answers = shows_answers(content, item)
        if not item.question or isinstance(plan.items[at - 1], RaceItem):
            board_view.race_board(room, answers)
        elif answers:
            st.html(_CHOICES.render(question=plan.question(item.question).text))
            st.html(bets.histogram(room.counts()))


def _controls(
    room: RoomTeacher, content: RoomContent, plan: WorkshopPlan, stands: RoomPlan
) -> None:
    """The clock, how far the class is, and the buttons."""
    ready, at = room.readiness(), stands.at
    ended = at >= len(plan.items)
    with layout.row("plan_controls"):
        waits = ready.waits and st.session_state.get(_ASKED) == at
        st.button(
            f"{ready.text}: go on?" if waits else _next_label(plan, at),
            key="plan_next",
            type="primary",
            icon=":material/skip_next:",
            disabled=ended,
            help="Space or → do the same.",
            on_click=partial(attempt, partial(_next, room, at)),
        )
        if at > 0:
            action(
                "Back",
                "skip_previous",
                partial(room.go, at, at - 1),
                key="plan_back",
                type="tertiary",
                help="Goes to the item before. No question is asked again, no race starts again.",
            )
        if 0 <= at < len(plan.items):
            st.html(_clock(plan, stands), width="content")
        if ready.text:
            st.markdown(ready.text, width="content")
    item = item_in(content)
    if isinstance(item, RaceItem) and not race_started(content):
        page_frame.await_engine("the race starts", partial(_race, room, item, at))


def _next_label(plan: WorkshopPlan, at: int) -> str:
    if at >= len(plan.items) - 1:
        return "End the plan"
    return f"{'Begin' if at < 0 else 'Next'}: {plan.items[at + 1].title}"


def _clock(plan: WorkshopPlan, stands: RoomPlan) -> Markup:
    now = time.time()
    minutes, passed = plan.items[stands.at].minutes, max(0, int(now - stands.since))
    return Markup(
        _CLOCK.render(
            item=f"{passed // 60}:{passed % 60:02}",
            minutes=minutes,
            over=passed > 60 * minutes,
            whole=max(0, int(now - stands.began)) // 60,
            planned=plan.minutes,
        )
    )


def _next(room: RoomTeacher, at: int) -> None:
    """Go on; where the class is not ready, only after a second press."""
    if room.readiness().waits and st.session_state.get(_ASKED) != at:
        st.session_state[_ASKED] = at
    elif room.go(at, at + 1):
        st.session_state.update({_STARTS: at + 1, _ASKED: None})


def _race(room: RoomTeacher, item: RaceItem, at: int) -> None:
    """Start the race if this session has gone on to it; else offer to."""
    if st.session_state.get(_STARTS) == at:
        with st.spinner("Preparing the race …"):
            attempt(partial(start_planned, room, item, at))
            st.session_state.pop(_STARTS)
        st.rerun()
    action(
        "Start the race",
        "flag",
        lambda: st.session_state.update({_STARTS: at}),
        key="plan_race",
        help="The race of this item has not started yet.",
    )


def _before_and_after(room: RoomTeacher, plan: WorkshopPlan) -> None:
    """How many were right before and after."""
    gains, rows = room.gains().values(), []
    for question in plan.asked_twice:
        both = [one[question.id] for one in gains if one[question.id].value is not None]
        before = sum(gain.right_before for gain in both)
        after = sum(gain.right_after for gain in both)
        rows.append((question.text, len(both), before, after))
    layout.heading("Before and after")
    head = ("Question", "Answered twice", "Right before", "Right after")
    st.html(html_table(rows, head, "fields"))
    st.caption(READING)


def _choose(room: RoomTeacher) -> None:
    """The plans that ship, one of lessons, and one from a file."""
    st.caption("A plan is a list of items. One button goes on from item to item, for all.")
    with st.container(key="plan_cards"):
        for name, plan in shipped_plans().items():
            with st.container(border=True, gap="small", key=f"plan_{name}"):
                st.markdown(f"**{escape_markdown(plan.title)}**  \n{plan.minutes} minutes")
                st.markdown(escape_markdown(plan.about))
                with layout.row(f"plan_buttons_{name}", gap="xsmall"):
                    _use(room, plan, f"plan_use_{name}")
                    _file(plan, name)
    left, right = st.columns(2, gap="medium")
    with left:
        _make(room)
    with right:
        layout.heading("Open a plan")
        with st.form("plan_open", border=False, clear_on_submit=True):
            file = st.file_uploader(
                "A plan's file",
                type=["yaml", "yml"],
                max_upload_size=max(1, uploads.most_bytes(MOST_BYTES) // 1_000_000),
                help="Written by hand, or made here. It is read as data: nothing in it runs.",
            )
            if st.form_submit_button("Use this file", icon=":material/upload_file:"):
                attempt(lambda: room.use_plan(_text(file)))
                st.rerun()


def _text(file: UploadedFile | None) -> str:
    if file is None:
        raise LessonError("No file is chosen yet.", "", "Choose the file of a plan.")
    return parse_plan(uploads.content(file, MOST_BYTES)).yaml_text()


def _use(room: RoomTeacher, plan: WorkshopPlan, key: str) -> None:
    use = partial(room.use_plan, plan.yaml_text())
    action("Use this plan", "play_arrow", use, key=key)


def _file(plan: WorkshopPlan, name: str) -> None:
    download(
        "File",
        plan.yaml_text,
        f"{identifier(name, 'plan')}.yaml",
        key=f"plan_file_{name}",
        help="Change it in any editor, and open it here.",
        width="content",
    )


def _make(room: RoomTeacher) -> None:
    layout.heading("Make a plan")
    names = st.multiselect(
        "Lessons",
        library.names(),
        format_func=lambda name: library.load(name).title,
        key="plan_lessons",
        persist_state="session",
    )
    questions = questions_of(names)
    asked = st.multiselect(
        "Questions before and after",
        list(questions),
        format_func=lambda id: questions[id].text,
        max_selections=MOST_QUESTIONS,
        key="plan_questions",
        help="Checks of these lessons that the class is asked at the start and at the end.",
    )
    if names:
        plan = plan_of_lessons(names, [questions[id] for id in asked])
        st.caption(f"{plan.minutes} minutes. Change texts and minutes in its file.")
        with layout.row("plan_made", gap="xsmall"):
            _use(room, plan, "plan_use_made")
            _file(plan, plan.title[:40])
