"""Plays a lesson as a learner does: the solution, the start, and wrong turns on the way."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from components.export.link import content_parts, parse_content
from components.lessons import library
from components.lessons.checks import ArchitectureCheck, BetCheck, Check, RunsCheck
from components.lessons.evidence import Evidence, LockedBet, evidence_of, run_requests, scores_of
from components.lessons.judging import CheckAnswer, before_runs, judge
from components.lessons.lesson import Lesson
from components.lessons.yaml_text import read_yaml
from components.model.spec import Architecture
from components.race.plan import Outcome
from components.runs.foreground import train_groups
from components.training.requests import RunRequest

FOLDER = Path(__file__).parent / "turns"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Known(_Part):
    """A model whose scores a lesson knows, as a patch of the solution (or of the start)."""

    name: str
    check: str
    """The check whose data and settings it is trained with."""
    of: str = "solution"
    patch: dict[str, Any] = {}


class Turn(_Part):
    """A wrong turn: a patch of the solution's model or answers, and how a check answers it."""

    name: str
    of: str = "solution"
    """The model that is changed: `solution`, `start`, or the id of a check with a kept model."""
    patch: dict[str, Any] = {}
    """Values by path, such as `merges.0.kind`. `null` removes the value."""
    answers: dict[str, str | float | None] = {}
    check: str
    says: str
    """A phrase of the sentence."""


class RightWay(_Part):
    """Another model that passes every check, as a patch of the solution."""

    name: str
    patch: dict[str, Any] = {}
    earlier: dict[str, dict[str, Any]] = {}
    """Patches of the kept models, by their checks."""


class Turns(_Part):
    """The file of a lesson in `turns`."""

    known: tuple[Known, ...] = ()
    turns: tuple[Turn, ...]
    ways: tuple[RightWay, ...]


@dataclass(frozen=True)
class Attempt:
    """One model with answers, and the checks that it is judged by."""

    architecture: Architecture
    answers: Mapping[str, str | float]
    checks: tuple[Check, ...]
    earlier: Mapping[str, Architecture]


@dataclass(frozen=True)
class Played:
    """What all attempts at a lesson came to: the answers to their checks, by id."""

    solution: Mapping[str, CheckAnswer]
    start: Mapping[str, CheckAnswer]
    turns: tuple[CheckAnswer, ...]
    ways: tuple[Mapping[str, CheckAnswer], ...]
    known: tuple[float, ...]
    """What the first seed of each known model reaches."""


@cache
def turns_of(name: str) -> Turns:
    return Turns.model_validate(read_yaml((FOLDER / f"{name}.yaml").read_bytes()))


def without_training(name: str) -> tuple[dict[str, CheckAnswer], list[tuple[Turn, CheckAnswer]]]:
    """What needs no training: the solution's other checks, and wrong turns with their answers."""
    lesson = library.load(name)
    checks = tuple(check for check in lesson.checks if not isinstance(check, RunsCheck))
    solution = _answers(lesson, replace(_solution(lesson), checks=checks), {})
    attempts = [(turn, _attempt(lesson, turn)) for turn in turns_of(name).turns]
    wrong = [
        (turn, _answers(lesson, attempt, {})[turn.check])
        for turn, attempt in attempts
        if not _requests(lesson, attempt)
    ]
    return solution, wrong


@cache
def play(name: str) -> Played:
    """Play a lesson to the end. All that must be trained is trained in one child process."""
    lesson, turns = library.load(name), turns_of(name)
    on_model = tuple(c for c in lesson.checks if isinstance(c, ArchitectureCheck | RunsCheck))
    solution = _solution(lesson)
    kept = solution.earlier
    start = Attempt(lesson.start.architecture, lesson.answers, on_model, kept)
    wrong = [_attempt(lesson, turn) for turn in turns.turns]
    right = [
        replace(
            solution,
            architecture=patched(lesson, "solution", way.patch),
            earlier={id: patched(lesson, id, way.earlier.get(id, {})) for id in kept},
        )
        for way in turns.ways
    ]
    known = [_known_request(lesson, one) for one in turns.known]
    needed = [
        request
        for attempt in (solution, start, *wrong, *right)
        for request in _requests(lesson, attempt).values()
    ]
    outcomes = _trained([*needed, *known])
    first = [
        scores_of(_runs_check(lesson, one.check), {0: request}, outcomes)[0]
        for one, request in zip(turns.known, known, strict=True)
    ]
    return Played(
        _answers(lesson, solution, outcomes),
        _answers(lesson, start, outcomes),
        tuple(_answers(lesson, one, outcomes)[one.checks[0].id] for one in wrong),
        tuple(_answers(lesson, one, outcomes) for one in right),
        tuple(first),
    )


def patched(lesson: Lesson, of: str, patch: Mapping[str, Any]) -> Architecture:
    """A model of the lesson with other values at some paths."""
    contents = {"solution": lesson.solution, "start": lesson.start, **lesson.earlier}
    parts = copy.deepcopy(content_parts(contents[of]))
    for path, value in patch.items():
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        parent: Any = parts
        for step in steps:
            parent = parent[step]
        if value is None:
            del parent[last]
        else:
            parent[last] = value
    return parse_content(parts).architecture


def _solution(lesson: Lesson) -> Attempt:
    kept = {id: content.architecture for id, content in lesson.earlier.items()}
    return Attempt(lesson.solution.architecture, lesson.answers, lesson.checks, kept)


def _attempt(lesson: Lesson, turn: Turn) -> Attempt:
    changed = {**lesson.answers, **turn.answers}
    answers = {id: value for id, value in changed.items() if value is not None}
    kept = {id: one.architecture for id, one in lesson.earlier.items() if id != turn.check}
    return Attempt(patched(lesson, turn.of, turn.patch), answers, (lesson.check(turn.check),), kept)


def _evidence(lesson: Lesson, attempt: Attempt) -> Evidence:
    """The evidence before anything is trained."""
    bets = {
        check.id: LockedBet(choice=str(attempt.answers[check.id]))
        for check in lesson.checks
        if isinstance(check, BetCheck) and check.id in attempt.answers
    }
    return evidence_of(attempt.architecture, attempt.answers, bets, {}, earlier=attempt.earlier)


def _requests(lesson: Lesson, attempt: Attempt) -> dict[tuple[str, int], RunRequest]:
    """The runs that can change an answer: none of a model that fails a condition already."""
    facts = _evidence(lesson, attempt).facts
    if facts is None:
        return {}
    return {
        (check.id, seed): request
        for check in attempt.checks
        if isinstance(check, RunsCheck)
        if not before_runs(check, lesson, facts)
        for seed, request in run_requests(lesson, check, attempt.architecture).items()
        if seed < check.seeds
    }


def _answers(
    lesson: Lesson, attempt: Attempt, outcomes: Mapping[str, Outcome]
) -> dict[str, CheckAnswer]:
    requests = _requests(lesson, attempt)
    scores: dict[str, dict[int, float]] = {}
    for check in attempt.checks:
        if isinstance(check, RunsCheck):
            own = {seed: one for (id, seed), one in requests.items() if id == check.id}
            scores[check.id] = scores_of(check, own, outcomes)
    evidence = replace(_evidence(lesson, attempt), scores=scores)
    return {check.id: judge(check, lesson, evidence) for check in attempt.checks}


def _runs_check(lesson: Lesson, id: str) -> RunsCheck:
    check = lesson.check(id)
    assert isinstance(check, RunsCheck)
    return check


def _known_request(lesson: Lesson, known: Known) -> RunRequest:
    check = _runs_check(lesson, known.check)
    return run_requests(lesson, check, patched(lesson, known.of, known.patch))[0]


def _trained(requests: Iterable[RunRequest]) -> dict[str, Outcome]:
    each = {request.digest: request for request in requests}
    if not each:
        return {}
    results = train_groups([list(each.values())], lambda digest, event: None)
    return {
        digest: Outcome(result.status, result.history, result.report, result.message)
        for digest, result in results.items()
    }
