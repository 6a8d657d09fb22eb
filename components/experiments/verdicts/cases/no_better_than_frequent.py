"""No better than the most frequent class, on data without ceilings."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, on_samples, percent, with_interval
from components.experiments.verdicts.figures import RunFigures


class NoBetterThanFrequent(RunCase):
    title = "No better than the most frequent class"
    rank = 130

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        if run.levels is not None or run.frequent is None:
            return False
        return run.reached.low <= run.frequent

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.frequent is not None
        return (
            f"Reaches {with_interval(run, run.reached)} on {on_samples(run)}. Always guessing "
            f"the most frequent class is right in {percent(run.frequent)} % of them, and the model "
            "is not shown to do better."
        )
