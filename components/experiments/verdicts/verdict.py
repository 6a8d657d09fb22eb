"""Verdicts on a run, one for each head, from its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from components.experiments.verdicts.cases import CASES
from components.experiments.verdicts.cases.base import Suggestion
from components.experiments.verdicts.figures import RunFigures


class RunVerdict(NamedTuple):
    """Verdict on one head. Names in the text are in backticks."""

    head: str
    case: str
    text: str
    """Sentences on what happened, why if it is known, and what to try."""
    suggestion: Suggestion | None


def verdict_on(head: str, run: RunFigures) -> RunVerdict | None:
    """Return the verdict on a head; `None` while, or if, nothing can be said."""
    for kind, case in CASES.items():
        if (run.ended or case.live) and case.applies(run):
            suggestion = case.suggestion(run)
            tried = f" {suggestion.label}." if suggestion else ""
            return RunVerdict(head, kind, f"{case.sentence(run)}{tried}", suggestion)
    return None


def verdicts(figures: Mapping[str, RunFigures]) -> list[RunVerdict]:
    """Return the verdicts on the heads of a run, each with the head's name if there are several."""
    by_head = [one for head, run in figures.items() if (one := verdict_on(head, run)) is not None]
    if len(figures) < 2:
        return by_head
    return [one._replace(text=f"`{one.head}`: {one.text}") for one in by_head]
