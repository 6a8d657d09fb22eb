"""Open lesson of a tab. Its progress is in the store, the same in all tabs of a browser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import streamlit as st

from components.app.parts.frame import open_lesson
from components.app.parts.frame.visitor import lesson_store, owner
from components.base import clock
from components.experiments.training.events import Outcome
from components.models.architecture.architecture import Architecture
from components.teaching.lessons.judging import CheckAnswer
from components.teaching.lessons.lesson import Control, Lesson, LessonStep
from components.teaching.people.lesson_store import MOST_WRONG, LessonProgress


@dataclass
class OpenLesson:
    """Open lesson, with the state that this tab adds to its stored progress."""

    name: str
    lesson: Lesson
    source: str = ""
    """File of the lesson, if it is none of those that ship."""
    folded: bool = False
    answers: dict[str, CheckAnswer] = field(default_factory=dict)
    """Latest answers to checks that have not passed, by id."""
    checked: Architecture | None = None
    """Model that was checked last."""
    awaited: dict[str, str] = field(default_factory=dict)
    """Checks whose runs were started here, each with the digest of the model in training.

    They are judged once the runs have ended.
    """
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """Finished runs that were read, by the digest of their request."""
    error: str | None = None
    hand_in: str = ""
    """Token that was handed in last."""

    def hides(self, part: Control) -> bool:
        """Return `True` if a part of the Build page's sidebar is hidden."""
        return bool(self.lesson.controls) and part not in self.lesson.controls

    def begun(self) -> LessonProgress:
        """Return the progress at the beginning."""
        lesson = self.lesson
        return LessonProgress(
            lesson=self.name,
            title=lesson.title,
            checks=len(lesson.checks),
            source=self.source,
        )

    def progress(self) -> LessonProgress:
        """Return the present progress."""
        return lesson_store().find(owner(), self.name) or self.begun()

    def update(self, change: Callable[[LessonProgress], LessonProgress]) -> LessonProgress:
        """Change the progress and store it."""
        progress = change(self.progress())
        lesson_store().put(owner(), progress)
        return progress

    @property
    def last(self) -> int:
        """Number of the last step, from 0."""
        return len(self.lesson.steps) - 1

    def number(self, progress: LessonProgress) -> int:
        """Return the number of the step that is shown, from 0."""
        return min(progress.step, self.last)

    def step(self, progress: LessonProgress) -> LessonStep:
        """Return the step that is shown."""
        return self.lesson.steps[self.number(progress)]

    def go(self, step: int) -> None:
        """Show another step."""
        self.answers = {}
        update: dict[str, float] = {"step": max(0, min(self.last, step)), "hints": 0}
        if step >= self.last and not self.lesson.checks:
            update["done"] = clock.now()
        self.update(lambda progress: progress.model_copy(update=update))

    def forget_answers(self, model: Architecture) -> None:
        """Forget the answers for another model."""
        if self.checked != model:
            self.answers, self.checked = {}, model


def current() -> OpenLesson | None:
    """Return the lesson that is open in this tab."""
    lesson: OpenLesson | None = st.session_state.get(open_lesson.OPEN)
    return lesson


def with_answer(progress: LessonProgress, id: str, answer: str | float | None) -> LessonProgress:
    """Return the progress with an answer to a check; `None` takes it back."""
    answers = {key: value for key, value in progress.answers.items() if key != id}
    if answer is not None:
        answers[id] = answer
    return progress.model_copy(update={"answers": answers})


def with_bet(progress: LessonProgress, id: str, choice: str, late: bool) -> LessonProgress:
    """Return the progress with a locked bet. A bet that is locked already stays unchanged."""
    if id in progress.bets:
        return progress
    return progress.model_copy(update={"bets": {**progress.bets, id: (choice, late)}})


def with_hint(progress: LessonProgress, most: int) -> LessonProgress:
    """Return the progress with one more hint."""
    return progress.model_copy(update={"hints": min(most, progress.hints + 1)})


def with_judgement(
    progress: LessonProgress,
    answers: Mapping[str, CheckAnswer],
    work: str,
    keeping: Collection[str] = (),
) -> LessonProgress:
    """Return the progress after checks were judged: tries, passed checks and the lesson's end.

    A check that was not answered has not been tried. `work` is the token of the model that was
    checked. It is kept for passed checks that are `keeping` theirs.
    """
    passed = [id for id, answer in answers.items() if answer.passed]
    all_passed = tuple(dict.fromkeys([*progress.passed, *passed]))
    tried = [id for id, answer in answers.items() if answer.answered]
    tries = {id: progress.tries.get(id, 0) + 1 for id in tried}
    failed = progress.failed_in_row
    if tried:
        failed = failed + 1 if len(passed) < len(tried) else 0
    kept = {id: work for id in passed if id in keeping and work}
    done = progress.done or (clock.now() if len(all_passed) >= progress.checks else 0.0)
    return progress.model_copy(
        update={
            "passed": all_passed,
            "tries": {**progress.tries, **tries},
            "wrong": {**progress.wrong, **_wrong(progress, {*tried} - {*passed})},
            "failed_in_row": failed,
            "done": done,
            "work": work,
            "earlier": {**progress.earlier, **kept},
        }
    )


def _wrong(progress: LessonProgress, failed: Collection[str]) -> dict[str, tuple[str | float, ...]]:
    """Return the wrong answers to checks that have failed just now."""
    wrong = {}
    for id in failed & progress.answers.keys():
        earlier = (one for one in progress.wrong.get(id, ()) if one != progress.answers[id])
        wrong[id] = (*earlier, progress.answers[id])[-MOST_WRONG:]
    return wrong
