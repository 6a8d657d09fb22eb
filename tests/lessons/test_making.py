"""Lessons from a plain description: what is missing, and what the model that made them passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.core.errors import LessonError
from components.export.link import LinkContent
from components.lessons.building import evidence_of, facts_of
from components.lessons.evidence import LockedBet
from components.lessons.judging import judge_all
from components.lessons.lesson import Lesson, parse_lesson, parse_lesson_token
from components.lessons.making import (
    DraftCheck,
    DraftStep,
    LessonDraft,
    answers_of,
    bar_below,
    check_text,
    lesson_from,
    rounded_up,
    runs_lesson,
    suggested,
)
from components.model.spec import Architecture
from components.race.measures import measure_of
from components.training.requests import Settings
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.lessons.test_judging import model

DATA = DataSpec(relation=RELATIONS["xor"](), samples=100)
PRODUCT = {"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}
CHOICE = DraftCheck("choice", "Why?", right="A product", others="A sum\n\nMore weights")
BET = DraftCheck("bet", "Which wins?", right="sum", others="product")
NUMBER = DraftCheck("number", "How many?", limit=3, tolerance=0.5)
RUNS = DraftCheck("runs", limit=0.9, seeds=2)


def solution(**parts: object) -> LinkContent:
    return LinkContent(model(merges=[PRODUCT], **parts), DATA, Settings(epochs=2))


def draft(*checks: DraftCheck) -> LessonDraft:
    steps = [DraftStep("Try it", "Is $a$ enough?", hints="One\nTwo", checks=list(checks))]
    return LessonDraft("A product", "Why multiply?", steps=steps)


def lesson(described: LessonDraft, start: Architecture | None = None) -> Lesson:
    solved = solution()
    content = replace(solved, architecture=start or model())
    return lesson_from(described, content, solved, measure_of(model().heads[0], validated=True))


def test_what_holds_now_becomes_checks_that_the_start_may_fail() -> None:
    described = draft(*suggested(facts_of(solution().architecture)))
    made = lesson(described)
    texts = [check.text for check in made.checks]
    assert texts == [
        "Use at most 36 parameters.",
        "Put no layer behind the merge.",
        "Use the merge multiply.",
        "Do not only add up functions of one input each.",
        "Multiply values of different inputs.",
    ]
    solved = judge_all(made, evidence_of(solution().architecture, {}, {}, {}))
    assert all(answer.passed for answer in solved.values())
    begun = judge_all(made, evidence_of(model(), {}, {}, {}))
    assert [answer.passed for answer in begun.values()] == [False, True, False, False, False]


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_passes_the_checks_that_are_suggested_for_it(name: str) -> None:
    content = LinkContent(presets.load(name), DATA)
    described = draft(*suggested(facts_of(content.architecture)))
    made = lesson_from(described, content, content, measure_of(model().heads[0], True))
    solved = judge_all(made, evidence_of(content.architecture, {}, {}, {}))
    assert [answer.text for answer in solved.values() if not answer.passed] == []


def test_questions_bets_and_runs_pass_with_the_solutions_answers() -> None:
    described = draft(CHOICE, BET, NUMBER, RUNS)
    made = lesson(described)
    answers = answers_of(described)
    assert made.answers == answers == {"check_1": "A product", "check_2": "sum", "check_3": 3}
    bets = {"check_2": LockedBet(choice="sum")}
    scores = {"check_4": {0: 0.95, 1: 0.91}}
    solved = judge_all(made, evidence_of(solution().architecture, answers, bets, scores))
    assert all(answer.passed for answer in solved.values())
    scores = {"check_4": {0: 0.85, 1: 0.91}}
    assert not judge_all(made, evidence_of(model(), {}, {}, scores))["check_4"].passed
    bet, runs = made.check("check_2"), made.check("check_4")
    assert (getattr(bet, "reveal", ""), runs.text) == (
        "check_4",
        "Reach at least 90.0 % over 2 seeds.",
    )


def test_the_file_and_the_link_hold_the_same_lesson() -> None:
    described = replace(draft(CHOICE, RUNS), controls=("merges",), learnt="Products meet.\n")
    made = lesson(described)
    assert parse_lesson(made.yaml_text()) == parse_lesson_token(made.token()) == made
    assert (made.controls, made.learnt, made.steps[0].hints) == (
        ("merges",),
        ("Products meet.",),
        ("One", "Two"),
    )
    assert made.start.data == made.solution.data == DATA


@pytest.mark.parametrize(
    ("described", "rule"),
    [
        (replace(draft(), title=" "), "A lesson needs a title."),
        (replace(draft(), question=""), "A lesson needs a question."),
        (replace(draft(), steps=[DraftStep("", "x")]), "Step 1 needs a title."),
        (replace(draft(), steps=[DraftStep("x", "")]), "Step 1 needs a text."),
        (draft(replace(CHOICE, text="")), "A choice needs a question."),
        (draft(replace(CHOICE, right="")), "The question `Why?` needs a right answer."),
        (draft(replace(BET, others="sum")), "needs at least one other answer."),
        (draft(replace(NUMBER, limit=None)), "needs the number that is right."),
        (draft(replace(RUNS, limit=None)), "A check of runs needs a value to reach."),
        (replace(draft(), minutes=0), "`minutes` of a lesson must be valid"),
        (replace(draft(), steps=[DraftStep("x", "x", hints="1\n2\n3\n4")]), "steps.0.hints"),
    ],
)
def test_what_is_missing_is_a_sentence(described: LessonDraft, rule: str) -> None:
    with pytest.raises(LessonError) as caught:
        lesson(described)
    assert rule in str(caught.value)


def test_limits_leave_room() -> None:
    assert [rounded_up(n) for n in (0, 5, 35, 100, 22_146, 4_071_297)] == [
        0,
        6,
        37,
        110,
        24_000,
        4_300_000,
    ]
    assert bar_below([0.97, 0.97, 0.97]) == 0.96
    assert bar_below([0.9, 0.95, 1.0]) == 0.9
    assert bar_below([0.5]) == 0.49


def test_a_teachers_words_replace_the_sentence() -> None:
    measure = measure_of(model().heads[0], True)
    assert check_text(DraftCheck("runs", "Get there."), measure) == "Get there."
    assert check_text(DraftCheck("runs"), measure) == "Reach an accuracy over 3 seeds."
    two = DraftCheck("fact", fact="layers_after_merge", limit=2)
    assert check_text(two, measure) == "Put at most 2 layers behind the merge."


def test_the_runs_of_a_lesson_that_is_not_written_yet() -> None:
    made, check = runs_lesson(solution(), 4)
    assert check.seeds == 4
    assert made.content_of(check).settings == Settings(epochs=2)
