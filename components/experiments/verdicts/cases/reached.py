"""The quality that was reached, without a known reason."""

from __future__ import annotations

import math

from components.base.text import join_names
from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    on_samples,
    percent,
    quality,
    with_interval,
)
from components.experiments.verdicts.cases.diverged import lower_rate
from components.experiments.verdicts.cases.rate_too_high import HIGH
from components.experiments.verdicts.figures import SMALL, Levels, RunFigures


class Reached(RunCase):
    title = "Reached"
    rank = 200

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return True

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        text = f"Reaches {with_interval(run, run.reached)} on {on_samples(run)}."
        if run.frequent is not None:
            return (
                f"{text} Always guessing the most frequent class is right in "
                f"{percent(run.frequent)} % of them."
            )
        if run.levels is None:
            return text if run.is_share else f"{text} Predicting the mean would give 0."
        return f"{text} {_beside(run, run.levels)}"

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        """Suggest a lower rate if one input alone could reach more, and the rate is high."""
        levels = run.levels
        worse = levels is not None and run.reached.high < levels.single - SMALL
        return lower_rate(run) if worse and run.settings.learning_rate > HIGH else None


def _beside(run: RunFigures, levels: Levels) -> str:
    """Say which levels the interval is above, and what is possible."""
    assert run.reached is not None
    named = {
        "chance": levels.chance,
        "the best of one input": levels.single,
        "the best sum that training finds": levels.additive,
    }
    above, highest = [], -math.inf
    for name, value in named.items():
        if highest + SMALL < value < min(run.reached.low, levels.bayes - SMALL):
            above.append(f"{name} ({quality(run, value)})")
            highest = value
    possible = f"{quality(run, levels.bayes)} is possible."
    if run.reached.high < levels.single - SMALL:
        return f"One input alone can reach {quality(run, levels.single)}; {possible}"
    if not above:
        return f"It is not shown to be above chance ({quality(run, levels.chance)}); {possible}"
    return f"This is more than {join_names(above)}; {possible}"
