"""Retrained without each input: what is trained, as a sweep that is kept with the run."""

from __future__ import annotations

from collections.abc import Mapping

from components.analysis.input_removal import without_input
from components.core.errors import RunError, SpecError
from components.core.limits import RACE_RUNS
from components.model.spec import Architecture
from components.race.measures import FrozenModel
from components.race.plan import seeded
from components.race.statistics import VERDICT_SEEDS
from components.training.requests import RunRequest

SEEDS, MOST_SEEDS = 5, 20
"""Trainings of each model, by default and at most."""
_SEEDS = 2**31


class ReducedModel(FrozenModel):
    """The model of a run without one input."""

    input: str
    heads: tuple[str, ...] = ()
    """The heads that it still has."""
    digests: tuple[str, ...] = ()
    """Of its runs, by seed."""
    problem: str = ""
    """Why there is no such model."""


class RefitPlan(FrozenModel):
    """The runs of a whole model and of that model without each input, over the same seeds."""

    whole: tuple[str, ...]
    """Digests of the runs of the whole model, by seed. The first is that of the run itself."""
    without: tuple[ReducedModel, ...]

    @property
    def seeds(self) -> int:
        """Trainings of each model."""
        return len(self.whole)

    @property
    def digests(self) -> tuple[str, ...]:
        """Those of all runs."""
        return (*self.whole, *(digest for one in self.without for digest in one.digests))


def plan_refit(request: RunRequest, seeds: int = SEEDS) -> RefitPlan:
    """What must be trained to see what a run's model loses without each of its inputs.

    Raises `RunError` for fewer seeds than a verdict needs, for too many seeds or runs, and if there
    is no model without an input.
    """
    if not VERDICT_SEEDS <= seeds <= MOST_SEEDS:
        raise RunError(
            f"Refits need {VERDICT_SEEDS} to {MOST_SEEDS} seeds.", seeds, "Change their number."
        )
    models = reduced_models(request.architecture)
    plan = RefitPlan(
        whole=_digests(request, None, seeds),
        without=tuple(_planned(request, name, model, seeds) for name, model in models.items()),
    )
    if plan.digests == plan.whole:
        raise RunError(
            "Refits need a model that can be built without one of its inputs.",
            ", ".join(models),
            "Add an input that the heads read, too.",
        )
    if len(plan.digests) > RACE_RUNS.value():
        raise RunError(
            f"Refits may have {RACE_RUNS.value():,} runs here.",
            f"{len(plan.digests):,} runs",
            f"Choose fewer seeds, or ask the server's owner: {RACE_RUNS.variable} sets the limit.",
        )
    return plan


def reduced_models(architecture: Architecture) -> Mapping[str, Architecture | SpecError]:
    """The model without each input, by the input's name, or the reason why there is none."""
    models: dict[str, Architecture | SpecError] = {}
    for branch in architecture.data_inputs:
        try:
            models[branch.name] = without_input(architecture, branch.name)
        except SpecError as error:
            models[branch.name] = error
    return models


def refit_groups(request: RunRequest, seeds: int = SEEDS) -> list[list[RunRequest]]:
    """The runs of a plan, a process for each group: the seeds of the first verdict come first."""
    models = reduced_models(request.architecture).values()
    built = [None, *(model for model in models if isinstance(model, Architecture))]
    parts = range(VERDICT_SEEDS), range(VERDICT_SEEDS, seeds)
    groups = [
        [refit_request(request, model, seed) for seed in part] for part in parts for model in built
    ]
    return [group for group in groups if group]


def refit_labels(plan: RefitPlan) -> dict[str, str]:
    """What each run is called, by digest."""
    whole = {digest: f"whole, seed {seed}" for seed, digest in enumerate(plan.whole)}
    return whole | {
        digest: f"without {one.input}, seed {seed}"
        for one in plan.without
        for seed, digest in enumerate(one.digests)
    }


def refit_request(request: RunRequest, model: Architecture | None, seed: int) -> RunRequest:
    """A run of a model without an input, or of the whole model, on the same data for each seed."""
    start = request.settings.seed
    changes: dict[str, object] = {
        "data": seeded(request.data, seed),
        "settings": request.settings.model_copy(update={"seed": (start + seed) % _SEEDS}),
    }
    if model is not None:
        changes |= {"architecture": model, "whole": request.data_architecture}
    return request.model_copy(update=changes)


def _planned(
    request: RunRequest, name: str, model: Architecture | SpecError, seeds: int
) -> ReducedModel:
    if isinstance(model, SpecError):
        return ReducedModel(input=name, problem=f"{model.rule} Received `{model.received}`.")
    heads = tuple(head.name for head in model.heads)
    return ReducedModel(input=name, heads=heads, digests=_digests(request, model, seeds))


def _digests(request: RunRequest, model: Architecture | None, seeds: int) -> tuple[str, ...]:
    return tuple(refit_request(request, model, seed).digest for seed in range(seeds))
