"""Progress on a lesson, and its change by each action."""

from __future__ import annotations

import pytest

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.lesson import session as steps
from components.app.parts.lesson.learner import OF_MODEL, Learner
from components.app.parts.lesson.session import OpenLesson
from components.experiments.queue.run_service import service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.teaching.lessons import library
from components.teaching.lessons.checks import ChoiceCheck
from components.teaching.lessons.judging import CheckAnswer
from components.teaching.people.lesson_store import MOST_WRONG, LessonProgress
from tests.app.pages.desk import VISITOR

BEGUN = LessonProgress(lesson="xor", checks=3)
PASS, MISS = CheckAnswer(True, "yes"), CheckAnswer(False, "no")
NOTHING = CheckAnswer(False, "Type a number.", answered=False)


def test_answers_are_noted_and_taken_back() -> None:
    answered = steps.with_answer(BEGUN, "one", 4.0)
    assert answered.answers == {"one": 4.0}
    assert steps.with_answer(answered, "one", None).answers == {}


def test_a_bet_stays_as_it_was_locked() -> None:
    locked = steps.with_bet(BEGUN, "bet", "yes", False)
    assert steps.with_bet(locked, "bet", "no", True).bets == {"bet": ("yes", False)}


def test_hints_end() -> None:
    shown = steps.with_hint(steps.with_hint(BEGUN, 2), 2)
    assert (shown.hints, steps.with_hint(shown, 2).hints) == (2, 2)


def test_tries_and_failures_in_a_row_are_counted() -> None:
    progress = BEGUN
    for _ in range(3):
        progress = steps.with_judgement(progress, {"one": PASS, "two": MISS}, "token")
    assert (progress.tries, progress.failed_in_row) == ({"one": 3, "two": 3}, 3)
    passed = steps.with_judgement(progress, {"two": PASS}, "token")
    assert (passed.failed_in_row, passed.passed, passed.done) == (0, ("one", "two"), 0.0)


def test_a_check_that_was_not_answered_is_not_tried() -> None:
    failed = steps.with_judgement(BEGUN, {"one": MISS, "two": NOTHING}, "token")
    assert (failed.tries, failed.failed_in_row) == ({"one": 1}, 1)
    assert steps.with_judgement(failed, {"two": NOTHING}, "token").failed_in_row == 1
    assert steps.with_judgement(failed, {"one": PASS, "two": NOTHING}, "").failed_in_row == 0


def test_wrong_answers_are_kept_once_and_are_few() -> None:
    progress = BEGUN
    for number in [7, *range(MOST_WRONG + 2), 7]:
        progress = steps.with_answer(progress, "one", number)
        progress = steps.with_judgement(progress, {"one": MISS, "two": MISS}, "token")
    assert progress.wrong == {"one": (2, 3, 4, 5, 6, 8, 9, 10, 11, 7)}
    right = steps.with_judgement(steps.with_answer(progress, "one", 1), {"one": PASS}, "token")
    assert right.wrong == progress.wrong


def test_the_last_check_ends_the_lesson() -> None:
    answers = dict.fromkeys(("one", "two", "three"), PASS)
    done = steps.with_judgement(BEGUN, answers, "token")
    assert done.done > 0


def test_a_check_keeps_the_model_that_passed_it() -> None:
    first = steps.with_judgement(BEGUN, {"one": PASS, "two": MISS}, "first", {"one", "two"})
    later = steps.with_judgement(first, {"two": PASS, "three": PASS}, "later", {"two"})
    assert later.earlier == {"one": "first", "two": "later"}
    assert later.work == "later"


# One learner


class KeptProgress:
    """Store of progress, of one person and one lesson."""

    def __init__(self) -> None:
        self.kept: LessonProgress | None = None

    def find(self, _: str, __: str) -> LessonProgress | None:
        return self.kept

    def put(self, _: str, progress: LessonProgress) -> None:
        self.kept = progress


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> OpenLesson:
    """Return a lesson that was opened just now."""
    kept = KeptProgress()
    monkeypatch.setattr(steps, "lesson_store", lambda: kept)
    monkeypatch.setattr(steps, "owner", lambda: "")
    return OpenLesson("xor", library.load("xor"))


def learner(opened: OpenLesson, editor: ModelEditor) -> Learner:
    """Return a learner without runs."""
    return Learner(opened, editor, VisitorRuns(service(), VISITOR))


def test_an_answer_since_the_page_was_drawn_is_judged(opened: OpenLesson) -> None:
    check = next(one for one in opened.lesson.checks if isinstance(one, ChoiceCheck))
    drawn = learner(opened, ModelEditor.of(opened.lesson.solution.architecture))
    opened.update(lambda progress: steps.with_answer(progress, check.id, check.options[0].text))
    assert drawn.check([check])[check.id].answered


def test_a_draft_with_an_error_passes_no_check(opened: OpenLesson) -> None:
    """Take a draft whose earlier model would pass; the draft is on the page."""
    editor = ModelEditor.of(opened.lesson.solution.architecture)
    editor.edit(lambda draft: draft["merges"][0].update(sources=[]))
    editor.check(None)
    checks = [check for check in opened.lesson.checks if isinstance(check, OF_MODEL)]
    answers = learner(opened, editor).check(checks)
    assert answers.keys() == {check.id for check in checks}
    assert all(str(editor.error) in answer.text for answer in answers.values())
    assert not any(answer.passed for answer in answers.values())


def test_answers_that_another_model_got_are_forgotten(opened: OpenLesson) -> None:
    start, solution = opened.lesson.start.architecture, opened.lesson.solution.architecture
    learner(opened, ModelEditor.of(start))
    opened.answers = {"one": MISS}
    learner(opened, ModelEditor.of(start))
    assert opened.answers == {"one": MISS}
    learner(opened, ModelEditor.of(solution))
    assert opened.answers == {}
