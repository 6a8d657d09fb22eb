"""The held-out samples are too few to tell the result from chance."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    more_samples,
    on_samples,
    with_interval,
    without_learning,
)
from components.experiments.verdicts.figures import RunFigures

WIDE = 0.25
"""Width of an interval from which on too few samples are held out."""


class TooFewSamples(RunCase):
    title = "Too few samples"
    rank = 40

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        reached = run.reached
        if reached.high - reached.low < WIDE:
            return False
        return run.lowest is not None and reached.low <= run.lowest < reached.high

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        return (
            f"Reaches {with_interval(run, run.reached)} on {on_samples(run)}. These are too few to "
            f"tell whether the model does better than {without_learning(run)}."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return more_samples(run, factor=10)
