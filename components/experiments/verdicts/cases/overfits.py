"""The model does much better on the samples that it trained on."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    more_samples,
    on_samples,
    quality,
)
from components.experiments.verdicts.figures import RunFigures

GAP = 0.1
"""Smallest gap between training and validation that counts."""
RISE = 1.05
"""Rise of the validation loss after its lowest value that counts."""


class Overfits(RunCase):
    title = "Overfits"
    rank = 100
    live = True

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        if run.trained is None or not run.below_possible:
            return False
        gap = run.trained.value - run.reached.value
        return gap > GAP and run.trained.low > run.reached.high

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.trained is not None
        return (
            f"Overfits: it reaches {quality(run, run.trained.value)} on the samples that it "
            f"trained on, and {quality(run, run.reached.value)} on {on_samples(run)}."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        more = more_samples(run)
        if more is not None or run.settings.restore_best or not run.held_losses:
            return more
        if run.held_losses[-1] < RISE * min(run.held_losses):
            return None
        settings = {"restore_best": True, "patience": 5}
        return Suggestion("Try keeping the best epoch", settings=settings)
