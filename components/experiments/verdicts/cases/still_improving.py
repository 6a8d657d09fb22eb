"""The validation loss was still falling when the training ended."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import (
    RunCase,
    Suggestion,
    on_samples,
    with_interval,
)
from components.experiments.verdicts.figures import RunFigures

FALL = 0.02
"""Smallest fall of the loss over the last fifth of the epochs, as a share of it."""
MOST = 1000
"""Largest number of epochs."""


class StillImproving(RunCase):
    title = "Still improving"
    rank = 110

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        losses = run.held_losses
        if len(losses) < 3 or not run.below_possible:
            return False
        lowest = losses[-1] == min(losses)
        return lowest and len(losses) == run.settings.epochs and _fall(run) > FALL

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        count = _last(run)
        return (
            f"Reaches {with_interval(run, run.reached)} on {on_samples(run)}, and was still "
            f"improving when it ended: the validation loss fell by {100 * _fall(run):.0f} % in the "
            f"last {'epoch' if count == 1 else f'{count} epochs'}."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        epochs = 2 * run.settings.epochs
        if epochs > MOST:
            return None
        return Suggestion(f"Try {epochs} epochs", settings={"epochs": epochs})


def _last(run: RunFigures) -> int:
    """Return the number of epochs that are looked at: a fifth, and at least one."""
    return max(1, len(run.held_losses) // 5)


def _fall(run: RunFigures) -> float:
    before, last = run.held_losses[-1 - _last(run)], run.held_losses[-1]
    return (before - last) / abs(before) if before else 0.0
