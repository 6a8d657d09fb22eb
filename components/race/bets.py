"""A bet on a race, and its answer."""

from __future__ import annotations

from dataclasses import dataclass

from components.core.text import plural
from components.race.result import DatasetResult, RaceResult, StrategyResult
from components.race.statistics import Interval, interval
from components.race.text import apart, verdict


@dataclass(frozen=True)
class Bet:
    """A prediction: which strategy wins, and by how much over the next best.

    `margin` is in percentage points for accuracy, else in the measure's own unit.
    """

    entry: str
    margin: float


@dataclass(frozen=True)
class BetAnswer:
    """Whether a bet was right, and whether its margin lies in the measured interval.

    Both are `None` before the last verdict; `close` also if another strategy won.
    """

    right: bool | None
    close: bool | None
    text: str


def answer(bet: Bet, result: RaceResult, table: DatasetResult, mine: bool = True) -> BetAnswer:
    """Whether a bet was right. Raises `KeyError` for an entry that doesn't race.

    `mine` tells whether the reader made the bet.
    """
    own, points = table.row(bet.entry), result.measure.difference
    margin = bet.margin / 100 if result.measure.share else bet.margin
    opening = f"{'You bet' if mine else 'The bet was'} on {own.title} by {points(margin)}."
    if not table.complete or own.tied is None:
        return BetAnswer(None, None, f"{opening} {verdict(result, table)}")
    if own.entry not in table.best:
        return BetAnswer(False, None, f"{opening} {_lost(own, table, result)}")
    other = next(row for row in table.rows if row.entry != own.entry and row.mean is not None)
    lead = _lead(own, other)
    low, high = (lead.mean if end is None else end for end in (lead.low, lead.high))
    close = low <= margin <= high
    common = "" if own.scores.keys() == other.scores.keys() else ", over the seeds that both have"
    text = (
        f"{_won(own, table, result)} Its lead over {other.title} is {points(lead.mean)} (95 % "
        f"interval {points(low, False)} to {points(high)}){common}: "
        f"{'your' if mine else 'the'} margin is {'inside' if close else 'outside'}."
    )
    return BetAnswer(True, close, f"{opening} {text}")


def _won(own: StrategyResult, table: DatasetResult, result: RaceResult) -> str:
    """How good one of the best is: the only one, the best mean, or not shown to be below that."""
    mean, top = result.measure.text(own.mean), table.rows[0]
    if len(table.best) == 1:
        return f"It is the best, with {mean}."
    if own.mean == top.mean:
        others = plural(len(table.best) - 1, "strategy", "strategies")
        return f"It has the best mean, {mean}; no difference from {others} is shown."
    return f"With {mean}, it is not shown to be below {top.title}, which has the best mean."


def _lost(own: StrategyResult, table: DatasetResult, result: RaceResult) -> str:
    top = table.rows[0]
    gap = apart((own.mean or 0.0) - (top.mean or 0.0), result)
    valued = sum(row.mean is not None for row in table.rows)
    return f"{top.title} has the best mean; {own.title} is {gap} it (rank {own.rank} of {valued})."


def _lead(own: StrategyResult, other: StrategyResult) -> Interval:
    common = sorted(own.scores.keys() & other.scores.keys())
    return interval([own.scores[seed] - other.scores[seed] for seed in common])
