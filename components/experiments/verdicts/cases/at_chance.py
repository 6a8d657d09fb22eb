"""No better than chance, for a model that could learn more."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    more_samples,
    on_samples,
    quality,
    with_interval,
    without_learning,
)
from components.experiments.verdicts.figures import SMALL, RunFigures


class AtChance(RunCase):
    title = "At chance"
    rank = 140

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        possible = run.levels is not None and run.levels.bayes > run.levels.chance + 2 * SMALL
        return run.at_chance and possible and run.below_possible

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.levels is not None
        return (
            f"Not shown to be better than {without_learning(run)}: "
            f"{with_interval(run, run.reached)} on {on_samples(run)}, and "
            f"{quality(run, run.levels.bayes)} is possible."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return more_samples(run)
