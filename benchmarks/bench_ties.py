"""How often a race names a strategy worse that is not, and how often it finds one that is.

Scores are normal, independent from strategy to strategy and from seed to seed. `best` compares each
strategy with the one that has the best mean, by the paired t-test with Holm's correction alone;
`race` also calls tied what is at least as good as one that is not shown to be below the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from components.race.statistics import LEVEL, verdicts

RACES = 2000
SEEDS = 5


@dataclass(frozen=True)
class TieRates:
    """Shares of races in which a strategy is called worse: by the comparison with the best alone,
    and as a race does."""

    best: float
    race: float


def rates(
    means: Sequence[float], spreads: Sequence[float], seeds: int = SEEDS, races: int = RACES
) -> TieRates:
    """Of races between strategies with those means and standard deviations.

    If all means are equal, any strategy called worse counts; else the one with the lowest mean.
    """
    rng = np.random.default_rng(0)
    worst = None if len(set(means)) == 1 else int(np.argmin(means))
    alone = together = 0
    for _ in range(races):
        drawn = rng.normal(means, spreads, size=(seeds, len(means))).T
        judged = verdicts([dict(enumerate(map(float, scores))) for scores in drawn])
        asked = [one for i, one in enumerate(judged) if one and worst in (None, i)]
        alone += any(one.p is not None and one.p <= LEVEL for one in asked)
        together += any(one.tied is False for one in asked)
    return TieRates(alone / races, together / races)


def main() -> None:
    """Print the table."""
    rows = []
    for count in (2, 6, 12, 34):
        uneven = [1.0 if i % 2 else 3.0 for i in range(count)]
        for title, means, spreads in (
            ("equal", [0.0] * count, [1.0] * count),
            ("equal, half of them scatter 3 times as much", [0.0] * count, uneven),
            ("one is 4 standard deviations below", [0.0] * (count - 1) + [-4.0], [1.0] * count),
        ):
            shares = rates(means, spreads)
            figures = {"best": f"{100 * shares.best:.1f} %", "race": f"{100 * shares.race:.1f} %"}
            rows.append(BenchmarkRow(f"{count} strategies, {title}", figures))
    show(f"{SEEDS} seeds, {RACES:,} races", rows)


if __name__ == "__main__":
    main()
