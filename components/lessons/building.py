"""Evidence with an architecture that is built here: needs Keras."""

from __future__ import annotations

from collections.abc import Mapping

from components.analysis.model_view import built_view
from components.core.errors import PlaygroundError
from components.lessons.evidence import Evidence, LockedBet, SeedScores
from components.lessons.facts import Facts
from components.model.spec import Architecture


def evidence_of(
    architecture: Architecture,
    answers: Mapping[str, str | float],
    bets: Mapping[str, LockedBet],
    scores: Mapping[str, SeedScores],
    failures: Mapping[str, str] | None = None,
) -> Evidence:
    """The evidence of a model, of answers, and of what its runs reached."""
    facts, problem = None, ""
    try:
        view = built_view(architecture)
        facts = Facts(architecture, view.graph, view.costs)
    except PlaygroundError as error:
        problem = str(error)
    return Evidence(facts, problem, answers, bets, scores, failures or {})
