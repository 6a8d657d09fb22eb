"""The training loss did not fall, at a high learning rate."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, Suggestion
from components.experiments.verdicts.cases.diverged import lower_rate
from components.experiments.verdicts.figures import RunFigures

HIGH = 0.01
"""Learning rate from which on it can be the reason."""


class RateTooHigh(RunCase):
    title = "Learning rate too high"
    rank = 80

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        losses = run.losses
        if len(losses) < 3 or run.settings.learning_rate < HIGH:
            return False
        return run.below_possible and min(losses[-2:]) > 0.98 * losses[0] > 0

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        first, last = run.losses[0], run.losses[-1]
        return (
            f"The training loss did not fall: {first:.3f} after the first epoch, {last:.3f} after "
            f"the last. A learning rate of {run.settings.learning_rate:g} is probably too high."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return lower_rate(run)
