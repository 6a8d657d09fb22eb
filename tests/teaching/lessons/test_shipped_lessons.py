"""Each shipped lesson played to the end, as a learner does it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.experiments.races.train_race import train_outcomes
from components.teaching.lessons import library
from components.teaching.lessons.checks import ArchitectureCheck, BetCheck, RunsCheck
from components.teaching.lessons.evidence import scores_of
from components.teaching.lessons.judging import CheckAnswer
from tests.teaching.lessons.lesson_play import (
    answers,
    known_request,
    requests,
    right,
    solution,
    start,
    turns_of,
    wrong,
)

NAMES = library.names()
MOST_MINUTES = 8
CLOSE = 0.03
"""Tolerated difference of a reference model's accuracy on another processor."""
LONGEST = 420
"""Maximum number of characters of a paragraph in the narrow panel."""
PRIVATE = re.compile(r"\b(mend|mends|told|said|lay|bear|ground|taken away|obviously|just)\b", re.I)


def missed(given: Mapping[str, CheckAnswer]) -> dict[str, str]:
    """Return the reasons of the checks that have not passed."""
    return {id: answer.text for id, answer in given.items() if not answer.passed}


@pytest.mark.parametrize("name", NAMES)
def test_answers_that_need_no_training(name: str) -> None:
    lesson = library.load(name)
    checks = tuple(check for check in lesson.checks if not isinstance(check, RunsCheck))
    assert not missed(answers(lesson, replace(solution(lesson), checks=checks), {}))
    turns = [(turn, wrong(lesson, turn)) for turn in turns_of(name).turns]
    untrained = [(turn, attempt) for turn, attempt in turns if not requests(lesson, attempt)]
    assert untrained
    for turn, attempt in untrained:
        assert turn.says in missed(answers(lesson, attempt, {}))[turn.check], turn.name


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_played_to_its_end(name: str) -> None:
    """Pass with the solution and other ways, fail with the start and wrong turns, and match known
    scores.
    """
    lesson, expected = library.load(name), turns_of(name)
    turns = [(turn, wrong(lesson, turn)) for turn in expected.turns]
    ways = [right(lesson, way) for way in expected.ways]
    known = [known_request(lesson, one) for one in expected.known]
    attempts = (solution(lesson), start(lesson), *ways, *(attempt for _, attempt in turns))
    needed = (one for attempt in attempts for one in requests(lesson, attempt).values())
    outcomes = train_outcomes([*needed, *known])
    for passing in (solution(lesson), *ways):
        assert not missed(answers(lesson, passing, outcomes)), passing
    assert missed(answers(lesson, start(lesson), outcomes))
    assert len(turns) >= 9
    assert len(ways) >= 3
    for turn, attempt in turns:
        assert turn.says in missed(answers(lesson, attempt, outcomes))[turn.check], turn.name
    compared = {known for c in lesson.checks if isinstance(c, RunsCheck) for known in c.compared}
    assert compared <= {one.name for one in expected.known}
    for one, request in zip(expected.known, known, strict=True):
        score = scores_of({0: request}, outcomes)[0]
        assert score == pytest.approx(lesson.known[one.name][0], abs=CLOSE), one.name


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_short_helps_and_has_what_its_checks_need(name: str) -> None:
    lesson = library.load(name)
    assert lesson.minutes <= MOST_MINUTES
    assert 2 <= len(lesson.steps) <= 6
    assert lesson.learnt
    notes = lesson.teacher
    assert all((notes.goals, notes.prompts, notes.usually, notes.discussion))
    for step in lesson.steps:
        assert len(step.hints) == (3 if step.checks else 0), step.title
    keeping = {c.id for c in lesson.checks if isinstance(c, ArchitectureCheck) and c.keeps}
    assert set(lesson.earlier) == keeping
    for check in lesson.checks:
        assert not isinstance(check, BetCheck) or isinstance(lesson.check(check.reveal), RunsCheck)


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_plain(name: str) -> None:
    for text in _texts(library.load(name).data()):
        assert not PRIVATE.search(text), text
        assert text.count("$") % 2 == 0, text
        assert not re.search("[\u2018\u2019\u201c\u201d\u2026\u2014]", text), text
        assert max(map(len, text.split("\n\n"))) <= LONGEST, text


def _texts(data: Any, key: str = "") -> Iterator[str]:
    """Yield all texts of a lesson that a person reads, without models and data."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name not in ("start", "solution", "earlier", "training", "architecture"):
                yield from _texts(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value, key)
    elif isinstance(data, str) and key not in ("kind", "id", "of"):
        yield data
