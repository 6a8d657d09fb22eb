"""Why a race went as it did, from the figures and from what strategies and relations say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.core.text import join_names
from components.merges import MERGES
from components.race.candidates import only_adds
from components.race.evaluation import DatasetResult, RaceResult, StrategyResult
from components.race.plan import Race, name_of
from components.race.statistics import Interval, interval
from components.race.tables import number
from sample_data.sources import about

SMALL = 0.02
"""A gap between ceilings that is not worth a sentence."""
NAMED = 3
"""Strategies that are spoken of one by one."""


@dataclass(frozen=True)
class Bet:
    """What a learner thinks will happen: who wins, and by how much over the next.

    `margin` is in points of a hundred for accuracy, and in its own unit for R².
    """

    entry: str
    margin: float


@dataclass(frozen=True)
class Answer:
    """What happened: whether the bet was right, and whether its margin lies in the interval.

    Both are `None` before there is a verdict; `close` also where the winner was another.
    """

    right: bool | None
    close: bool | None
    text: str


def why(race: Race, result: RaceResult, table: DatasetResult) -> str:
    """A paragraph on what happened on one data: what is asked of a model there, who met it, and
    what strategies are known for. Every sentence is a figure or a concept's own text."""
    said = [*_asked(race, table), *_limits(result, table), table.verdict]
    if table.judged:
        said += [*_first(result, table), *_adders(race, result, table), *_last(result, table)]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}" for sentence in said)


def predicted(bet: Bet, race: Race, result: RaceResult, table: DatasetResult) -> Answer:
    """What came of a bet, with the reasons. Raises `KeyError` for an entry that does not race."""
    mine = table.row(bet.entry)
    wanted = f"You bet on {mine.title} by {_gap(bet.margin / _unit(result), result)}."
    if not table.judged or mine.mean is None:
        return Answer(None, None, f"{wanted} {table.verdict}")
    others = [row for row in table.rows if row.entry != mine.entry and row.mean is not None]
    if not others:
        return Answer(None, None, f"{wanted} It races alone.")
    reasons = why(race, result, table)
    if mine.entry not in table.best:
        return Answer(False, None, f"{wanted} {_lost(mine, table, result)} {reasons}")
    found = _margin(mine, others[0])
    low, high = (found.mean if end is None else end for end in (found.low, found.high))
    close = low <= bet.margin / _unit(result) <= high
    shared = f", tied with {len(table.best) - 1} more" if len(table.best) > 1 else ""
    told = (
        f"It is the best{shared}: {number(mine.mean, result.measure)}, "
        f"{_apart(found.mean, result)} {others[0].title}, with an interval of "
        f"{_gap(low, result, False)} to {_gap(high, result)}. Your margin is "
        f"{'within' if close else 'outside'} it."
    )
    return Answer(True, close, f"{wanted} {told} {reasons}")


def _asked(race: Race, table: DatasetResult) -> Iterator[str]:
    teaches = next(about(data).teaches for data in race.data if name_of(data) == table.data)
    if teaches:
        yield f"{table.title} teaches: {teaches}."


def _limits(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    reach = {mark.kind: mark for mark in table.marks}
    if not reach:
        return
    single, additive, bayes = reach["single"], reach["additive"], reach["bayes"]
    of = {kind: number(mark.value, result.measure) for kind, mark in reach.items()}
    if bayes.value - additive.value > SMALL:
        yield (
            f"the best additive model reaches {of['additive']} and Bayes {of['bayes']}: "
            f"{_gap(bayes.value - additive.value, result)} take branches that interact."
        )
    elif bayes.value - single.value > SMALL:
        yield (
            f"the best additive model reaches {of['additive']}, as much as Bayes; one input alone "
            f"reaches {of['single']}: inputs must be joined, but a sum is enough."
        )
    else:
        yield (
            f"one input alone reaches {of['single']}, and Bayes {of['bayes']}: there is next to "
            "nothing that joining inputs could add."
        )


def _first(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    rows = [row for row in table.rows if row.entry in table.best]
    others = any(row.mean is not None and row.entry not in table.best for row in table.rows)
    bayes = next((mark for mark in table.marks if mark.kind == "bayes"), None)
    top = rows[0]
    if bayes is not None and top.mean is not None:
        yield (
            f"{top.title} has {number(top.mean, result.measure)}, "
            f"{_apart(top.mean - bayes.value, result)} Bayes."
        )
    if others and len(rows) <= NAMED:
        yield from (f"{row.title} is for: {MERGES[row.kind].wins}." for row in rows)


def _adders(race: Race, result: RaceResult, table: DatasetResult) -> Iterator[str]:
    """Strategies that only add, beside the ceiling of such models, where that is below Bayes."""
    reach = {mark.kind: mark.value for mark in table.marks}
    if not reach or reach["bayes"] - reach["additive"] <= SMALL or race.notes():
        return
    then = {entry.text for entry in race.entries if "then" in entry.fields}
    rows = [
        row
        for row in table.rows
        if only_adds(row.kind) and row.mean is not None and row.entry not in then
    ]
    below = [row for row in rows if (row.mean or 0.0) <= reach["additive"] + SMALL]
    if below and len(below) == len(rows):
        most = max(row.mean or 0.0 for row in below)
        yield (
            f"what only adds ({_names(below)}) has at most {number(most, result.measure)}; the "
            f"ceiling of additive models is {number(reach['additive'], result.measure)}."
        )


def _last(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    rows = [row for row in table.rows if row.mean is not None]
    if rows and rows[-1].entry not in table.best:
        row, top = rows[-1], rows[0]
        gap = _apart((row.mean or 0.0) - (top.mean or 0.0), result)
        yield f"last is {row.title}, {gap} the best; it loses with: {MERGES[row.kind].loses}."
    failed = [row for row in table.rows if row.failed]
    if failed:
        yield f"{_names(failed)} had runs that failed."


def _lost(mine: StrategyResult, table: DatasetResult, result: RaceResult) -> str:
    top = table.rows[0]
    gap = _apart((mine.mean or 0.0) - (top.mean or 0.0), result)
    place = f"it is number {mine.rank} of {sum(row.mean is not None for row in table.rows)}"
    return f"{top.title} has the best mean; {mine.title} lies {gap} it: {place}."


def _margin(mine: StrategyResult, other: StrategyResult) -> Interval:
    common = sorted(mine.scores.keys() & other.scores.keys())
    return interval([mine.scores[seed] - other.scores[seed] for seed in common])


def _unit(result: RaceResult) -> float:
    return 100.0 if result.measure.share else 1.0


def _gap(value: float, result: RaceResult, unit: bool = True) -> str:
    """A difference as one reads it: `48.9 points`, or `0.489`."""
    if result.measure.share:
        return f"{100 * value:.1f}{' points' if unit else ''}"
    return f"{value:.3f}"


def _apart(difference: float, result: RaceResult) -> str:
    """`2.0 points below`, `0.3 points above`, `level with`."""
    told = _gap(abs(difference), result)
    if told == _gap(0.0, result):
        return "level with"
    return f"{told} {'above' if difference > 0 else 'below'}"


def _names(rows: Sequence[StrategyResult]) -> str:
    return join_names([row.title for row in rows], NAMED)
