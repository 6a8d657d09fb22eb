"""The race of a strategy against each input alone, which tells if fusion pays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from components.base.errors import RunError
from components.base.text import plural, quoted
from components.experiments.races.atlas import values
from components.experiments.races.entries import (
    ALONE,
    APART,
    FIRST,
    StrategyEntry,
    entry_of,
    parse_entry,
)
from components.experiments.races.fitted import fit_entry
from components.experiments.races.setup import Race, make_race
from components.experiments.races.statistics import SEEDS, VERDICT_SEEDS
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec

CHOSEN = "concatenate"
"""Default strategy to compare with each input alone."""


def race_pays(
    architecture: Architecture,
    data: Data,
    settings: Settings,
    chosen: str = CHOSEN,
    seeds: int = SEEDS,
    head: str = "",
) -> Race:
    """Return the race of a strategy against each input alone and the usual strategies.

    The usual ones are branches trained apart, Concatenate, the model's own merge, and the atlas's
    best strategy on this relation; on other data the six of a first race. Raises `RunError` for a
    model of one input and for fewer seeds than a verdict needs, and as `make_race` does.
    """
    names = [branch.name for branch in architecture.data_inputs]
    if len(names) < 2:
        raise RunError(
            "Only a model of several inputs can tell if their fusion pays.",
            quoted(names),
            "Add an input.",
        )
    first = parse_entry(chosen)
    alone = [StrategyEntry(kind=ALONE, fields={"input": name}) for name in names]
    own = [entry_of(merge) for merge in architecture.merges[-1:]]
    wanted = [parse_entry(CHOSEN), *own, *_best_known(architecture, data)]
    others = [entry for entry in wanted if _fits(architecture, entry)]
    entries = dict.fromkeys((first, *alone, StrategyEntry(kind=APART), *others))
    race = make_race(
        architecture=architecture,
        entries=tuple(entries),
        data=(data,),
        settings=settings,
        seeds=seeds,
        head=head,
    )
    if race.seeds < VERDICT_SEEDS:
        raise RunError(
            f"A verdict on fusion needs at least {VERDICT_SEEDS} seeds.",
            plural(race.seeds, "seed"),
            f"Choose {VERDICT_SEEDS} seeds or more.",
        )
    return race


def _best_known(architecture: Architecture, data: Data) -> Iterator[StrategyEntry]:
    """Yield the atlas's best strategy on a relation that fits; on other data, those of `FIRST`."""
    if isinstance(data, DataSpec):
        ranked = map(parse_entry, best_in_atlas(data))
        yield from islice((entry for entry in ranked if _fits(architecture, entry)), 1)
    else:
        yield from map(parse_entry, FIRST)


def best_in_atlas(data: DataSpec) -> list[str]:
    """Return the strategies of the first part of the atlas that has the relation, the best first.

    Entries keep their layers after the strategy, but not their widths. If the relation has other
    settings than in the atlas, those of the atlas count.
    """
    known, kind = values.load(), data.relation.model_dump()["kind"]
    for section in known.sections if known else ():
        names = [field.name for field in section.fields if field.name.partition(":")[0] == kind]
        if names:
            lines = {line.strategy: parse_entry(line.entry) for line in section.lines}
            cells = sorted(section.on(names[0]).values(), key=lambda cell: -cell.mean)
            return [_without_widths(lines[cell.strategy]).text for cell in cells]
    return []


def _without_widths(entry: StrategyEntry) -> StrategyEntry:
    layers = {name: value for name, value in entry.fields.items() if name == "then"}
    return StrategyEntry(kind=entry.kind, fields=layers)


def _fits(architecture: Architecture, entry: StrategyEntry) -> bool:
    return fit_entry(architecture, entry).architecture is not None
