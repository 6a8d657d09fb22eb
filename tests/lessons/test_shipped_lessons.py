"""Each lesson that ships is tried to the end, as a learner does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from components.lessons import library
from components.lessons.checks import ArchitectureCheck, BetCheck, RunsCheck
from tests.lessons.lesson_play import play, turns_of, without_training

NAMES = library.names()
MOST_MINUTES = 8
CLOSE = 0.03
"""How far the accuracy of a known model may be off on another processor."""
LONGEST = 420
"""Characters of a paragraph in the narrow panel."""
PRIVATE = re.compile(r"\b(mend|mends|told|said|lay|bear|ground|taken away|obviously|just)\b", re.I)


@pytest.mark.parametrize("name", NAMES)
def test_answers_that_need_no_training(name: str) -> None:
    solution, wrong = without_training(name)
    missed = {id: answer.text for id, answer in solution.items() if not answer.passed}
    assert not missed
    assert wrong
    for turn, answer in wrong:
        assert not answer.passed, turn.name
        assert turn.says in answer.text, (turn.name, answer.text)


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_played_to_its_end(name: str) -> None:
    """The solution and other ways pass, start and wrong turns fail, known scores come again."""
    lesson, played, expected = library.load(name), play(name), turns_of(name)
    assert not {id: answer.text for id, answer in played.solution.items() if not answer.passed}
    assert not all(answer.passed for answer in played.start.values())
    assert len(expected.turns) >= 9
    for turn, answer in zip(expected.turns, played.turns, strict=True):
        assert not answer.passed, turn.name
        assert turn.says in answer.text, (turn.name, answer.text)
    assert len(expected.ways) >= 3
    for way, answers in zip(expected.ways, played.ways, strict=True):
        missed = {id: answer.text for id, answer in answers.items() if not answer.passed}
        assert not missed, way.name
    compared = {known for c in lesson.checks if isinstance(c, RunsCheck) for known in c.compared}
    assert compared <= {one.name for one in expected.known}
    for one, score in zip(expected.known, played.known, strict=True):
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
    """All texts of a lesson that a person reads: models and data are left out."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name not in ("start", "solution", "earlier", "training", "architecture"):
                yield from _texts(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value, key)
    elif isinstance(data, str) and key not in ("kind", "id", "of"):
        yield data
