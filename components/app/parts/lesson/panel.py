"""Panel of the open lesson: its step, checks and hints, beside a page or below it."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from components.app.parts.frame import engine, open_lesson, page_frame
from components.app.parts.frame.sharing import page_link
from components.app.parts.frame.visitor import visitor_runs
from components.app.parts.lesson import check_fields, opening, pictures
from components.app.parts.lesson.learner import Learner, needs_model
from components.app.parts.lesson.session import OpenLesson, current, with_hint
from components.app.parts.widgets import layout
from components.app.parts.widgets.announcer import announce
from components.app.parts.widgets.copy_button import copied_code
from components.app.parts.widgets.html_parts import coded
from components.app.streamlit_edge import dom
from components.base.pages import page_file
from components.sharing.links.link import PARAMETER
from components.teaching.lessons import library
from components.teaching.lessons.lesson import LessonStep

if TYPE_CHECKING:
    from components.teaching.rooms.roles import RoomLearner

STYLE = f"<style>{dom.read(Path(__file__).with_name('panel.css'))}</style>"
POLL_SECONDS = 0.5
_AGAIN = "lesson_again"
"""Key of the question before a lesson starts over."""


def draw_panel(page: str, room: RoomLearner | None = None) -> None:
    """Draw the panel. A press in it draws only the panel again.

    Work is handed in to the learner's class room, if there is one.
    """
    if current() is not None:
        st.html(STYLE)
        draw = partial(_panel, page, room)
        page_frame.polled(_training, bool, draw, POLL_SECONDS)


def _training() -> bool:
    """Return `True` while runs of the present step are in training."""
    opened = current()
    if opened is None or opened.folded or not engine.engine().ready:
        return False
    learner = Learner(opened, page_frame.editor(), visitor_runs())
    return check_fields.in_training(learner, opened.step(learner.progress).checks)


def _panel(page: str, room: RoomLearner | None, training: bool) -> None:
    opened = current()
    if opened is None:
        return
    key = "lesson_folded" if opened.folded else "lesson_panel"
    with st.container(key=key, gap="small"):
        _head(opened)
        if opened.folded:
            return
        learner = Learner(opened, page_frame.editor(), visitor_runs())
        if not training:
            check_fields.judge_awaited(learner, opened.step(learner.progress).checks)
        _step(learner, page, room)


def _head(opened: OpenLesson) -> None:
    def fold() -> None:
        opened.folded = not opened.folded

    with layout.row("lesson_head", gap="xsmall", wrap=False):
        st.html(f'<h2 class="lesson-title">{escape(opened.lesson.title)}</h2>')
        st.button(
            "Show the lesson" if opened.folded else "Collapse the lesson",
            key="lesson_fold",
            icon=f":material/{'left_panel_open' if opened.folded else 'right_panel_close'}:",
            on_click=fold,
        )
        if page_frame.pressed("Close the lesson", key="lesson_close", icon=":material/close:"):
            opening.close()
            st.rerun()


def _step(learner: Learner, page: str, room: RoomLearner | None) -> None:
    opened, progress = learner.opened, learner.progress
    step, number = opened.step(progress), opened.number(progress)
    last = number == opened.last
    st.html(_where(number + 1, len(opened.lesson.steps), step.title))
    if number == 0:
        st.html(f'<p class="lesson-question">{coded(opened.lesson.question)}</p>')
    if step.page != page:
        label = f"This step is done on the {step.page} page"
        st.page_link(page_file(step.page), label=label, icon=":material/arrow_outward:")
    st.markdown(step.text)
    for picture in step.pictures:
        with page_frame.guarded():
            pictures.draw_picture(picture)
    for check in step.checks:
        check_fields.draw_check(check, learner)
    layout.show_error(opened.error)
    for count, hint in enumerate(step.hints[: learner.progress.hints], 1):
        with st.container(border=True, gap=None, key=f"lesson_hint_{count}"):
            st.markdown(f":orange[:material/lightbulb:] **Hint {count}.** {hint}")
    passed = [check.id for check in step.checks if check.id in learner.progress.passed]
    all_passed = len(passed) == len(step.checks)
    _buttons(step, learner, all_passed)
    news = f"{len(passed)} of {len(step.checks)} checks passed." if step.checks else ""
    announce(news, "lesson_news")
    if last:
        _end(learner, room)
    with layout.row("lesson_foot", spread=True, wrap=False):
        to_send = last and bool(learner.progress.done) and _to_send(learner, room)
        if to_send:
            _hand_in_button(learner, room)
        st.button(
            "Back",
            key="lesson_back",
            icon=":material/arrow_back:",
            disabled=number == 0,
            on_click=partial(_go, opened, number - 1),
        )
        _start_over(opened)
        if last:
            _onwards(opened, all_passed and not to_send)
            return
        st.button(
            "Next",
            key="lesson_next",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="primary" if all_passed else "secondary",
            on_click=partial(_go, opened, number + 1),
        )


def _start_over(opened: OpenLesson) -> None:
    """Draw a button that asks first, and then begins the lesson again."""

    def start_over() -> None:
        opening.start_over(opened)
        st.session_state[_AGAIN] = False
        st.rerun()

    with st.popover("Start over", type="tertiary", key=_AGAIN, on_change="rerun"):
        st.markdown(
            "Clear your answers, bets and passed checks, and put the lesson's model, data and "
            "settings in place? Undo on the Build page brings your model back, not the answers."
        )
        st.button("Clear them now", key="lesson_restart", type="primary", on_click=start_over)


def _go(opened: OpenLesson, step: int) -> None:
    if opening.go(opened, step):
        st.rerun()  # The page shows the data of the step.


def _onwards(opened: OpenLesson, passed: bool) -> None:
    """Draw the link from the last step to the next lesson, or after the last to all lessons."""
    following = _following(opened)
    label, page = "All lessons", "Learn"
    if following is not None:
        label, page = "Next lesson", following.step(following.progress()).page
    if page_frame.pressed(
        label,
        key="lesson_onwards",
        icon=":material/arrow_forward:",
        icon_position="right",
        type="primary" if passed else "secondary",
        help=following.lesson.title if following else None,
    ):
        if following is not None:
            open_lesson.open_lesson(following.name)
        st.switch_page(page_file(page))


def _following(opened: OpenLesson) -> OpenLesson | None:
    """Return the lesson that follows one of those that ship; `None` for the last and for others."""
    names = library.names()
    after = names[names.index(opened.name) + 1 :] if opened.name in names else ()
    return OpenLesson(after[0], library.load(after[0])) if after else None


def _where(number: int, count: int, title: str) -> str:
    share = f"{100 * number / count:.0f}%"
    return (
        f'<p class="quiet">Step {number} of {count}</p><div class="bar"><i class="lesson-share" '
        f'style="width:{share}"></i></div><h3 class="lesson-step">{escape(title)}</h3>'
    )


def _buttons(step: LessonStep, learner: Learner, passed: bool) -> None:
    """Draw Check and Hint. Checks that need a model wait until models can be built."""
    progress = learner.progress
    with layout.row("lesson_buttons", gap="small"):
        if step.checks and passed:
            whole = learner.opened.number(progress) == learner.opened.last and progress.done
            what = "Lesson" if whole else "Step"
            st.markdown(f":green[:material/check_circle: **{what} passed**]")
        elif step.checks:
            st.button(
                "Check",
                key="lesson_check",
                icon=":material/task_alt:",
                type="primary",
                disabled=needs_model(step.checks) and not engine.engine().ready,
                on_click=partial(_check, learner),
            )
        if progress.hints < len(step.hints):
            st.button(
                f"Hint {progress.hints + 1} of {len(step.hints)}",
                key="lesson_hint",
                icon=":material/lightbulb:",
                on_click=partial(_hint, learner.opened, len(step.hints)),
            )


def _hint(opened: OpenLesson, most: int) -> None:
    opened.update(partial(with_hint, most=most))


def _check(learner: Learner) -> None:
    page_frame.catch_up()
    with page_frame.keeping_error(learner.opened):
        learner.check(learner.opened.step(learner.progress).checks)


def _end(learner: Learner, room: RoomLearner | None) -> None:
    """Draw the lessons learnt, and the work to hand in."""
    opened, progress = learner.opened, learner.progress
    if not progress.done:
        left = progress.checks - len(progress.passed)
        if left > 0:
            st.caption(f"{len(progress.passed)} of {progress.checks} checks have passed so far.")
        return
    with st.container(border=True, gap="small", key="lesson_end"):
        st.markdown(":green[:material/check_circle:] **You have passed this lesson.**")
        if opened.lesson.learnt:
            st.markdown("\n".join(f"- {line}" for line in opened.lesson.learnt))
        if not _to_send(learner, room):
            _hand_in_button(learner, room)
        if room is None and opened.hand_in:
            _token(opened.hand_in)
        elif room is not None and room.handed_in(opened.name):
            st.markdown(":green[:material/check:] Your teacher has your work.")


def _to_send(learner: Learner, room: RoomLearner | None) -> bool:
    """Return `True` if a teacher waits for the work: the foot has the button then."""
    return room is not None and not room.handed_in(learner.opened.name)


def _hand_in_button(learner: Learner, room: RoomLearner | None) -> None:
    again = room is not None and not _to_send(learner, room)
    label = "Send again" if again else "Send to my teacher" if room else "Hand in"
    st.button(
        label,
        key="lesson_hand_in",
        icon=f":material/{'send' if room else 'assignment_turned_in'}:",
        type="secondary" if again else "primary",
        disabled=not engine.engine().ready,
        on_click=partial(_hand_in, learner, room),
    )


def _hand_in(learner: Learner, room: RoomLearner | None) -> None:
    """Make the token of the work, and send it if the learner has a teacher."""
    page_frame.catch_up()
    opened = learner.opened
    opened.hand_in = ""
    with page_frame.keeping_error(opened):
        if learner.editor.error is not None:
            raise learner.editor.error
        token = learner.hand_in()
        if room:
            room.hand_in(token)
        opened.hand_in = token


def _token(token: str) -> None:
    st.markdown("Give this token to your teacher: it holds your model, figures and answers.")
    copied_code(token, "the token", key="lesson_copy")
    st.markdown("Or this link, which opens your model:")
    st.code(page_link("Build", f"{PARAMETER}={token}"), language=None, wrap_lines=True, height=90)
