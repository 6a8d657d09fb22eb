"""What changes the progress on a lesson, as functions from progress to progress."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from components.lessons.judging import CheckAnswer
from components.people.lesson_store import LessonProgress


def with_answer(progress: LessonProgress, id: str, answer: str | float | None) -> LessonProgress:
    """The progress with an answer to a check; `None` takes it back."""
    answers = {key: value for key, value in progress.answers.items() if key != id}
    if answer is not None:
        answers[id] = answer
    return progress.model_copy(update={"answers": answers})


def with_bet(progress: LessonProgress, id: str, choice: str, late: bool) -> LessonProgress:
    """The progress with a locked bet. A bet that is locked already stays as it is."""
    if id in progress.bets:
        return progress
    return progress.model_copy(update={"bets": {**progress.bets, id: (choice, late)}})


def with_hint(progress: LessonProgress, most: int) -> LessonProgress:
    """The progress with one hint more."""
    return progress.model_copy(update={"hints": min(most, progress.hints + 1)})


def with_judgement(
    progress: LessonProgress,
    answers: Mapping[str, CheckAnswer],
    work: str,
    keeping: Collection[str] = (),
) -> LessonProgress:
    """The progress after checks were judged: tries, what passed, and whether all is done.

    `work` is the token of the model that was checked. It stays with those of the checks that are
    `keeping` theirs and passed.
    """
    passed = [id for id, answer in answers.items() if answer.passed]
    all_passed = tuple(dict.fromkeys([*progress.passed, *passed]))
    tries = {id: progress.tries.get(id, 0) + 1 for id in answers}
    failed = progress.failed_in_row + 1 if len(passed) < len(answers) else 0
    kept = {id: work for id in passed if id in keeping and work}
    done = progress.done or (time.time() if len(all_passed) >= progress.checks else 0.0)
    return progress.model_copy(
        update={
            "passed": all_passed,
            "tries": {**progress.tries, **tries},
            "failed_in_row": failed,
            "done": done,
            "work": work,
            "earlier": {**progress.earlier, **kept},
        }
    )
