"""Evidence with an architecture that is built here: needs Keras."""

from __future__ import annotations

from collections.abc import Mapping

from components.analysis.model_view import built_view
from components.core.errors import PlaygroundError
from components.lessons.evidence import Evidence, LockedBet, SeedScores
from components.lessons.facts import Facts
from components.lessons.hand_in import HandIn
from components.model.spec import Architecture


def evidence_of(
    architecture: Architecture,
    answers: Mapping[str, str | float],
    bets: Mapping[str, LockedBet],
    scores: Mapping[str, SeedScores],
    failures: Mapping[str, str] | None = None,
    earlier: Mapping[str, Architecture] | None = None,
) -> Evidence:
    """The evidence of a model, of answers, of what its runs reached, and of kept models."""
    facts, problem = None, ""
    try:
        facts = facts_of(architecture)
    except PlaygroundError as error:
        problem = str(error)
    kept = {id: facts_of(one) for id, one in (earlier or {}).items()}
    return Evidence(facts, problem, answers, bets, scores, failures or {}, kept)


def handed_in_evidence(
    hand_in: HandIn,
    scores: Mapping[str, SeedScores] | None = None,
    failures: Mapping[str, str] | None = None,
) -> Evidence:
    """The evidence of work that was handed in: with its own figures, or those of other runs."""
    earlier = {id: content.architecture for id, content in hand_in.earlier.items()}
    figures = hand_in.scores if scores is None else scores
    model = hand_in.work.architecture
    return evidence_of(model, hand_in.answers, hand_in.bets, figures, failures, earlier)


def facts_of(architecture: Architecture) -> Facts:
    """The facts of an architecture. Raises `SpecError` and others if it can't be built."""
    view = built_view(architecture)
    return Facts(architecture, view.graph, view.costs)
