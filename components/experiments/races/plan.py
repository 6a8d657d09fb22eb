"""The models and runs of a race, its plan with all facts for an evaluation, and known outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from components.base.errors import RunError
from components.base.limits import RACE_RUNS
from components.base.workers.needs_keras import side_by_side
from components.experiments.races.entries import FrozenModel, StrategyEntry
from components.experiments.races.fitted import Fitted, fit_entry
from components.experiments.races.setup import Race, data_name
from components.experiments.races.statistics import FIRST_SEEDS
from components.experiments.races.widths import WidthLimit, total_cost
from components.experiments.training.events import Epoch, Outcome, Report
from components.experiments.training.requests import RunRequest
from components.models.analysis.additive import only_adds
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import Data, load, nbytes_of
from sample_data.loading.synthetic import DataSpec

if TYPE_CHECKING:
    from components.experiments.queue.run import Run

_DATA_SEEDS, _SEEDS = 2**32, 2**31


class PlannedStrategy(FrozenModel):
    """Size of a strategy in a race, and the changes that make it fit."""

    parameters: int = 0
    flops: int = 0
    additive: bool | None = None
    """`True` if the score of the compared head is a sum of functions of one input each; `None` if
    that head is lost.
    """
    target: int | None = None
    """Target number of parameters in a matched race, otherwise `None`."""
    limit: WidthLimit = ""
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Reason why there is no such model and no run of it; empty if there is."""
    lost_heads: tuple[str, ...] = ()
    """Heads that are lost with the input that is left out."""


class PlannedRun(NamedTuple):
    """One run of a race. `data` is that of the race; the run's own seed is `seed` higher."""

    entry: StrategyEntry
    data: Data
    seed: int
    digest: str


class RacePlan(FrozenModel):
    """Race with the size of each strategy and the digest of each run."""

    race: Race
    strategies: tuple[PlannedStrategy, ...]
    """Sizes of the strategies, in the order of the race's entries."""
    digests: tuple[str, ...]
    """Digests of the runs, by dataset, then strategy, then seed."""

    @cached_property
    def runs(self) -> tuple[PlannedRun, ...]:
        """All runs, by dataset, then strategy, then seed."""
        race, digests = self.race, iter(self.digests)
        planned = zip(race.entries, self.strategies, strict=True)
        entries = [entry for entry, one in planned if not one.problem]
        return tuple(
            PlannedRun(entry, data, seed, next(digests))
            for data in race.data
            for entry in entries
            for seed in range(race.seeds)
        )

    def of_head(self, head: str) -> Self:
        """Return the plan with another compared head; the runs stay the same."""
        return self.model_copy(update={"race": self.race.model_copy(update={"head": head})})


def plan_race(race: Race) -> RacePlan:
    """Return the plan of a race. Builds every strategy; raises what `fitted_entries` raises."""
    return RacePlan(
        race=race,
        strategies=tuple(_planned(race, fit) for fit in fitted_entries(race)),
        digests=tuple(request.digest for request in requests(race)),
    )


def run_groups(plan: RacePlan) -> list[dict[str, RunRequest]]:
    """Return the runs by digest without repeats, in the order of training, a group per process.

    Every strategy is trained on the first dataset before the second begins, and each with the seeds
    of its first verdict before any of them with the others.
    """
    order = {data_name(data): number for number, data in enumerate(plan.race.data)}

    def turn(run: PlannedRun) -> tuple[int, bool]:
        return order[data_name(run.data)], run.seed >= FIRST_SEEDS

    asked = dict(zip(plan.digests, requests(plan.race), strict=True))
    groups: dict[tuple[int, bool, str], dict[str, RunRequest]] = {}
    for run in sorted(plan.runs, key=turn):
        if run.digest in asked:
            group = groups.setdefault((*turn(run), run.entry.text), {})
            group[run.digest] = asked.pop(run.digest)
    return list(groups.values())


@lru_cache(maxsize=64)
def fitted_entries(race: Race) -> tuple[Fitted, ...]:
    """Build each entry of a race; a model that can't be built has no architecture.

    Raises `SpecError` for the first strategy that doesn't fit, and `RunError` if too few entries
    can be built.
    """
    target, reduced = _target(race), race.reduced()

    def fit_of(entry: StrategyEntry) -> Fitted:
        whole = race.architecture if entry.is_strategy else reduced
        return fit_entry(whole, entry, race.merge, target)

    fits = side_by_side(fit_of, race.entries)
    for entry, fit in zip(race.entries, fits, strict=True):
        if entry.is_strategy and fit.architecture is None and fit.why is not None:
            raise fit.why
    race.check_fits(fits)
    return tuple(fits)


@lru_cache(maxsize=64)
def requests(race: Race) -> tuple[RunRequest, ...]:
    """Return every run, by dataset, then strategy, then seed.

    Raises what `fitted_entries` raises.
    """
    first = race.settings.seed
    return tuple(
        RunRequest(
            architecture=fit.architecture,
            data=seeded(data, seed),
            settings=race.settings.model_copy(update={"seed": (first + seed) % _SEEDS}),
            whole=_data_of(race, entry, fit.architecture),
            tuned=race.tuned,
        )
        for data in race.data
        for entry, fit in zip(race.entries, fitted_entries(race), strict=True)
        if fit.architecture is not None
        for seed in range(race.seeds)
    )


def _data_of(race: Race, entry: StrategyEntry, model: Architecture) -> Architecture | None:
    """Return the architecture that the data is made for; `None` if it is the model itself."""
    return None if entry.is_strategy or model == race.architecture else race.architecture


def seeded(data: Data, seed: int) -> Data:
    """Return the data of one seed: new samples of a relation; other data stays the same."""
    if isinstance(data, DataSpec):
        return data.model_copy(update={"seed": (data.seed + seed) % _DATA_SEEDS})
    return data


def check(race: Race) -> None:
    """Check that a race can be trained.

    Raises what `fitted_entries` raises, `DataError` for a dataset that doesn't fit the
    architecture, and `RunError` for more runs than the server's owner allows.
    """
    most = RACE_RUNS.value()
    if race.total > most:
        raise RunError(
            f"This race has {race.total:,} runs, and a race may have {most:,} here.",
            f"{race.total:,}",
            f"Choose fewer entries, datasets or seeds, or ask the server's owner: "
            f"{RACE_RUNS.variable} sets the limit.",
        )
    fitted_entries(race)
    for data in race.data:
        if isinstance(data, DataSpec):
            nbytes_of(race.architecture, data)
        else:
            load(race.architecture, data)


def _target(race: Race) -> int | None:
    """Return the target number of parameters of all entries; `None` if their widths stay."""
    if not race.matched:
        return None
    return race.target or total_cost(race.architecture).parameters


def _planned(race: Race, fit: Fitted) -> PlannedStrategy:
    """Return the size of a fitted entry, and its changes."""
    if fit.architecture is None:
        return PlannedStrategy(problem=fit.why.problem if fit.why else "")
    head, kept = race.compared.name, {one.name for one in fit.architecture.heads}
    lost = tuple(one.name for one in race.architecture.heads if one.name not in kept)
    view = built_view(fit.architecture)
    return PlannedStrategy(
        parameters=view.costs.total.parameters,
        flops=view.costs.total.flops,
        additive=None if head in lost else only_adds(view.graph, head),
        target=_target(race),
        limit=fit.limit,
        notes=fit.notes,
        lost_heads=lost,
    )


class OutcomeSource(Protocol):
    """Source of outcomes: the store, or the part of it that a visitor may read."""

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """Return the most informative run of each request, by digest."""

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """Return the epochs of runs, by id."""

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """Return the reports of runs, by id."""


def look_up(
    digests: Iterable[str], source: OutcomeSource, known: Mapping[str, Outcome] | None = None
) -> dict[str, Outcome]:
    """Return the known outcomes of runs by digest; those finished in `known` are not read again."""
    wanted = list(dict.fromkeys(digests))
    finished = {d: one for d, one in (known or {}).items() if one.status == "finished"}
    runs = source.latest(left) if (left := [d for d in wanted if d not in finished]) else {}
    ended = [run.id for run in runs.values() if run.status == "finished"]
    histories = source.histories(ended) if ended else {}
    reports = source.reports(ended) if ended else {}
    read = {
        digest: Outcome(
            "waiting" if run.status == "queued" or run.status == "paused" else run.status,
            histories.get(run.id, ()),
            reports.get(run.id),
            run.message,
            run.id,
        )
        for digest, run in runs.items()
    }
    return {digest: finished.get(digest) or read.get(digest) or Outcome() for digest in wanted}
