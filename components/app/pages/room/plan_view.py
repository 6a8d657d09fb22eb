"""Plan of a class: its present item, its clock, and one button that goes on."""

from __future__ import annotations

from functools import partial

import streamlit as st
from markupsafe import Markup
from streamlit.typing import UploadedFile

from components.app.pages.room import board_view
from components.app.pages.room.tab import action, attempt, live, room_sign
from components.app.pages.room.vote_view import asked, brief, names_switch
from components.app.parts.frame import page_frame
from components.app.parts.widgets import layout, uploads
from components.app.parts.widgets.downloads import download
from components.app.parts.widgets.html_parts import template
from components.base import clock
from components.base.errors import LessonError
from components.base.markup import escape_markdown
from components.base.text import identifier, one_line
from components.sharing.links.token import MOST_BYTES
from components.teaching.lessons import library
from components.teaching.rooms.content import RoomContent, RoomPlan
from components.teaching.rooms.items.base import PlanItem
from components.teaching.rooms.plan import (
    WorkshopPlan,
    parse_plan,
    plan_of_lessons,
    questions_of,
    shipped_plans,
)
from components.teaching.rooms.position import present_item, right_answer, whole_plan
from components.teaching.rooms.sheet import plan_sheet
from components.teaching.rooms.teacher import RoomTeacher

MOST_QUESTIONS = 2
"""Number of questions that a made plan asks before and after its lessons."""
LETTERS = 70
"""Letters of a question in the list of items."""
READING = (
    "Only those who answered both times are counted. The difference has many causes: the class, "
    "talking, and having heard the question before. Without another class to compare with, it "
    "does not show what the plan achieved."
)
MADE = "made"
"""Name of the plan that is made on the page."""
_ASKED = "plan_asked"
"""Key of the session for the item at which the page asked whether to go on."""
_FILE = "plan_own_file"
_ITEMS = template("""
<ol class="plan-items" tabindex="0" aria-label="Items of the plan">{% for item, question in items %}
<li class="{{ 'done' if loop.index0 < at }}{{ 'now' if loop.index0 == at }}"
{%- if loop.index0 == at %} aria-current="step"{% endif %}>
<span>{{ item.title }}{% if question %}<small>{{ question }}</small>{% endif %}</span>
<span class="quiet">{{ item.minutes }} min</span></li>
{% endfor %}</ol>""")
_CLOCK = template("""
<p class="plan-clock{{ ' over' if over }}"><b>{{ item }}</b> of {{ minutes }}:00
<span class="quiet">{{ whole }} of {{ planned }} min</span></p>""")


def plan_view(room: RoomTeacher) -> None:
    """Draw the plan with its clock, or the choice of one."""
    if room.content().plan is None:
        _choose(room)
    else:
        _present(room)


@live
def _present(room: RoomTeacher) -> None:
    content = room.content()
    stands = content.plan
    if stands is None:
        st.rerun()
    plan, item = whole_plan(stands), present_item(content)
    with st.container(key="plan"):
        with st.container(key="plan_list", gap="small"):
            st.markdown(f"**{escape_markdown(plan.title)}**")
            st.html(_ITEMS.render(items=_listed(plan), at=stands.at))
            names_switch(room, "room_names_plan")
            action(
                "Choose another plan",
                "swap_horiz",
                partial(room.use_plan, ""),
                key="plan_leave",
                type="tertiary",
                help="Ends this plan. What was sent and asked is kept. Download the CSV first: "
                "it compares before and after for the present plan only.",
            )
        with st.container(key="plan_item", gap="small"):
            _controls(room, content, stands)
            if item is None:
                st.markdown(escape_markdown(plan.about) if stands.at < 0 else "**The end.**")
            else:
                _item(room, content, stands)
                if item.notes:
                    st.info(item.notes, icon=":material/sticky_note_2:")
            if stands.at >= len(plan.items) - 1 and plan.asked_twice:
                _before_and_after(room, plan)


def _listed(plan: WorkshopPlan) -> list[tuple[PlanItem, str]]:
    """Return the items with their questions, by which items of the same title differ."""
    return [
        (one, brief(plan.question(one.about).text, LETTERS) if one.shows == "question" else "")
        for one in plan.items
    ]


def on_screen(content: RoomContent) -> bool:
    """Return `True` if the projector shows an item of the plan, and nothing else instead."""
    return present_item(content) is not None and not (content.shown or content.board)


@live
def plan_screen(room: RoomTeacher, drawn: bool) -> None:
    """Draw a clock and *Next*, and the present item unless the projector shows something else.

    The page is drawn again if `drawn`, `True` for a drawn item, is out of date.
    """
    content = room.content()
    stands = content.plan
    if on_screen(content) != drawn:
        st.rerun()
    if stands is None:
        return
    with st.container(key="plan_screen", gap="small"):
        if drawn and stands.at == 0:
            with st.container(key="plan_joining"):
                room_sign(room.join_code, content.admits)
        if drawn:
            _item(room, content, stands, large=True)
        _controls(room, content, stands)


def _item(room: RoomTeacher, content: RoomContent, stands: RoomPlan, large: bool = False) -> None:
    """Draw the text and the content of an item."""
    item = whole_plan(stands).items[stands.at]
    layout.heading(item.title)
    if item.text:
        st.markdown(item.text)
    match item.shows:
        case "question":
            question = whole_plan(stands).question(item.about)
            asked(question, "plan")
            with st.container(key="plan_choices"):
                st.markdown(
                    "\n".join(f"- {escape_markdown(choice)}" for choice in question.choices)
                )
        case "runs":
            st.caption("Press Open in the message at the bottom of your page.")
            if large:
                board_view.runs_board(room)
        case "race" if race := content.item_race:
            board_view.race_board(room, race)
        case "answers":
            _answers(room, content, stands, item.about)


def _answers(room: RoomTeacher, content: RoomContent, stands: RoomPlan, question: str) -> None:
    """Draw the answers to a question, beside its race if any; without a question, the race."""
    before, shown = whole_plan(stands).items[stands.at - 1], content.shows_answers(question)
    if not question or before.shows == "race":
        board_view.race_board(room, content.race, shown)
    elif shown and content.vote:
        counts = room.room().counts(content.vote)
        asked(content.vote.question, "plan", counts, right_answer(content))


def _controls(room: RoomTeacher, content: RoomContent, stands: RoomPlan) -> None:
    """Draw the clock, the progress of the class, and the buttons."""
    ready, plan, at = room.readiness(), whole_plan(stands), stands.at
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
                help="Goes back one item. No question is asked again, and no race starts again.",
            )
        if 0 <= at < len(plan.items):
            st.html(_clock(stands), width="content")
        if ready.text:
            st.markdown(ready.text, width="content")
    race = content.item_race
    if race and race.due:
        page_frame.await_engine("the race starts", _preparing)
    elif race and race.problem:
        layout.show_error(race.problem)
        action(
            "Try again",
            "flag",
            room.start_race_again,
            key="plan_race",
            help="Starts the race. If the plan names no strategies, it races those that learners "
            "have submitted by now.",
        )


def _preparing() -> None:
    st.caption("The server prepares the race …")


def _next_label(plan: WorkshopPlan, at: int) -> str:
    if at >= len(plan.items) - 1:
        return "End the plan"
    return f"{'Begin' if at < 0 else 'Next'}: {escape_markdown(plan.items[at + 1].title)}"


def _clock(stands: RoomPlan) -> Markup:
    plan, now = whole_plan(stands), clock.now()
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
    """Go on to the next item; if the class is not ready, only after a second press."""
    if room.readiness().waits and st.session_state.get(_ASKED) != at:
        st.session_state[_ASKED] = at
    elif room.go(at, at + 1):
        st.session_state[_ASKED] = None


def _before_and_after(room: RoomTeacher, plan: WorkshopPlan) -> None:
    """Draw the numbers of right answers before and after."""
    whole = room.room()
    lines = ["| Question | Answered twice | Right before | Right after |", "|---|--:|--:|--:|"]
    for question in plan.asked_twice:
        both = [gain for gain in whole.gains(question).values() if gain.value is not None]
        before = sum(gain.right_before for gain in both)
        after = sum(gain.right_after for gain in both)
        text = one_line(question.text).replace("|", r"\|")
        lines.append(f"| {text} | {len(both)} | {before} | {after} |")
    layout.heading("Before and after")
    st.markdown("\n".join(lines))
    st.caption(READING)


def _choose(room: RoomTeacher) -> None:
    """Draw the plans that ship, one of lessons, and one from a file."""
    st.caption("A plan is a list of items. One button goes on from item to item, for all.")
    with st.container(key="plan_cards"):
        for name, plan in shipped_plans().items():
            with st.container(border=True, gap="small", key=f"plan_{name}"):
                st.markdown(f"**{escape_markdown(plan.title)}**  \n{plan.minutes} minutes")
                st.markdown(escape_markdown(plan.about))
                _offer(room, plan, name)
    left, right = st.columns(2, gap="medium")
    with left:
        _make(room)
    with right:
        layout.heading("Open a plan")
        with st.form("plan_open", border=False, clear_on_submit=True):
            st.file_uploader(
                "A plan's file",
                type=["yaml", "yml"],
                key=_FILE,
                max_upload_size=max(1, uploads.most_bytes(MOST_BYTES) // 1_000_000),
                help="Written by hand, or made here. It is read as data: nothing in it runs.",
            )
            st.form_submit_button(
                "Use this file",
                icon=":material/upload_file:",
                on_click=lambda: attempt(lambda: room.use_plan(_text())),
            )


def _text() -> str:
    """Return the plan of the chosen file. Raises `LessonError`."""
    file: UploadedFile | None = st.session_state[_FILE]
    if file is None:
        raise LessonError("No file is chosen yet.", "", "Choose the file of a plan.")
    return parse_plan(uploads.content(file, MOST_BYTES)).yaml_text()


def _offer(room: RoomTeacher, plan: WorkshopPlan, name: str) -> None:
    """Draw the buttons that use a plan, and download its file."""
    with layout.row(f"plan_buttons_{name}", gap="xsmall"):
        use = partial(room.use_plan, plan.yaml_text())
        action("Use this plan", "play_arrow", use, key=f"plan_use_{name}")
        download(
            "File",
            plan.yaml_text,
            f"{identifier(plan.title[:40] if name == MADE else name, 'plan')}.yaml",
            key=f"plan_file_{name}",
            help="Change it in any editor, and open it here.",
            width="content",
        )
        download(
            "Sheet",
            partial(plan_sheet, plan),
            f"{identifier(plan.title[:40] if name == MADE else name, 'plan')}.html",
            key=f"plan_sheet_{name}",
            help="Items with minutes, questions and your notes, to print from the browser.",
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
        format_func=lambda id: brief(questions[id].text, LETTERS),
        max_selections=MOST_QUESTIONS,
        key="plan_questions",
        help="Checks of these lessons that the class is asked at the start and at the end.",
    )
    if names:
        plan = plan_of_lessons(names, [questions[id] for id in asked])
        st.caption(f"{plan.minutes} minutes. Change texts and minutes in its file.")
        _offer(room, plan, MADE)
