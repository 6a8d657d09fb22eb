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
    without_learning,
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
        if run.levels is None and run.frequent is not None:
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
    assert run.lowest is not None
    named = {
        without_learning(run): run.lowest,
        f"the best of one input ({quality(run, levels.single)})": levels.single,
        f"the best sum that training finds ({quality(run, levels.additive)})": levels.additive,
    }
    above, highest = [], -math.inf
    for name, value in named.items():
        if highest + SMALL < value < min(run.reached.low, levels.bayes - SMALL):
            above.append(name)
            highest = value
    possible = f"{quality(run, levels.bayes)} is possible."
    if run.reached.high < levels.single - SMALL:
        return f"One input alone can reach {quality(run, levels.single)}; {possible}"
    if not above:
        return f"It is not shown to be better than {without_learning(run)}; {possible}"
    return f"This is more than {join_names(above)}; {possible}"
