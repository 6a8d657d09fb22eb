"""The loss stopped being a finite number."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, Suggestion
from components.experiments.verdicts.figures import RunFigures


class Diverged(RunCase):
    title = "Diverged"
    rank = 10

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return run.diverged

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        rate = run.settings.learning_rate
        return (
            f"The training diverged: the loss is no longer a finite number. A learning rate of "
            f"{rate:g} is probably too high for this model and data."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return lower_rate(run)


def lower_rate(run: RunFigures) -> Suggestion:
    """Suggest a tenth of the learning rate, or the default one where that is lower."""
    rate = min(max(run.settings.learning_rate / 10, 1e-7), 0.001)
    return Suggestion(f"Try a learning rate of {rate:g}", settings={"learning_rate": rate})
