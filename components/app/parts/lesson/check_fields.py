"""Checks of a step as fields: bets, numbers, choices, conditions, and runs to train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.app.parts.frame import engine, page_frame
from components.app.parts.lesson.learner import Learner
from components.app.parts.lesson.session import with_answer
from components.app.parts.widgets import bets, forms
from components.base.markup import escape_markdown, message_markdown
from components.teaching.lessons.checks import BetCheck, Check, ChoiceCheck, NumberCheck, RunsCheck
from components.teaching.lessons.judging import LATE_BET, known_figure


def draw_check(check: Check, learner: Learner) -> None:
    """Draw a check: its question, the field, and the answer."""
    passed = check.id in learner.progress.passed
    with st.container(border=True, gap="xsmall", key=f"lesson_check_{check.id}"):
        mark = ":green[:material/check_circle:] " if passed else ""
        st.markdown(f"{mark}{check.text}")
        if isinstance(check, BetCheck):
            _bet(check, learner)
        elif isinstance(check, NumberCheck):
            _number(check, learner, passed)
        elif isinstance(check, ChoiceCheck):
            _choice(check, learner, passed)
        elif isinstance(check, RunsCheck):
            _runs(check, learner, passed)
        if check.id not in learner.progress.bets:
            _answer(check, learner, passed)


def in_training(learner: Learner, checks: Sequence[Check]) -> bool:
    """Return `True` while the visitor's runs of one of these checks are in training."""
    if learner.editor.error is not None:
        return False
    runs = (check for check in checks if isinstance(check, RunsCheck))
    return any(learner.seed_runs(check).sweep is not None for check in runs)


def judge_awaited(learner: Learner, checks: Sequence[Check]) -> None:
    """Judge the checks whose runs were started here and have ended.

    If another model is open than the one that was trained, they stay awaited.
    """
    awaited, editor = learner.opened.awaited, learner.editor
    mine = [check for check in checks if check.id in awaited and editor.error is None]
    mine = [check for check in mine if awaited[check.id] == editor.valid.digest]
    for check in mine:
        del awaited[check.id]
    learner.check(mine)


def _answer(check: Check, learner: Learner, passed: bool) -> None:
    """Draw the latest answer: in green if the check has passed, otherwise what is missing."""
    answer = learner.opened.answers.get(check.id)
    if answer is not None and answer.passed == passed:
        color, icon = ("green", "check") if passed else ("orange", "arrow_right")
        st.markdown(f":{color}[:material/{icon}:] {message_markdown(answer.text)}")


def _changed(learner: Learner, id: str) -> Callable[[str | float | None], None]:
    def changed(value: str | float | None) -> None:
        learner.opened.answers.pop(id, None)
        learner.opened.update(lambda progress: with_answer(progress, id, value))

    return changed


def _bet(check: BetCheck, learner: Learner) -> None:
    choice, late = learner.progress.bets.get(check.id, ("", False))
    options = {option: option for option in check.options}
    key = f"lesson_bet_{learner.opened.name}_{check.id}"
    bets.bet(options, choice, partial(_lock, learner, check), key=key)
    if late:
        st.caption(LATE_BET)
    if result := learner.bet_result(check):
        st.markdown(escape_markdown(result))


def _lock(learner: Learner, check: BetCheck, choice: str) -> None:
    page_frame.catch_up()
    page_frame.attempt(learner.opened, partial(learner.lock, check, choice))


def _number(check: NumberCheck, learner: Learner, passed: bool) -> None:
    value = learner.progress.answers.get(check.id)
    number = float(value) if isinstance(value, int | float) else None
    key = f"lesson_number_{learner.opened.name}_{check.id}"
    st.number_input(
        bets.number_label(check.unit),
        value=number,
        step=None if check.tolerance else 1.0,
        format="%.10g",
        placeholder="A number",
        disabled=passed,
        **forms.linked(key, number, _changed(learner, check.id)),
    )


def _choice(check: ChoiceCheck, learner: Learner, passed: bool) -> None:
    options = [option.text for option in check.options]
    value = learner.progress.answers.get(check.id)
    chosen = value if value in options else None
    key = f"lesson_choice_{learner.opened.name}_{check.id}"
    st.radio(
        "Your answer",
        options,
        index=None if chosen is None else options.index(str(chosen)),
        disabled=passed,
        label_visibility="collapsed",
        **forms.linked(key, chosen, _changed(learner, check.id)),
    )


def _runs(check: RunsCheck, learner: Learner, passed: bool) -> None:
    """Draw the button that trains the seeds, or their progress with Stop."""
    if learner.editor.error is not None or not engine.engine().ready:
        return
    shown = learner.seed_runs(check)
    if shown.sweep is not None:
        share, text = shown.progress(learner.runs)
        st.progress(share, text=text)
        stop = partial(
            page_frame.attempt, learner.opened, partial(learner.runs.end, shown.sweep.id)
        )
        st.button("Stop", key=f"lesson_stop_{check.id}", icon=":material/stop:", on_click=stop)
        return
    if shown.scores and check.id not in learner.opened.answers:
        answer = learner.judge([check])[check.id]
        st.caption(message_markdown(answer.text))
    elif figure := known_figure(check, learner.opened.lesson, learner.editor.valid):
        st.caption(message_markdown(figure))
    if not shown.wanted or passed:
        return
    st.button(
        shown.button,
        key=f"lesson_train_{check.id}",
        icon=":material/play_arrow:",
        help="Trains the present model with the lesson's data and settings.",
        on_click=partial(_train, learner, check),
    )


def _train(learner: Learner, check: RunsCheck) -> None:
    page_frame.catch_up()
    with page_frame.keeping_error(learner.opened):
        if learner.editor.error is not None:
            raise learner.editor.error
        learner.train(learner.seed_runs(check))
