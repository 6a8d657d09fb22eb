"""The best that any model can reach on this data."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, on_samples, quality
from components.experiments.verdicts.figures import SMALL, RunFigures


class AsGoodAsPossible(RunCase):
    title = "As good as possible"
    rank = 50
    live = True

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        reached, levels = run.reached, run.levels
        if levels is None:
            return False
        lower = (levels.chance, levels.single, levels.additive)
        below = [level for level in lower if level < levels.bayes - SMALL]
        left = levels.bayes - reached.value
        near = left <= SMALL / 2 or (left <= SMALL and reached.holds(levels.bayes))
        return near and bool(below) and reached.low > max(below)

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.levels is not None
        return (
            f"As good as possible: {quality(run, run.reached.value)} on {on_samples(run)}. The "
            f"best that any model can reach on this data is {quality(run, run.levels.bayes)}."
        )
