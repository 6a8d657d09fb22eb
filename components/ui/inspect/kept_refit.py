"""The refits that are kept with a run, and what is planned before they are started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import streamlit as st

from components.inspection.basis.results import Inspection, Refit
from components.inspection.refit import RefitPlan, plan_refit
from components.inspection.refit_evaluation import evaluate_refit
from components.race.outcomes import Outcome, look_up
from components.runs.run import Run
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest
from components.ui.kit.background import Background

KEY = "refit_state"
REMEMBERED = 6
"""Sweeps whose outcomes a session keeps."""


def _planned(asked: tuple[RunRequest, int]) -> RefitPlan:
    return plan_refit(*asked)


plans: Background[tuple[RunRequest, int], RefitPlan] = Background(_planned, "refit_plans")
"""Plans by request and number of seeds: each model without an input is built once for its plan."""
_parsed = lru_cache(maxsize=32)(RefitPlan.model_validate_json)


@dataclass
class RefitState:
    """The last action's error of a session, and the outcomes that it has read, by sweep."""

    error: str | None = None
    known: dict[str, Mapping[str, Outcome]] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptRefit:
    """A sweep of refits, with its result now."""

    sweep: Sweep
    plan: RefitPlan
    refit: Refit


def of_session() -> RefitState:
    """The state of this session."""
    state: RefitState = st.session_state.setdefault(KEY, RefitState())
    return state


def with_refit(inspection: Inspection, kept: KeptRefit | None) -> Inspection:
    """An inspection with the refits of its run, once they are no longer being trained."""
    if kept is None or kept.sweep.state == "running":
        return inspection
    return inspection.model_copy(update={"refit": kept.refit})


def kept_refit(runs: VisitorRuns, run: Run, request: RunRequest | None) -> KeptRefit | None:
    """The latest refits of a run; `None` without any that this version and visitor can read."""
    sweep = None if request is None or runs.hides_data(run) else runs.refit(run)
    if request is None or sweep is None:
        return None
    try:
        plan = _parsed(sweep.plan)
    except ValueError:
        return None
    known = of_session().known
    outcomes = look_up(plan.digests, runs, known.pop(sweep.id, {}))
    known[sweep.id] = outcomes
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
    return KeptRefit(sweep, plan, evaluate_refit(plan, request, outcomes))
