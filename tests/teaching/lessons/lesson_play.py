"""A simulated learner of a lesson: the solution, the start, and wrong turns."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture
from components.sharing.links.link import content_parts, parse_content
from components.teaching.lessons.checks import ArchitectureCheck, BetCheck, Check, RunsCheck
from components.teaching.lessons.evidence import Evidence, evidence_of, run_requests, scores_of
from components.teaching.lessons.judging import CheckAnswer, before_runs, judge
from components.teaching.lessons.lesson import Lesson
from components.teaching.lessons.yaml_text import read_yaml

FOLDER = Path(__file__).parent / "turns"


class _PlayedPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Known(_PlayedPart):
    """Model with known scores in a lesson, as a patch of the solution or the start."""

    name: str
    check: str
    """Check whose data and settings it is trained with."""
    of: str = "solution"
    patch: dict[str, Any] = {}


class Turn(_PlayedPart):
    """Wrong turn: a patch of the solution's model or answers, and the reply of a check."""

    name: str
    of: str = "solution"
    """Model to change: `solution`, `start`, or the id of a check with a stored model."""
    patch: dict[str, Any] = {}
    """Values by path, such as `merges.0.kind`. `null` removes the value."""
    answers: dict[str, str | float | None] = {}
    check: str
    says: str
    """Phrase in the sentence of the check."""


class RightWay(_PlayedPart):
    """Another model that passes every check, as a patch of the solution."""

    name: str
    patch: dict[str, Any] = {}
    earlier: dict[str, dict[str, Any]] = {}
    """Patches of the stored models, by their checks."""


class Turns(_PlayedPart):
    """File of a lesson in `turns`."""

    known: tuple[Known, ...] = ()
    turns: tuple[Turn, ...]
    ways: tuple[RightWay, ...]


@dataclass(frozen=True)
class Attempt:
    """Model with answers, and the checks that judge it."""

    architecture: Architecture
    answers: Mapping[str, str | float]
    checks: tuple[Check, ...]
    earlier: Mapping[str, Architecture]


@cache
def turns_of(name: str) -> Turns:
    return Turns.model_validate(read_yaml((FOLDER / f"{name}.yaml").read_bytes()))


def patched(lesson: Lesson, of: str, patch: Mapping[str, Any]) -> Architecture:
    """Return a model of the lesson with changed values at some paths."""
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


def solution(lesson: Lesson) -> Attempt:
    kept = {id: content.architecture for id, content in lesson.earlier.items()}
    return Attempt(lesson.solution.architecture, lesson.answers, lesson.checks, kept)


def start(lesson: Lesson) -> Attempt:
    """Return the start, judged by the checks of a model."""
    checks = tuple(c for c in lesson.checks if isinstance(c, ArchitectureCheck | RunsCheck))
    return replace(solution(lesson), architecture=lesson.start.architecture, checks=checks)


def wrong(lesson: Lesson, turn: Turn) -> Attempt:
    """Return a wrong turn, judged by its check."""
    changed = {**lesson.answers, **turn.answers}
    answers = {id: value for id, value in changed.items() if value is not None}
    kept = {id: one.architecture for id, one in lesson.earlier.items() if id != turn.check}
    return Attempt(patched(lesson, turn.of, turn.patch), answers, (lesson.check(turn.check),), kept)


def right(lesson: Lesson, way: RightWay) -> Attempt:
    """Return another way to the end."""
    kept = {id: patched(lesson, id, way.earlier.get(id, {})) for id in lesson.earlier}
    own = patched(lesson, "solution", way.patch)
    return replace(solution(lesson), architecture=own, earlier=kept)


def known_request(lesson: Lesson, known: Known) -> RunRequest:
    """Return the request of a reference model's first run."""
    check = lesson.check(known.check)
    assert isinstance(check, RunsCheck)
    return run_requests(lesson, check, patched(lesson, known.of, known.patch))[0]


def _evidence(lesson: Lesson, attempt: Attempt) -> Evidence:
    """Return the evidence before any training."""
    bets = {
        check.id: (str(attempt.answers[check.id]), False)
        for check in lesson.checks
        if isinstance(check, BetCheck) and check.id in attempt.answers
    }
    return evidence_of(attempt.architecture, attempt.answers, bets, {}, earlier=attempt.earlier)


def requests(lesson: Lesson, attempt: Attempt) -> dict[tuple[str, int], RunRequest]:
    """Return the runs that can change an answer: none for a model that already fails a
    condition.
    """
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


def answers(
    lesson: Lesson, attempt: Attempt, outcomes: Mapping[str, Outcome]
) -> dict[str, CheckAnswer]:
    """Return the answers to the checks of an attempt, by id."""
    scores: dict[str, dict[int, float]] = {}
    for (id, seed), request in requests(lesson, attempt).items():
        scores.setdefault(id, {}).update(scores_of({seed: request}, outcomes))
    evidence = replace(_evidence(lesson, attempt), scores=scores)
    return {check.id: judge(check, lesson, evidence) for check in attempt.checks}
