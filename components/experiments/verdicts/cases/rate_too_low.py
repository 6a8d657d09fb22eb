"""The loss hardly fell, at a low learning rate."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, Suggestion
from components.experiments.verdicts.figures import RunFigures

LOW = 1e-4
"""Learning rate up to which it can be the reason."""
FALL = 0.1
"""Fall of the loss, as a share of it, that counts as learning."""


class RateTooLow(RunCase):
    title = "Learning rate too low"
    rank = 70

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        if len(run.losses) < 3 or run.settings.learning_rate > LOW:
            return False
        return run.below_possible and run.losses[-1] > (1 - FALL) * run.losses[0] > 0

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        first, last = run.losses[0], run.losses[-1]
        return (
            f"The training loss hardly moved: {first:.3f} after the first epoch, {last:.3f} after "
            f"the last. A learning rate of {run.settings.learning_rate:g} is probably too low for "
            f"{len(run.losses)} epochs."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        rate = 0.01 if run.settings.optimizer in ("sgd", "momentum") else 0.001
        return Suggestion(f"Try a learning rate of {rate:g}", settings={"learning_rate": rate})
