"""Rates of false alarms in races of equal strategies, the differences that verdicts show and name,
and their claims on the atlas.

`python -m tests.experiments.races.error_rates` prints all rates; docs/measured.md has the highest
of each kind of scores.
Seeds finish one after another, and every race is looked at after each of them. All strategies
share the effect of a seed.
`below_best` judges thousands of races at once; a test compares it with `verdicts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from components.experiments.races.atlas.values import AtlasCell, load
from components.experiments.races.distributions import range_tail
from components.experiments.races.statistics import (
    ALIKE,
    POWER,
    Look,
    Scores,
    Verdict,
    against_first,
    verdict_due,
    verdicts,
)

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

RACES = 20_000
AT_ONCE = 2_000_000
"""Maximum number of scores drawn at once."""
FEWER = 2_000
"""Number of races without inputs, which are judged one by one."""
NAMED = 300
"""Number of races whose verdicts name a difference, also judged one by one."""
SEEDS = (3, 4, 5, 10)
COUNTS = (2, 6, 12, 34)
INPUTS = (2, 3, 6)
FAILED = 50.0
"""Distance of a seed that fails to learn from the others, in standard deviations: chance instead of
97 % with a spread of one point.
"""
KINDS = (
    "normal",
    "one scatters 5 times as much",
    "half scatter 3 times as much",
    "accuracy 97 %",
    "accuracy 99.8 %",
    *(f"fail .{tenths}" for tenths in (1, 2, 3, 5)),
    "half are worse",
)
SIX = ("late_sum", "add", "concatenate", "mlp", "multiply", "bilinear")
"""The default strategies of a race."""


def draw(rng: np.random.Generator, kind: str, races: int, count: int, seeds: int) -> Values:
    """Return the scores of equals by race, strategy and seed. In "half are worse", the second half
    is worse.
    """
    size = (races, count, seeds)
    if kind.startswith("accuracy"):
        share = float(kind.split()[1]) / 100
        shared = np.clip(share + rng.normal(0, (1 - share) / 10, (races, 1, seeds)), 0, 1)
        return rng.binomial(500, np.broadcast_to(shared, size)) / 500
    drawn = rng.normal(size=size)
    if kind.startswith("one"):
        drawn[:, 0] *= 5
    if kind.startswith("half scatter"):
        drawn[:, ::2] *= 3
    if kind.startswith("fail"):
        drawn -= FAILED * (rng.random(size) < float(kind.split()[1]))
    if kind == "half are worse":
        drawn[:, count // 2 :] -= 8
    return drawn + rng.normal(0, 2, (races, 1, seeds))


def below_best(scores: Values, level: float) -> Flags:
    """Return the strategies of each race that `verdicts` shows to be below the best."""
    races, count, seeds = scores.shape
    least = ALIKE * np.abs(scores).max(axis=(1, 2))[:, None]
    order = np.lexsort((scores.std(axis=2, ddof=1), -scores.mean(axis=2)), axis=1)
    ranked = np.take_along_axis(scores, order[:, :, None], axis=1)
    apart = ranked[:, :1] - ranked[:, 1:]
    lead, wide = apart.mean(axis=2), apart.std(axis=2, ddof=1)
    wide = np.maximum(np.where(wide > least, wide, 0.0), _steps(scores, least) / math.sqrt(6))
    median = np.stack([np.median(wide[:, : n + 1], axis=1) for n in range(count - 1)], axis=1)
    error = np.maximum(wide, median) / math.sqrt(seeds)
    limits = np.array([0.0, 0.0, *(_limit(n, seeds - 1, level) for n in range(2, count + 1))])
    left, shown = np.full(races, count), np.zeros((races, count), dtype=bool)
    for rank in reversed(range(count - 1)):
        far = lead[:, rank] > least[:, 0]
        beyond = far & (lead[:, rank] >= limits[left] * error[:, rank])
        shown[np.arange(races), order[:, rank + 1]] = beyond
        left -= beyond
    return shown


def _steps(scores: Values, least: Values) -> Values:
    """Return the smallest difference between two scores of each race; 0 if all are equal."""
    gaps = np.diff(np.sort(scores.reshape(len(scores), -1), axis=1), axis=1)
    smallest = np.where(gaps > least, gaps, np.inf).min(axis=1, keepdims=True)
    return np.where(np.isinf(smallest), 0.0, smallest)


@cache
def _limit(groups: int, freedom: int, level: float) -> float:
    """Return the t of a pair from which `verdicts` shows a difference, found by bisection."""
    low, high = 0.0, 1e4
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        far = range_tail(math.sqrt(2) * middle, groups, freedom) > level
        low, high = (middle, high) if far else (low, middle)
    return high


def looks(seeds: int) -> list[Look]:
    """Return the looks at a race, from the first to the one at its end."""
    due = (verdict_due(range(ended), seeds) for ended in range(1, seeds + 1))
    return list(dict.fromkeys(one for one in due if one is not None))


def false_share(kind: str, count: int, seeds: int, races: int = RACES) -> float:
    """Return the percentage of races in which any look calls one of the equals worse."""
    rng, wrong, left = np.random.default_rng([count, seeds, *kind.encode()]), 0, races
    equals = count // 2 if kind == "half are worse" else count
    while left:
        some = min(left, max(1, AT_ONCE // (count * seeds)))
        drawn = draw(rng, kind, some, count, seeds)
        found = [
            below_best(drawn[:, :, : len(due.seeds)], due.level)[:, :equals].any(axis=1)
            for due in looks(seeds)
        ]
        wrong, left = wrong + int(np.any(found, axis=0).sum()), left - some
    return 100 * wrong / races


def false_share_without(kind: str, inputs: int, seeds: int, races: int = FEWER) -> float:
    """Return the percentage of races without inputs in which any look shows a difference of
    equals.
    """
    rng = np.random.default_rng([inputs, seeds, *kind.encode()])
    wrong = 0
    for scores in draw(rng, kind, races, inputs + 1, seeds):
        found = (judged(scores, due, against_first) for due in looks(seeds))
        wrong += any(one is not None and one.tied is False for each in found for one in each)
    return 100 * wrong / races


def powers(count: int, due: Look, apart: Iterable[float], races: int = 2000) -> list[float]:
    """Return the shares of races in which a look shows one strategy below the others, which are
    equal, for each distance in standard deviations.
    """
    drawn = draw(np.random.default_rng(0), "normal", races, count, len(due.seeds))
    lower = np.arange(count)[:, None] == count - 1
    return [float(below_best(drawn - size * lower, due.level)[:, -1].mean()) for size in apart]


@dataclass(frozen=True)
class NamedSizes:
    """Differences that verdicts on equals name as detectable, and the true one, in standard
    deviations.
    """

    true: float
    """Difference that is shown with a probability of `POWER`."""
    lower: float
    upper: float
    """Ends of the range that the verdicts name, as medians over races."""
    power_lower: float
    power_upper: float
    """Probability that differences of the named sizes are shown."""


def named_sizes(count: int, due: Look, races: int = NAMED) -> NamedSizes:
    """Compare the differences that verdicts on equals name with those that are shown."""
    rng, sizes = np.random.default_rng(1), np.arange(0, 25, 0.25)
    shown = powers(count, due, sizes)
    ends = []
    for scores in draw(rng, "normal", races, count, len(due.seeds)):
        named = [one.detectable for one in judged(scores, due) if one and one.detectable]
        ends += [(min(named), max(named))] if named else []
    lower, upper = np.array(ends).T
    return NamedSizes(
        float(np.interp(POWER, shown, sizes)),
        float(np.median(lower)),
        float(np.median(upper)),
        float(np.interp(lower, sizes, shown).mean()),
        float(np.interp(upper, sizes, shown).mean()),
    )


Judge = Callable[[Sequence[Scores], float], list[Verdict | None]]


def judged(
    scores: Sequence[Sequence[float]] | Values, due: Look, judge: Judge = verdicts
) -> list[Verdict | None]:
    """Return the verdicts of a race at a look."""
    return judge([{seed: float(own[seed]) for seed in due.seeds} for own in scores], due.level)


@dataclass(frozen=True)
class AtlasClaims:
    """Number of pairs of the best mean and another strategy, over the relations of the atlas."""

    ahead: int
    """Pairs in which the other strategy is shown to be below the best."""
    undecided: int
    contradicted: tuple[str, ...]
    """Sentences on claims that the means of all seeds contradict."""


def atlas_claims(due: Look) -> AtlasClaims:
    """Judge some of the seeds of the atlas.

    A verdict is contradicted if the leader's mean over all seeds is not higher, or if the means
    differ by more than the detectable difference.
    """
    atlas = load()
    assert atlas is not None
    fields = [(part, field.name) for part in atlas.sections for field in part.fields]
    ahead = undecided = 0
    contradicted = []
    for part, data in fields:
        on = part.on(data)
        cells = [on[kind] for kind in SIX if kind in on]
        found = [one for one in judged([cell.scores for cell in cells], due) if one]
        top = next((c for c, v in zip(cells, found, strict=True) if v.tied and v.p is None), None)
        for cell, verdict in zip(cells, found, strict=True):
            if top is None or cell == top:
                continue
            ahead, undecided = ahead + (not verdict.tied), undecided + bool(verdict.tied)
            contradicted += _contradiction(top, cell, verdict, data)
    return AtlasClaims(ahead, undecided, tuple(contradicted))


def _contradiction(top: AtlasCell, cell: AtlasCell, verdict: Verdict, data: str) -> list[str]:
    lead = top.mean - cell.mean
    if not verdict.tied and lead <= 0:
        return [f"{data}: {top.strategy} is called ahead of {cell.strategy}, {100 * lead:.1f}"]
    size = verdict.detectable or 0.0
    if verdict.tied and round(abs(lead), 3) > round(size, 3) > 0:
        text = f"{data}: {top.strategy} and {cell.strategy} are {100 * lead:.1f} points apart"
        return [f"{text}; {100 * size:.1f} would have been shown"]
    return []


def _rows() -> Iterator[str]:
    """Yield the Markdown rows of the tables: false alarms by kind, the same without inputs, then
    the named differences by number of seeds.
    """
    for kind in KINDS:
        shares = [false_share(kind, count, seeds) for seeds in SEEDS for count in COUNTS]
        yield f"| {kind} | {' | '.join(f'{share:.1f}' for share in shares)} |"
    for kind in KINDS:
        if kind == "normal" or kind.startswith("fail"):
            shares = [false_share_without(kind, n, seeds) for seeds in SEEDS for n in INPUTS]
            yield f"| {kind} | {' | '.join(f'{share:.1f}' for share in shares)} |"
    for seeds in SEEDS:
        for count in COUNTS:
            own = named_sizes(count, looks(seeds)[-1])
            span = f"{own.lower:.1f} to {own.upper:.1f}"
            power = f"{own.power_lower:.2f} to {own.power_upper:.2f}"
            yield f"| {seeds} | {count} | {own.true:.1f} | {span} | {power} |"


def main() -> None:
    """Print the tables, each row as soon as it is computed."""
    for row in _rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
