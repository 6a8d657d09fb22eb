"""A check with `keeps` stays passed by the model that passed it."""

from __future__ import annotations

from components.lessons import library
from components.lessons.evidence import evidence_of
from components.lessons.hand_in import HandIn, parse_hand_in
from components.lessons.judging import CheckAnswer, judge
from components.lessons.lesson import Lesson, lesson_of


def with_check(keeps: bool) -> Lesson:
    """A lesson that asks for a late sum, which its solution no longer has."""
    check = {
        "id": "sums",
        "kind": "architecture",
        "text": "Add up opinions.",
        "keeps": keeps,
        "conditions": [{"of": "additive", "equals": True, "otherwise": "Not a sum."}],
    }
    data = {**library.load("xor").data(), "answers": {}}
    return lesson_of({**data, "steps": [{"title": "t", "text": "t", "checks": [check]}]})


def judged(lesson: Lesson, kept: bool) -> CheckAnswer:
    earlier = {"sums": lesson.start.architecture} if kept else {}
    evidence = evidence_of(lesson.solution.architecture, {}, {}, {}, earlier=earlier)
    return judge(lesson.checks[0], lesson, evidence)


def test_a_kept_model_counts_for_its_check_only_if_the_check_keeps_it() -> None:
    keeping, present = with_check(keeps=True), with_check(keeps=False)
    assert judged(keeping, kept=True).passed
    assert not judged(keeping, kept=False).passed
    assert judged(present, kept=True).text == "Not a sum."


def test_kept_models_come_back_from_a_token() -> None:
    lesson = with_check(keeps=True)
    work = HandIn(
        lesson="xor",
        digest=lesson.digest,
        work=lesson.solution,
        earlier={"sums": lesson.start},
    )
    assert parse_hand_in(work.token()) == work
