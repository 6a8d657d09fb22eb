"""A learner's work so far, by which checks are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from components.base.errors import PlaygroundError
from components.experiments.races.evaluation import reached
from components.experiments.races.plan import OutcomeSource, look_up, seeded
from components.experiments.races.results import measure_of
from components.experiments.races.train_race import train_outcomes
from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest, Settings
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture
from components.teaching.lessons.checks import RunsCheck
from components.teaching.lessons.facts import Facts
from components.teaching.lessons.lesson import Lesson

LockedBet = tuple[str, bool]
"""Choice, and `True` if it came after the runs that answer it."""
SeedScores = Mapping[int, float]
"""Scores of finished runs, by seed."""


@dataclass(frozen=True)
class Evidence:
    """The present architecture, its runs, and the learner's answers. Keys are ids of checks."""

    facts: Facts | None = None
    """Facts of the architecture; `None` if it can't be built."""
    problem: str = ""
    """Reason why it can't be built."""
    answers: Mapping[str, str | float] = field(default_factory=dict)
    bets: Mapping[str, LockedBet] = field(default_factory=dict)
    scores: Mapping[str, SeedScores] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    """Message of a failed run."""
    earlier: Mapping[str, Facts] = field(default_factory=dict)
    """Kept models that passed checks with `keeps`."""

    def facts_for(self, check: str) -> Facts | None:
        """Return the facts by which a check is judged.

        They are those of the model kept for it, otherwise of the present model.
        """
        return self.earlier.get(check, self.facts)


def evidence_of(
    architecture: Architecture,
    answers: Mapping[str, str | float],
    bets: Mapping[str, LockedBet],
    scores: Mapping[str, SeedScores],
    failures: Mapping[str, str] | None = None,
    earlier: Mapping[str, Architecture] | None = None,
) -> Evidence:
    """Return the evidence of a model, its answers, the scores of its runs, and kept models."""
    facts, problem = None, ""
    try:
        facts = facts_of(architecture)
    except PlaygroundError as error:
        problem = str(error)
    kept = {id: facts_of(one) for id, one in (earlier or {}).items()}
    return Evidence(facts, problem, answers, bets, scores, failures or {}, kept)


def facts_of(architecture: Architecture) -> Facts:
    """Return the facts of an architecture.

    Raises `SpecError` and others if it can't be built.
    """
    view = built_view(architecture)
    return Facts(architecture, view.graph, view.costs)


def run_requests(
    lesson: Lesson, check: RunsCheck, architecture: Architecture
) -> dict[int, RunRequest]:
    """Return the runs of an architecture that count for a check, by seed."""
    content = lesson.content_of(check)
    data, settings = content.data, content.settings or Settings()
    if data is None:  # Excluded by `Lesson`.
        return {}
    return {
        seed: RunRequest(
            architecture=architecture,
            data=seeded(data, seed),
            settings=settings.model_copy(update={"seed": seed}),
        )
        for seed in range(check.most_seeds or check.seeds)
    }


def scores_of(
    requests: Mapping[int, RunRequest], outcomes: Mapping[str, Outcome]
) -> dict[int, float]:
    """Return the scores of the finished runs, by seed."""
    scores: dict[int, float] = {}
    for seed, request in requests.items():
        head = request.architecture.heads[0]
        measure = measure_of(head, request.settings.validation_share > 0)
        value = reached(outcomes.get(request.digest, Outcome()), head.name, measure)
        if value is not None:
            scores[seed] = value
    return scores


def failure_of(requests: Iterable[RunRequest], outcomes: Mapping[str, Outcome]) -> str:
    """Return the message of a failed run; empty if none has failed."""
    ended = (outcomes.get(request.digest, Outcome()) for request in requests)
    return next((one.message for one in ended if one.status == "failed"), "")


def trained_scores(
    lesson: Lesson, model: Architecture, known: OutcomeSource
) -> tuple[dict[str, SeedScores], dict[str, str]]:
    """Return a model's scores in the runs of every check, by seed, and messages of failed runs.

    Runs that are not `known` are trained now.
    """
    scores: dict[str, SeedScores] = {}
    failures: dict[str, str] = {}
    for check in lesson.checks:
        if isinstance(check, RunsCheck):
            requests = run_requests(lesson, check, model)
            outcomes = look_up([one.digest for one in requests.values()], known)
            left = [one for one in requests.values() if outcomes[one.digest].status != "finished"]
            outcomes = {**outcomes, **train_outcomes(left)}
            scores[check.id] = scores_of(requests, outcomes)
            failures[check.id] = failure_of(left, outcomes)
    return scores, failures
