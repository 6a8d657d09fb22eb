"""The models of a race: the architecture with each strategy, and the runs that train it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from components.core.errors import RunError
from components.core.limits import RACE_RUNS
from components.model.spec import Architecture
from components.race.candidates import Size, candidate, replaced_name, size
from components.race.entries import StrategyEntry
from components.race.matching import Matched, matched
from components.race.setup import Race
from components.training.requests import RunRequest
from sample_data.sources import Data, load, nbytes_of
from sample_data.synthetic import DataSpec

_SEEDS = 2**32


@dataclass(frozen=True)
class Contender:
    """A strategy built into the architecture of a race."""

    entry: StrategyEntry
    architecture: Architecture
    size: Size
    matched: Matched | None
    notes: tuple[str, ...]
    """What was changed so that it fits, a sentence each."""


@lru_cache(maxsize=64)
def contenders(race: Race) -> tuple[Contender, ...]:
    """Each strategy of a race, built. Raises `SpecError` for the first that doesn't fit."""
    target = race.target
    if race.matched and not target:
        target = size(race.architecture).parameters
    return tuple(_contender(race, entry, target) for entry in race.entries)


@lru_cache(maxsize=64)
def requests(race: Race) -> tuple[RunRequest, ...]:
    """Every run, by dataset, then strategy, then seed. Raises `SpecError` as `contenders` does."""
    return tuple(
        RunRequest(
            architecture=contender.architecture,
            data=seeded(data, seed),
            settings=race.settings.model_copy(update={"seed": seed}),
        )
        for data in race.data
        for contender in contenders(race)
        for seed in range(race.seeds)
    )


def seeded(data: Data, seed: int) -> Data:
    """The data of one seed of a race: new samples of a relation; other data stays the same."""
    if isinstance(data, DataSpec):
        return data.model_copy(update={"seed": (data.seed + seed) % _SEEDS})
    return data


def check(race: Race) -> None:
    """Raises `SpecError` for a strategy that doesn't fit, `DataError` for a dataset that doesn't
    fit the architecture, and `RunError` for more runs than the server's owner allows."""
    most = RACE_RUNS.value()
    if race.total > most:
        raise RunError(
            f"A race may have {most:,} runs here.",
            f"{race.total:,} runs",
            f"Choose fewer strategies, datasets or seeds, or ask the server's owner: "
            f"{RACE_RUNS.variable} sets the limit.",
        )
    contenders(race)
    for data in race.data:
        if isinstance(data, DataSpec):
            nbytes_of(race.architecture, data)
        else:
            load(race.architecture, data)


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
