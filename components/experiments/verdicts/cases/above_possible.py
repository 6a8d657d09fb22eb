"""The held-out samples gave more than any model can reach in the long run."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    more_samples,
    on_samples,
    quality,
)
from components.experiments.verdicts.figures import RunFigures


class AbovePossible(RunCase):
    title = "Above the possible"
    rank = 30

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return run.levels is not None and run.reached.low > run.levels.bayes + 1e-3

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.levels is not None
        return (
            f"Reaches {quality(run, run.reached.value)} on {on_samples(run)}, more than the "
            f"{quality(run, run.levels.bayes)} that is possible in the long run. These samples "
            "happen to be easy: a generated dataset has no leak."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return more_samples(run)
