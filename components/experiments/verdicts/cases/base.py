"""Base of the cases that a verdict on a run can be, with its sentence and one thing to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from components.experiments.training.intervals import QualityInterval
from components.experiments.verdicts.figures import SMALL, RunFigures
from components.models.language.registry import Concept


@dataclass(frozen=True)
class Suggestion:
    """One change to try, with the label of its button."""

    label: str
    """Words of the button, which also end the sentence, such as `Try Multiply`."""
    settings: dict[str, Any] = field(default_factory=dict)
    """New values of training settings."""
    samples: int | None = None
    """New number of samples of a relation."""
    strategy: str = ""
    """Strategy for the place of the last merge."""


class RunCase(Concept):
    """Base of a case: its condition as figures, its sentence, and what to try.

    Subclasses are used as classes and never instantiated; one file each. The first one that applies
    is the verdict. Sentences have names in backticks.
    """

    live: ClassVar[bool] = False
    """`True` if it can be said before the training has ended."""

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        """Return `True` if the figures show this case."""
        raise NotImplementedError

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        """Say what happened, and why if that is known."""
        raise NotImplementedError

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        """Return what to try; `None` if nothing is likely to help."""
        return None


def quality(run: RunFigures, value: float) -> str:
    """Format a quality: `97.5 %`, or `R² 0.87`."""
    return f"{percent(value)} %" if run.is_share else f"R² {value:.2f}"


def percent(share: float) -> str:
    """Return a share in percent with one decimal, or without it for a whole number."""
    return f"{100 * share:.1f}".removesuffix(".0")


def with_interval(run: RunFigures, reached: QualityInterval) -> str:
    """Format a quality with its interval: `88.2 % (85 to 91 %)`."""
    if run.is_share:
        ends = f"{100 * reached.low:.0f} to {100 * reached.high:.0f} %"
    else:
        ends = f"{reached.low:.2f} to {reached.high:.2f}"
    return f"{quality(run, reached.value)} ({ends})"


def without_learning(run: RunFigures) -> str:
    """Name what a model reaches without learning, with its figure."""
    assert run.lowest is not None
    by_chance = run.levels is not None and run.lowest <= run.levels.chance + SMALL
    name = "chance" if by_chance else "always guessing the most frequent class"
    return f"{name} ({quality(run, run.lowest)})"


def on_samples(run: RunFigures) -> str:
    """Name the samples of the measure: `500 validation samples`."""
    return f"{run.samples:,} {'validation' if run.validated else 'training'} samples"


def more_samples(run: RunFigures, factor: int = 4, most: int = 20_000) -> Suggestion | None:
    """Suggest more samples of a relation; `None` for other data, and if it has many already."""
    if run.drawn is None or run.drawn * factor > most:
        return None
    samples = run.drawn * factor
    return Suggestion(f"Try {samples:,} samples", samples=samples)
