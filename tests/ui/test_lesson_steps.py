"""Progress on a lesson: what each action changes."""

from __future__ import annotations

from components.lessons.judging import CheckAnswer
from components.people.lesson_store import MOST_WRONG, STUCK_SECONDS, LessonProgress
from components.ui.lesson import session as steps

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


def test_tries_are_counted_and_three_failures_mean_stuck() -> None:
    progress = BEGUN
    for _ in range(3):
        assert not progress.is_stuck(0.0)
        progress = steps.with_judgement(progress, {"one": PASS, "two": MISS}, "token")
    assert (progress.tries, progress.failed_in_row) == ({"one": 3, "two": 3}, 3)
    assert progress.is_stuck(0.0)
    passed = steps.with_judgement(progress, {"two": PASS}, "token")
    assert (passed.failed_in_row, passed.passed, passed.done) == (0, ("one", "two"), 0.0)
    assert passed.is_stuck(STUCK_SECONDS)


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
    assert not done.is_stuck(STUCK_SECONDS)


def test_a_check_keeps_the_model_that_passed_it() -> None:
    first = steps.with_judgement(BEGUN, {"one": PASS, "two": MISS}, "first", {"one", "two"})
    later = steps.with_judgement(first, {"two": PASS, "three": PASS}, "later", {"two"})
    assert later.earlier == {"one": "first", "two": "later"}
    assert later.work == "later"
