"""The fields of a lesson that is being made: its head, its start, its steps and their checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, get_args

import streamlit as st

from components.core.markup import message_markdown
from components.core.text import plural
from components.lessons.facts import FACTS
from components.lessons.lesson import MOST_CHECKS, MOST_MINUTES, MOST_STEPS, Control, LessonPage
from components.lessons.making import DraftCheck, DraftKind, DraftStep, check_text, runs_lesson
from components.runs.visitor_runs import VisitorRuns
from components.ui.kit import forms, layout, page_frame
from components.ui.learn.making_state import (
    MakingModels,
    MakingState,
    of_session,
    starts,
    with_bar,
)
from components.ui.lesson import seed_runs
from components.ui.lesson.seed_runs import SeedRuns

QUESTIONS: Mapping[str, DraftKind] = {
    "An accuracy to reach": "runs",
    "A number to type": "number",
    "A choice": "choice",
    "A bet": "bet",
}
TITLES: Mapping[DraftKind, str] = {
    "fact": "What the model must be",
    "runs": "What the model must reach",
    "number": "A number to type",
    "choice": "A choice",
    "bet": "A bet, locked before the runs",
}
Runs = Mapping[str, SeedRuns]
"""The runs of checks, by the keys of the checks."""


def text(item: Any, name: str, label: str, **more: Any) -> None:
    """A text field of one line that sets an attribute."""
    value, key = getattr(item, name), f"making.{item.key}.{name}"
    st.text_input(label, value, **forms.linked(key, value, partial(setattr, item, name)), **more)


def area(item: Any, name: str, label: str, **more: Any) -> None:
    """A text field of several lines that sets an attribute."""
    value, key = getattr(item, name), f"making.{item.key}.{name}"
    st.text_area(label, value, **forms.linked(key, value, partial(setattr, item, name)), **more)


def number(item: Any, name: str, label: str, **more: Any) -> None:
    """A number field that sets an attribute."""
    value, key = getattr(item, name), f"making.{item.key}.{name}"
    change = partial(setattr, item, name)
    st.number_input(label, value=value, **forms.linked(key, value, change), **more)


def head(state: MakingState) -> None:
    """Title, question, minutes, start and controls."""
    draft = state.draft
    text(draft, "title", "Title", max_chars=300, placeholder="When is a sum enough?")
    text(draft, "question", "Question", max_chars=300, placeholder="What should one find out?")
    minutes, start = st.columns([1, 3], gap="small")
    with minutes:
        number(draft, "minutes", "Minutes", min_value=1, max_value=MOST_MINUTES)
    with start:
        forms.select(
            "Starts with",
            starts(),
            state.start,
            "making.start",
            partial(setattr, state, "start"),
            help="The model that learners begin with. Its data and settings are those of the "
            "Train page. The present model is the solution.",
        )
    controls = list(draft.controls)
    st.multiselect(
        "Parts of the Build page's sidebar that are shown",
        get_args(Control),
        controls,
        format_func=str.capitalize,
        placeholder="All",
        **forms.linked("making.controls", controls, partial(setattr, draft, "controls")),
    )


def steps(
    state: MakingState,
    models: MakingModels,
    proposals: Sequence[DraftCheck],
    runs: VisitorRuns,
    shown: Runs,
) -> None:
    """All steps, and the button that adds one."""
    draft = state.draft
    for position, step in enumerate(draft.steps, 1):
        with st.container(border=True, key=f"making_step_{step.key}"):
            _step_head(state, step, position)
            for check in list(step.checks):
                _check(step, check, models, runs, shown)
            _add_check(step, models, proposals)
    st.button(
        "Add a step",
        key="making.add_step",
        icon=":material/add:",
        disabled=len(draft.steps) >= MOST_STEPS,
        on_click=lambda: draft.steps.append(DraftStep()),
    )
    area(draft, "learnt", "What one should have learnt, one sentence a line", height=80)


def _step_head(state: MakingState, step: DraftStep, position: int) -> None:
    draft = state.draft
    with layout.row(f"making_step_head_{step.key}", spread=True, wrap=False):
        st.markdown(f"**Step {position}**", width="content")
        st.button(
            f"Remove step {position}",
            key=f"making.remove.{step.key}",
            type="tertiary",
            icon=":material/delete:",
            disabled=len(draft.steps) == 1,
            on_click=lambda: draft.steps.remove(step),
        )
    text(step, "title", "Title of the step", max_chars=300)
    area(
        step,
        "text",
        "Text",
        max_chars=4000,
        help="Markdown, with formulas between $ signs. Learners read it in a narrow panel.",
    )
    pages = {page: page for page in get_args(LessonPage)}
    change = partial(setattr, step, "page")
    forms.select("Done on the page", pages, step.page, f"making.{step.key}.page", change)
    area(
        step,
        "hints",
        "Hints, up to three, one a line",
        height=80,
        help="Shown one after another: the first should say least.",
    )


def _add_check(step: DraftStep, models: MakingModels, proposals: Sequence[DraftCheck]) -> None:
    by_title = {check_text(check, models.measure): check for check in proposals}
    key = f"making.add.{step.key}"

    def add() -> None:
        chosen = st.session_state[key]
        if chosen in QUESTIONS:
            step.checks.append(DraftCheck(QUESTIONS[chosen]))
        elif chosen in by_title:
            proposal = by_title[chosen]
            step.checks.append(
                DraftCheck("fact", fact=proposal.fact, wanted=proposal.wanted, limit=proposal.limit)
            )

    st.menu_button(
        "Add a check",
        [*by_title, *QUESTIONS],
        icon=":material/task_alt:",
        key=key,
        disabled=len(step.checks) >= MOST_CHECKS,
        on_click=add,
    )


def _check(
    step: DraftStep, check: DraftCheck, models: MakingModels, runs: VisitorRuns, shown: Runs
) -> None:
    with st.container(border=True, gap="small", key=f"making_check_{check.key}"):
        with layout.row(f"making_check_head_{check.key}", spread=True, wrap=False):
            st.markdown(f"**{TITLES[check.kind]}**", width="content")
            st.button(
                "Remove",
                key=f"making.remove.{check.key}",
                type="tertiary",
                icon=":material/delete:",
                on_click=lambda: step.checks.remove(check),
            )
        if check.kind in ("fact", "runs"):
            _condition(check, models, runs, shown)
        else:
            text(check, "text", "Question", max_chars=600)
        if check.kind == "number":
            number(check, "limit", "Right answer", format="%.10g", placeholder="A number")
            number(check, "tolerance", "It may differ by", min_value=0.0, format="%.10g")
        elif check.kind in ("choice", "bet"):
            bet = check.kind == "bet"
            text(check, "right", "What turns out right" if bet else "Right answer", max_chars=300)
            area(check, "others", "Other answers, one a line", height=80)


def _condition(check: DraftCheck, models: MakingModels, runs: VisitorRuns, shown: Runs) -> None:
    """What a fact or the runs must be, and what learners read about it."""
    scored = shown.get(check.key)
    written = with_bar(check, scored.scores if scored else {})
    if check.kind == "runs":
        _bar(check, written, models)
        _trained(scored, models, runs, check)
    elif check.limit is not None:
        number(check, "limit", f"{FACTS[check.fact].title} at most", min_value=0, step=1)
    sentence = check_text(DraftCheck(**{**vars(written), "text": ""}), models.measure)
    text(check, "text", "What learners read", max_chars=600, placeholder=sentence)


def _bar(check: DraftCheck, written: DraftCheck, models: MakingModels) -> None:
    """The seeds, and the least mean: in percent if it is an accuracy."""
    scale = 100 if models.measure.share else 1

    def change(value: float | None) -> None:
        check.limit = None if value is None else value / scale

    value = None if written.limit is None else round(written.limit * scale, 6)
    seeds, bar = st.columns(2, gap="small")
    with seeds:
        number(check, "seeds", "Seeds", min_value=1, max_value=20)
    bar.number_input(
        f"{models.measure.title.capitalize()} at least{' (%)' if models.measure.share else ''}",
        value=value,
        format="%.10g",
        placeholder="A little under the mean",
        **forms.linked(f"making.{check.key}.bar", value, change),
    )


def _trained(
    scored: SeedRuns | None, models: MakingModels, runs: VisitorRuns, check: DraftCheck
) -> None:
    """What the present model reaches, or the button that trains the seeds that are missing."""
    if scored is None:
        st.caption("Training needs data that everyone has: choose it on the Train page.")
    elif scored.sweep is not None:
        share, words = seed_runs.progress(scored, runs)
        st.progress(share, text=words)
    elif not scored.complete:
        if scored.failure:
            st.error(message_markdown(scored.failure), icon=":material/error:")
        st.caption(f"{len(scored.scores)} of {plural(check.seeds, 'seed')} are trained.")
        st.button(
            scored.button,
            key=f"making.train.{check.key}",
            icon=":material/play_arrow:",
            help="Trains the present model with the data and settings of the Train page.",
            on_click=partial(_train, scored, models, runs, of_session()),
        )
    else:
        reached = ", ".join(models.measure.text(one) for one in scored.scores.values())
        st.caption(f"The present model reaches {reached}.")


def _train(scored: SeedRuns, models: MakingModels, runs: VisitorRuns, state: MakingState) -> None:
    with page_frame.keeping_error(state):
        lesson, _ = runs_lesson(models.solution, scored.check.seeds)
        seed_runs.start(scored, lesson, runs)


def all_runs(state: MakingState, models: MakingModels, runs: VisitorRuns) -> Runs:
    """The runs of all checks that ask for some."""
    asked = (check for check in state.draft.checks if check.kind == "runs")
    shown = {check.key: models.runs(check, state, runs) for check in asked}
    return {key: one for key, one in shown.items() if one is not None}
