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
def test_the_solution_passes_every_check(name: str) -> None:
    missed = {id: answer.text for id, answer in play(name).solution.items() if not answer.passed}
    assert not missed


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_the_start_fails(name: str) -> None:
    assert not all(answer.passed for answer in play(name).start.values())


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_each_wrong_turn_fails_and_is_told_why(name: str) -> None:
    turns, answers = turns_of(name).turns, play(name).turns
    assert len(turns) >= 9
    for turn, answer in zip(turns, answers, strict=True):
        assert not answer.passed, turn.name
        assert turn.says in answer.text, (turn.name, answer.text)


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_there_are_other_right_ways(name: str) -> None:
    ways, played = turns_of(name).ways, play(name).ways
    assert len(ways) >= 3
    for way, answers in zip(ways, played, strict=True):
        missed = {id: answer.text for id, answer in answers.items() if not answer.passed}
        assert not missed, way.name


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_known_scores_come_out_again(name: str) -> None:
    lesson, turns = library.load(name), turns_of(name)
    compared = {known for c in lesson.checks if isinstance(c, RunsCheck) for known in c.compared}
    assert compared <= {one.name for one in turns.known}
    for one, score in zip(turns.known, play(name).known, strict=True):
        assert score == pytest.approx(lesson.known[one.name][0], abs=CLOSE), one.name


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_short_and_helps(name: str) -> None:
    lesson = library.load(name)
    assert lesson.minutes <= MOST_MINUTES
    assert 2 <= len(lesson.steps) <= 6
    assert lesson.learnt
    notes = lesson.teacher
    assert all((notes.goals, notes.prompts, notes.usually, notes.discussion))
    for step in lesson.steps:
        assert len(step.hints) == (3 if step.checks else 0), step.title


@pytest.mark.parametrize("name", NAMES)
def test_bets_have_runs_and_checks_that_keep_have_models(name: str) -> None:
    lesson = library.load(name)
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
