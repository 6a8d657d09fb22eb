"""Sentences on the result of a race that tells if fusion pays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from components.base.text import join_names, plural
from components.experiments.races.entries import ALONE, parse_entry
from components.experiments.races.evaluation import DatasetResult, RaceResult, StrategyResult
from components.experiments.races.setup import Race
from components.experiments.races.statistics import FIRST_SEEDS, interval
from components.experiments.races.without import would_have
from sample_data.loading.sources import about, rows_of

TEST = "a paired t-test against {}, with Holm's correction"
"""Name of the test of a verdict."""
TUNED = (
    "The learning rate of each run is the best of three after one pass over three quarters of its "
    "training samples, measured on the other quarter. No held-out sample has a part in that."
)
"""Note on how all models of the race are tuned."""
MUCH = 1.5
"""Ratio of weights from which a sentence mentions it."""


def test_of(result: RaceResult) -> str:
    """Return the name of the test, with the strategy that the others are compared with."""
    return TEST.format(result.setup.entries[0].title)


def verdict_pays(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Return sentences on whether fusion pays, and on how the other models compare."""
    sentences = " ".join([_pays(result, on_dataset), *_others(result, on_dataset)])
    if on_dataset.complete:
        return sentences
    return f"After {FIRST_SEEDS} of {result.seeds} seeds: {sentences}"


def pays(result: RaceResult, on_dataset: DatasetResult) -> bool | None:
    """Return `True` if the race's first strategy is shown to be better than every input alone.

    `None` without a verdict on each.
    """
    rows = [row for row in _alone(result, on_dataset) if not row.problem]
    if not rows or any(row.tied is None for row in rows):
        return None
    return all(row.tied is False and (row.difference or 0.0) < 0 for row in rows)


def _alone(result: RaceResult, on_dataset: DatasetResult) -> list[StrategyResult]:
    """Return the rows of single inputs, the best first."""
    return [row for row in on_dataset.rows if row.kind == ALONE]


def _pays(result: RaceResult, on_dataset: DatasetResult) -> str:
    chosen, points = on_dataset.row(result.setup.entries[0].text), result.measure.difference
    rows = [row for row in _alone(result, on_dataset) if not row.problem]
    shown = pays(result, on_dataset)
    if shown is None:
        return "There is no verdict on fusion: an input alone has too few finished runs."
    best = rows[0]
    common = sorted(chosen.scores.keys() & best.scores.keys())
    span = interval([chosen.scores[seed] - best.scores[seed] for seed in common])
    half = 0.0 if span.high is None else span.high - span.mean
    if shown:
        gained = f"{points(span.mean, False)} ± {points(half)}"
        return f"Fusion pays {gained} over the best input alone (`{_input(best)}`)."
    if better := [row for row in rows if row.tied is False and (row.difference or 0.0) > 0]:
        lost = points(better[0].difference or 0.0)
        return f"Fusion does not pay: {better[0].title} is {lost} better than {chosen.title}."
    tied = [row for row in rows if row.tied]
    names = join_names([f"`{_input(row)}`" for row in tied], last="or")
    sizes, seeds = [row.detectable for row in tied], min(len(row.scores) for row in tied)
    would = would_have(result, on_dataset, sizes, seeds)
    return (
        f"Fusion isn't shown to pay: no difference between {chosen.title} and {names} alone is "
        f"shown{would}."
    )


def _input(row: StrategyResult) -> str:
    return parse_entry(row.entry).input


def _others(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    """Yield sentences on the other models that beat the first strategy, and those not shown to."""
    first, *entries = result.setup.entries
    chosen = on_dataset.row(first.text)
    rows = [on_dataset.row(entry.text) for entry in entries if entry.kind != ALONE]
    better = [row for row in rows if row.tied is False and (row.difference or 0.0) > 0]
    tied = [row for row in rows if row.tied]
    for row in better:
        gained = result.measure.difference(row.difference or 0.0)
        yield f"{row.title} beats {chosen.title} by {gained}."
    if tied:
        verb = "isn't" if len(tied) == 1 else "aren't"
        names = join_names([row.title for row in tied])
        yield f"{names} {verb} shown to beat {chosen.title}{_share_of_weights(chosen, tied)}."


def _share_of_weights(chosen: StrategyResult, tied: Sequence[StrategyResult]) -> str:
    """Return the share of the largest one's weights that the chosen strategy has, as a clause."""
    largest = max(tied, key=lambda row: row.parameters)
    if largest.parameters < MUCH * chosen.parameters:
        return ""
    share = f"{100 * chosen.parameters / largest.parameters:.0f} %"
    of = "its weights" if len(tied) == 1 else f"the weights of {largest.title}"
    return f", which has {share} of {of}"


def pays_notes(race: Race) -> Iterator[str]:
    """Yield a note on the tuning of the models, and one on the limit set by a file's size."""
    yield TUNED
    for data in race.data:
        if isinstance(data, str) and race.compared.target != "values":
            share = about(data).held_share or race.settings.validation_share
            held = max(1, round(share * rows_of(data)))
            yield (
                f"{plural(held, 'row')} of the file are held out. A share of right answers on so "
                f"many has a standard error of up to {50 / math.sqrt(held):.1f} points, or more "
                "where rows belong together. The intervals do not contain it."
            )
