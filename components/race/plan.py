"""The plan of a race: all that an evaluation needs, stored with the race so that nothing is built
again to read it."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import NamedTuple

from components.analysis.additive import only_adds
from components.analysis.model_view import built_view
from components.race.data_names import data_name
from components.race.entries import StrategyEntry
from components.race.lineup import Contender, contenders, requests
from components.race.matching import WidthLimit
from components.race.measures import FrozenModel
from components.race.setup import Race
from components.race.statistics import VERDICT_SEEDS
from components.training.requests import RunRequest
from sample_data.sources import Data


class PlannedStrategy(FrozenModel):
    """The size of a strategy in a race, and what was changed so that it fits."""

    parameters: int
    flops: int
    additive: bool | None = None
    """Whether the score of the compared head is a sum of functions of one input each; `None` in
    plans of before this was known."""
    target: int | None = None
    """The number of parameters that all were fitted to; `None` if they were not."""
    limit: WidthLimit = ""
    notes: tuple[str, ...] = ()


class PlannedRun(NamedTuple):
    """One run of a race. `data` is that of the race; the run's own seed is `seed` higher."""

    entry: StrategyEntry
    data: Data
    seed: int
    digest: str


class RacePlan(FrozenModel):
    """A race with the size of each strategy and the digest of each run."""

    race: Race
    strategies: tuple[PlannedStrategy, ...]
    """In the order of the race's entries."""
    digests: tuple[str, ...]
    """By dataset, then strategy, then seed."""

    @cached_property
    def runs(self) -> tuple[PlannedRun, ...]:
        """Every run, by dataset, then strategy, then seed."""
        race, digests = self.race, iter(self.digests)
        return tuple(
            PlannedRun(entry, data, seed, next(digests))
            for data in race.data
            for entry in race.entries
            for seed in range(race.seeds)
        )


def plan_race(race: Race) -> RacePlan:
    """The plan of a race. Builds every strategy; raises `SpecError` for one that doesn't fit."""
    return RacePlan(
        race=race,
        strategies=tuple(_planned(contender, race.compared.name) for contender in contenders(race)),
        digests=tuple(request.digest for request in requests(race)),
    )


def run_groups(plan: RacePlan) -> list[dict[str, RunRequest]]:
    """The runs by digest, no run twice, in the order they are trained: a process for each group.

    Every strategy is trained on the first dataset before the second begins, and each with as many
    seeds as its first verdict needs before any of them with the others.
    """
    groups: dict[tuple[str, bool, str], dict[str, RunRequest]] = {}
    for data in plan.race.data:
        for early, entry in product((True, False), plan.race.entries):
            groups[data_name(data), early, entry.text] = {}
    seen: set[str] = set()
    for run, request in zip(plan.runs, requests(plan.race), strict=True):
        if run.digest not in seen:
            seen.add(run.digest)
            early = run.seed < VERDICT_SEEDS
            groups[data_name(run.data), early, run.entry.text][run.digest] = request
    return [group for group in groups.values() if group]


def _planned(contender: Contender, head: str) -> PlannedStrategy:
    match = contender.matched
    return PlannedStrategy(
        parameters=contender.size.parameters,
        flops=contender.size.flops,
        additive=only_adds(built_view(contender.architecture).graph, head),
        target=match.target if match else None,
        limit=match.limit if match else "",
        notes=contender.notes,
    )
