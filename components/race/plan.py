"""The models and runs of a race, and its plan: all that an evaluation needs, stored with the race
so that nothing is built again to read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple, Self

from components.analysis.additive import only_adds
from components.analysis.input_removal import without_input
from components.analysis.model_view import built_view
from components.core.errors import RunError, SpecError
from components.core.limits import RACE_RUNS
from components.model.spec import Architecture
from components.race.candidates import Size, candidate, replaced_name, size
from components.race.data_names import data_name
from components.race.entries import StrategyEntry
from components.race.matching import Matched, WidthLimit, matched
from components.race.measures import FrozenModel
from components.race.setup import Race
from components.race.statistics import VERDICT_SEEDS
from components.training.requests import RunRequest
from sample_data.sources import Data, load, nbytes_of
from sample_data.synthetic import DataSpec

_DATA_SEEDS, _SEEDS = 2**32, 2**31


@dataclass(frozen=True)
class Contender:
    """A strategy built into the architecture of a race."""

    entry: StrategyEntry
    architecture: Architecture
    size: Size
    matched: Matched | None
    notes: tuple[str, ...]
    """What was changed so that it fits, a sentence each."""


class PlannedStrategy(FrozenModel):
    """The size of a strategy in a race, and what was changed so that it fits."""

    parameters: int = 0
    flops: int = 0
    additive: bool | None = None
    """Whether the score of the compared head is a sum of functions of one input each; `None` if
    that head is lost."""
    target: int | None = None
    """The number of parameters that all were fitted to; `None` if they were not."""
    limit: WidthLimit = ""
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Why there is no such model, and no run of it; empty if there is."""
    lost_heads: tuple[str, ...] = ()
    """Heads that go with the input that is left out."""


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
        planned = zip(race.entries, self.strategies, strict=True)
        entries = [entry for entry, one in planned if not one.problem]
        return tuple(
            PlannedRun(entry, data, seed, next(digests))
            for data in race.data
            for entry in entries
            for seed in range(race.seeds)
        )

    def of_head(self, head: str) -> Self:
        """The plan for another head: the same runs, of which this one is compared."""
        return self.model_copy(update={"race": self.race.model_copy(update={"head": head})})


def plan_race(race: Race) -> RacePlan:
    """The plan of a race. Builds every strategy; raises what `contenders` raises."""
    built = {contender.entry: contender for contender in contenders(race)}
    return RacePlan(
        race=race,
        strategies=tuple(
            _planned(race, built[entry])
            if entry in built
            else PlannedStrategy(problem=_problem(race, entry))
            for entry in race.entries
        ),
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


@lru_cache(maxsize=64)
def contenders(race: Race) -> tuple[Contender, ...]:
    """Each entry of a race, built; an input that can't be left out has none.

    Raises `SpecError` for the first strategy that doesn't fit, and `RunError` if no input can be
    left out.
    """
    if race.reduces:
        return _models(race)
    target = race.target
    if race.matched and not target:
        target = size(race.architecture).parameters
    return tuple(_contender(race, entry, target) for entry in race.entries)


@lru_cache(maxsize=64)
def requests(race: Race) -> tuple[RunRequest, ...]:
    """Every run, by dataset, then strategy, then seed. Raises what `contenders` raises."""
    first = race.settings.seed
    return tuple(
        RunRequest(
            architecture=contender.architecture,
            data=seeded(data, seed),
            settings=race.settings.model_copy(update={"seed": (first + seed) % _SEEDS}),
            whole=race.architecture if contender.entry.left_out else None,
        )
        for data in race.data
        for contender in contenders(race)
        for seed in range(race.seeds)
    )


def seeded(data: Data, seed: int) -> Data:
    """The data of one seed of a race: new samples of a relation; other data stays the same."""
    if isinstance(data, DataSpec):
        return data.model_copy(update={"seed": (data.seed + seed) % _DATA_SEEDS})
    return data


def check(race: Race) -> None:
    """Raises what `contenders` raises, `DataError` for a dataset that doesn't fit the architecture,
    and `RunError` for more runs than the server's owner allows."""
    most = RACE_RUNS.value()
    if race.total > most:
        raise RunError(
            f"A race may have {most:,} runs here.",
            f"{race.total:,} runs",
            f"Choose fewer entries, datasets or seeds, or ask the server's owner: "
            f"{RACE_RUNS.variable} sets the limit.",
        )
    contenders(race)
    for data in race.data:
        if isinstance(data, DataSpec):
            nbytes_of(race.architecture, data)
        else:
            load(race.architecture, data)


def _reduced(race: Race, entry: StrategyEntry) -> Architecture:
    """The architecture without the input of an entry. Raises `SpecError` if it can't be built."""
    left_out = entry.left_out
    return without_input(race.architecture, left_out) if left_out else race.architecture


def _models(race: Race) -> tuple[Contender, ...]:
    """The architecture with all inputs, and without each that can be left out."""
    models = []
    for entry in race.entries:
        if not _problem(race, entry):
            spec = _reduced(race, entry)
            models.append(Contender(entry, spec, size(spec), None, ()))
    if len(models) < 2:
        raise RunError(
            "A race without inputs needs a model that can be built without one of them.",
            ", ".join(branch.name for branch in race.architecture.data_inputs),
            "Add an input that the heads read, too.",
        )
    return tuple(models)


def _problem(race: Race, entry: StrategyEntry) -> str:
    """The reason why an input can't be left out; empty if it can."""
    try:
        _reduced(race, entry)
    except SpecError as error:
        return f"{error.rule} Received `{error.received}`."
    return ""


def _planned(race: Race, contender: Contender) -> PlannedStrategy:
    match, head = contender.matched, race.compared.name
    kept = {one.name for one in contender.architecture.heads}
    lost = [one.name for one in race.architecture.heads if race.reduces and one.name not in kept]
    graph = built_view(contender.architecture).graph
    return PlannedStrategy(
        parameters=contender.size.parameters,
        flops=contender.size.flops,
        additive=None if head in lost else only_adds(graph, head),
        target=match.target if match else None,
        limit=match.limit if match else "",
        notes=contender.notes,
        lost_heads=tuple(lost),
    )


def _contender(race: Race, entry: StrategyEntry, target: int) -> Contender:
    fitted = candidate(race.architecture, entry, race.merge)
    if fitted.architecture is None:
        raise fitted.why or RunError(
            "This strategy can't be used here.", entry.text, "Leave it out."
        )
    if not race.matched:
        return Contender(entry, fitted.architecture, size(fitted.architecture), None, fitted.notes)
    name = replaced_name(race.architecture, race.merge)
    match = matched(fitted.architecture, name, target, _fixed_fields(entry))
    return Contender(entry, match.architecture, size(match.architecture), match, fitted.notes)


def _fixed_fields(entry: StrategyEntry) -> frozenset[str]:
    """The fields that the entry sets, those of the layers after the merge as `then.units`."""
    then = entry.fields.get("then", {})
    return frozenset({*entry.fields, *(f"then.{name}" for name in then)})
