"""The runs that a check asks for: their requests, and what they reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from components.heads.base import Head
from components.lessons.checks import RunsCheck
from components.lessons.lesson import Lesson
from components.model.spec import Architecture
from components.race.evaluation import measure_of, reached
from components.race.plan import Outcome, seeded
from components.training.requests import RunRequest, Settings


def run_requests(
    lesson: Lesson, check: RunsCheck, architecture: Architecture
) -> dict[int, RunRequest]:
    """The runs of an architecture that count for a check, by seed."""
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
    check: RunsCheck,
    requests: Mapping[int, RunRequest],
    outcomes: Mapping[str, Outcome],
) -> dict[int, float]:
    """What the finished runs reached, by seed."""
    scores: dict[int, float] = {}
    for seed, request in requests.items():
        head = compared_head(check, request.architecture)
        measure = measure_of(head, request.settings.validation_share > 0)
        value = reached(outcomes.get(request.digest, Outcome()), head.name, measure)
        if value is not None:
            scores[seed] = value
    return scores


def failure_of(requests: Iterable[RunRequest], outcomes: Mapping[str, Outcome]) -> str:
    """Why a run has failed; empty if none has."""
    ended = (outcomes.get(request.digest, Outcome()) for request in requests)
    return next((one.message for one in ended if one.status == "failed"), "")


def compared_head(check: RunsCheck, architecture: Architecture) -> Head:
    """The head that counts: the one that the check names, else the first."""
    named = (head for head in architecture.heads if head.name == check.head)
    return next(named, architecture.heads[0])
