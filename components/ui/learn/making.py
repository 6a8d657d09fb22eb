"""Make a lesson of the present model: fields, checks, a preview, a file and a link."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.core.errors import LessonError, PlaygroundError
from components.core.markup import escape_markdown, message_markdown
from components.core.text import identifier, plural
from components.lessons.building import evidence_of, facts_of
from components.lessons.checks import ArchitectureCheck, BetCheck
from components.lessons.evidence import LockedBet
from components.lessons.judging import CheckAnswer, judge, judge_all
from components.lessons.lesson import LESSON, Lesson
from components.lessons.making import answers_of, suggested
from components.model.spec import Architecture
from components.ui.kit import layout, page_frame
from components.ui.kit.copy_button import copy_button
from components.ui.kit.downloads import download
from components.ui.kit.sharing import page_link
from components.ui.kit.visitor import visitor_runs
from components.ui.learn import making_fields
from components.ui.learn.making_fields import Runs
from components.ui.learn.making_state import (
    MakingModels,
    MakingState,
    lesson_of_state,
    models_of,
    of_session,
)

POLL_SECONDS = 0.5


def making() -> None:
    """The section of the Learn page. Its fields appear once someone begins."""
    state = of_session()
    layout.heading("Make a lesson of this")
    st.caption(
        "Your present model, with the data and settings of the Train page, becomes the solution "
        "of a lesson of your own."
    )
    if not state.begun:
        st.button(
            "Make a lesson",
            key="making.begin",
            icon=":material/edit_note:",
            on_click=lambda: setattr(state, "begun", True),
        )
        return
    page_frame.await_engine("you can make a lesson", lambda: _section(state))


def _section(state: MakingState) -> None:
    runs = visitor_runs()
    watched = _in_training(making_fields.all_runs(state, models_of(state), runs))

    @st.fragment(run_every=POLL_SECONDS if watched else None)
    @page_frame.guarded()
    def section() -> None:
        models = models_of(state)
        shown = making_fields.all_runs(state, models, runs)
        if _in_training(shown) != watched:
            st.rerun()
        fields, preview = st.columns([3, 2], gap="medium")
        with fields:
            making_fields.head(state)
            proposals = suggested(facts_of(models.solution.architecture))
            making_fields.steps(state, models, proposals, runs, shown)
        with preview, st.container(key="making_result"):
            _result(state, models, shown)

    section()


def _in_training(shown: Runs) -> bool:
    return any(one.sweep is not None for one in shown.values())


def _result(state: MakingState, models: MakingModels, shown: Runs) -> None:
    """The lesson as learners see it, its file and its link; or what is missing."""
    st.markdown("**What learners see**")
    if state.error:
        st.error(message_markdown(state.error), icon=":material/error:")
    scores = {key: one.scores for key, one in shown.items()}
    try:
        lesson = lesson_of_state(state, models, scores)
    except LessonError as error:
        st.info(message_markdown(str(error)), icon=":material/edit:")
        return
    solved = _judged(lesson, state, models.solution.architecture, scores)
    _notes(lesson, solved, models)
    _handed_out(lesson)
    _preview(lesson, solved)


def _judged(
    lesson: Lesson,
    state: MakingState,
    model: Architecture,
    scores: Mapping[str, Mapping[int, float]],
) -> dict[str, CheckAnswer]:
    """The answers that the solution gets."""
    keys = [check.key for check in state.draft.checks]
    by_id = {check.id: scores.get(key, {}) for check, key in zip(lesson.checks, keys, strict=True)}
    answers = answers_of(state.draft)
    bets = {
        check.id: LockedBet(choice=check.answer)
        for check in lesson.checks
        if isinstance(check, BetCheck)
    }
    return judge_all(lesson, evidence_of(model, answers, bets, by_id))


def _notes(lesson: Lesson, solved: Mapping[str, CheckAnswer], models: MakingModels) -> None:
    """Whether the present model passes, and whether the start already does."""
    passed = sum(answer.passed for answer in solved.values())
    checks = plural(len(solved), "check")
    if not solved:
        st.warning("A lesson without checks passes when its last step is read.")
    elif passed < len(solved):
        st.warning(f"The present model passes {passed} of {checks}.", icon=":material/rule:")
    else:
        st.success(f"The present model passes {checks}.", icon=":material/check_circle:")
    if models.own_data:
        st.caption("Your own data file is not in the lesson: learners keep their data.")
    idle = [check.text for check in lesson.checks if _passes_at_start(lesson, check, models)]
    if idle:
        listed = "\n".join(f"- {text}" for text in idle)
        st.warning(f"The start passes these checks, too: nothing is left to do.\n{listed}")


def _passes_at_start(lesson: Lesson, check: object, models: MakingModels) -> bool:
    if not isinstance(check, ArchitectureCheck):
        return False
    return judge(check, lesson, evidence_of(models.start, {}, {}, {})).passed


def _handed_out(lesson: Lesson) -> None:
    name = identifier(lesson.title, "lesson")
    with layout.row("making_out"):
        download(
            "Download the lesson's file",
            lesson.yaml_text,
            f"{name}.yaml",
            key="making.file",
            width="content",
        )
    try:
        token = lesson.token()
    except PlaygroundError as error:
        st.warning(message_markdown(str(error)), icon=":material/link_off:")
        return
    link = page_link(lesson.steps[0].page, f"{LESSON}={token}")
    st.markdown("The link holds the whole lesson:")
    st.code(link, language=None, wrap_lines=True, height=90)
    if refused := copy_button(link, "the link", key="making_copy"):
        st.caption(refused)


def _preview(lesson: Lesson, solved: Mapping[str, CheckAnswer]) -> None:
    """Each step as its panel shows it, with whether its checks pass now."""
    for number, step in enumerate(lesson.steps, 1):
        with st.container(border=True, gap="small", key=f"making_preview_{number}"):
            st.caption(f"Step {number} of {len(lesson.steps)} · {step.page} page")
            st.markdown(f"**{escape_markdown(step.title)}**")
            st.markdown(step.text)
            for check in step.checks:
                answer = solved[check.id]
                color, icon = ("green", "check_circle") if answer.passed else ("orange", "cancel")
                st.markdown(f":{color}[:material/{icon}:] {check.text}")
                st.caption(message_markdown(answer.text))
            if step.hints:
                st.caption(f"{plural(len(step.hints), 'hint')}, shown one after another.")
