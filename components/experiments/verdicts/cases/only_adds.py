"""The model only adds what its inputs say, and the data needs them together."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    on_samples,
    quality,
    with_interval,
)
from components.experiments.verdicts.figures import SMALL, RunFigures
from components.models.merges import MERGES

PRODUCT = "multiply"
"""Strategy that is suggested: the simplest one whose head reads products."""


class OnlyAdds(RunCase):
    title = "Only adds"
    rank = 60
    live = True

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        reached, levels = run.reached, run.levels
        if levels is None or not run.adds:
            return False
        gap = levels.bayes - levels.additive
        about_there = reached.low - SMALL <= levels.additive <= reached.value + 2 * SMALL
        return gap > 2 * SMALL and about_there and run.below_possible

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.levels is not None
        bayes, additive = quality(run, run.levels.bayes), quality(run, run.levels.additive)
        why = "This model only adds what its inputs say, and"
        if run.at_chance and run.levels.additive <= run.levels.chance + SMALL:
            return (
                f"Stays at chance: {with_interval(run, run.reached)} on {on_samples(run)}, and "
                f"{bayes} is possible. {why} this data needs them together."
            )
        return (
            f"Reaches {with_interval(run, run.reached)} on {on_samples(run)}, about the {additive} "
            f"of the best sum that training finds; {bayes} is possible. {why} the rest needs them "
            "together."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        if not run.merged:
            return None
        return Suggestion(f"Try {MERGES[PRODUCT].title}", strategy=PRODUCT)
