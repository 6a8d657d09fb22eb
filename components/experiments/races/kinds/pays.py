"""The race of a strategy against each input alone, all of them tuned: does fusion pay?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar

from components.base.errors import RunError
from components.base.text import join_names, plural, quoted
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
from components.experiments.races.results import DatasetResult, StrategyResult
from components.experiments.races.setup import Race
from components.experiments.races.statistics import (
    FIRST_SEEDS,
    SEEDS,
    VERDICT_SEEDS,
    Scores,
    beat_all,
    interval,
    verdict_due,
)
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import Data, about, rows_of
from sample_data.loading.synthetic import DataSpec

CHOSEN = "concatenate"
"""Default strategy to compare with each input alone."""
TUNED = (
    "The learning rate of each run is the best of three after one pass over three quarters of its "
    "training samples, measured on the other quarter. No held-out sample has a part in that."
)
"""Note on how all models of the race are tuned."""
MUCH = 1.5
"""Ratio of weights from which a sentence mentions it."""


class PaysRace(Race):
    """Race of one strategy first, then each input alone, and other models."""

    marks: ClassVar[tuple[str, ...]] = (ALONE, APART)
    tuned: ClassVar[bool] = True

    def check_entries(self) -> None:
        first = self.entries[0]
        if not first.is_strategy:
            raise RunError(
                "A race with inputs alone needs a strategy first, which they are compared with.",
                first.text,
                f"Write it as in `concatenate,{ALONE}:input=image`.",
            )
        self.check_inputs()
        super().check_entries()

    def reduced(self) -> Architecture:
        """Return the model with the first strategy and its layers."""
        fit = fit_entry(self.architecture, self.entries[0], self.merge)
        return fit.architecture or self.architecture

    @property
    def title(self) -> str:
        return f"does {self.entries[0].title} pay?"

    @property
    def test(self) -> str:
        first = self.entries[0].title
        return f"a paired t-test against {first}, with Holm's correction for the number of models"

    def sentences(self, on_dataset: DatasetResult) -> Iterator[str]:
        """Yield whether fusion pays, and how the other models compare."""
        yield self._fusion(on_dataset)
        yield from self._others(on_dataset)

    def answer(self, on_dataset: DatasetResult) -> dict[str, bool | None]:
        """Return `True` if the first strategy, or a better one, beats every input alone."""
        first = pays(on_dataset)
        if first is False and self._better_fusion(on_dataset) is not None:
            return {"pays": True}
        return {"pays": first}

    def notes(self) -> Iterator[str]:
        """Yield notes on the tuning and on the limit set by a file's size, then the others."""
        yield TUNED
        for data in self.data:
            if isinstance(data, str) and self.compared.target != "values":
                share = about(data).held_share or self.settings.validation_share
                held = max(1, round(share * rows_of(data)))
                yield (
                    f"{plural(held, 'row')} of the file are held out. A share of right answers on "
                    f"so many has a standard error of up to {50 / math.sqrt(held):.1f} points, or "
                    "more where rows belong together. The intervals do not contain it."
                )
        yield from super().notes()

    def _fusion(self, on_dataset: DatasetResult) -> str:
        """Say if fusion pays: with the best strategy that beats the first, or else with the first.

        Both are compared with each input alone.
        """
        chosen, points = on_dataset.row(self.entries[0].text), self.measure.difference
        rows = [row for row in _alone(on_dataset) if not row.problem]
        shown = pays(on_dataset)
        if shown is None:
            return "There is no verdict on fusion: an input alone has too few finished runs."
        best, better = rows[0], self._better_fusion(on_dataset)
        opening = ""
        if better is not None:
            opening = (
                f"Fusion pays with {better.title}: {self.measure.text(better.mean)}; the best "
                f"input alone (`{_input(best)}`) reaches {self.measure.text(best.mean)}. "
            )
        if shown:
            common = sorted(chosen.scores.keys() & best.scores.keys())
            span = interval([chosen.scores[seed] - best.scores[seed] for seed in common])
            half = 0.0 if span.high is None else span.high - span.mean
            gained = f"{points(span.mean, False)} ± {points(half)}"
            if opening:
                return f"{opening}{chosen.title} gains {gained} over that input."
            return f"Fusion pays {gained} over the best input alone (`{_input(best)}`)."
        if lost := [row for row in rows if row.tied is False and (row.difference or 0.0) > 0]:
            gap = f"{lost[0].title} is {points(lost[0].difference or 0.0)} better than"
            return f"{opening or 'Fusion does not pay: '}{gap} {chosen.title}."
        tied = [row for row in rows if row.tied]
        names = join_names([f"`{_input(row)}`" for row in tied])
        sizes, seeds = [row.detectable for row in tied], min(len(row.scores) for row in tied)
        would = self.would_have(on_dataset, sizes, seeds)
        opening = opening or "Fusion isn't shown to pay: "
        return f"{opening}{chosen.title} ties with {names} alone.{would}"

    def _better_fusion(self, on_dataset: DatasetResult) -> StrategyResult | None:
        """Return the best strategy shown to beat the first one and every input alone, if any.

        Two corrections by Holm count: the one of the verdicts on all models against the first, and
        that of `beat_all` for the number of strategies. Among equals, the first one alone keeps
        the share of wrong verdicts below the level; the second allows to choose the best.
        """
        due = verdict_due(range(self.seeds if on_dataset.complete else FIRST_SEEDS), self.seeds)
        if due is None:
            return None

        def scores(rows: Sequence[StrategyResult]) -> list[Scores]:
            return [{s: row.scores[s] for s in due.seeds if s in row.scores} for row in rows]

        entries = [entry.text for entry in self.entries[1:] if entry.is_strategy]
        fused = [row for row in on_dataset.rows if row.entry in entries]
        alone = [row for row in _alone(on_dataset) if not row.problem]
        shown = beat_all(scores(fused), scores(alone), due.level)
        for row, beats in zip(fused, shown, strict=True):
            if beats and row.tied is False and (row.difference or 0.0) > 0:
                return row
        return None

    def _others(self, on_dataset: DatasetResult) -> Iterator[str]:
        """Yield sentences on the other models, shown to beat the first strategy or not."""
        first, *entries = self.entries
        chosen = on_dataset.row(first.text)
        rows = [on_dataset.row(entry.text) for entry in entries if entry.kind != ALONE]
        better = [row for row in rows if row.tied is False and (row.difference or 0.0) > 0]
        tied = [row for row in rows if row.tied]
        for row in better:
            gained = self.measure.difference(row.difference or 0.0)
            yield f"{row.title} beats {chosen.title} by {gained}."
        if tied:
            verb = "isn't" if len(tied) == 1 else "aren't"
            names = join_names([row.title for row in tied])
            yield f"{names} {verb} shown to beat {chosen.title}{_share_of_weights(chosen, tied)}."


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
    race = PaysRace.make(
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


def pays(on_dataset: DatasetResult) -> bool | None:
    """Return `True` if the race's first strategy is shown to be better than every input alone.

    `None` without a verdict on each.
    """
    rows = [row for row in _alone(on_dataset) if not row.problem]
    if not rows or any(row.tied is None for row in rows):
        return None
    return all(row.tied is False and (row.difference or 0.0) < 0 for row in rows)


def _best_known(architecture: Architecture, data: Data) -> Iterator[StrategyEntry]:
    """Yield the atlas's best strategy on a relation that fits; on other data, those of `FIRST`."""
    if isinstance(data, DataSpec):
        ranked = map(parse_entry, values.best_on(data))
        yield from islice((entry for entry in ranked if _fits(architecture, entry)), 1)
    else:
        yield from map(parse_entry, FIRST)


def _fits(architecture: Architecture, entry: StrategyEntry) -> bool:
    return fit_entry(architecture, entry).architecture is not None


def _alone(on_dataset: DatasetResult) -> list[StrategyResult]:
    """Return the rows of single inputs, the best first."""
    return [row for row in on_dataset.rows if row.kind == ALONE]


def _input(row: StrategyResult) -> str:
    return parse_entry(row.entry).input


def _share_of_weights(chosen: StrategyResult, tied: Sequence[StrategyResult]) -> str:
    """Return the share of the largest one's weights that the chosen strategy has, as a clause."""
    largest = max(tied, key=lambda row: row.parameters)
    if largest.parameters < MUCH * chosen.parameters:
        return ""
    share = f"{100 * chosen.parameters / largest.parameters:.0f} %"
    of = "its weights" if len(tied) == 1 else f"the weights of {largest.title}"
    return f", which has {share} of {of}"
