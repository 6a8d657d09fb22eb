"""Results of one dataset of a race: its rows, its ceilings, and the compared measure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.experiments.races.entries import FrozenModel
from components.experiments.races.widths import TOLERANCE, WidthLimit
from components.experiments.training.reports import CEILING_METRICS
from components.models.heads.base import Head

NAMED = 3
"""Maximum number of strategies that a sentence names."""
STEADY = 1.25
"""Largest ratio of the slowest seed's time to the fastest's at which times count as steady."""
_TITLES = {"accuracy": "accuracy", "r2_score": "R²"}
CeilingKind = Literal["chance", "single", "additive", "bayes"]
CEILINGS: dict[CeilingKind, str] = {
    "bayes": "Bayes optimum",
    "additive": "trained additive model",
    "single": "best single input",
    "chance": "chance",
}
"""Titles of the ceilings, the highest first."""


class Measure(FrozenModel):
    """Compared measure; a higher value is better. A `share` is shown in percent."""

    name: str
    title: str
    share: bool
    validated: bool
    """`True` if it is measured on validation samples."""

    def text(self, value: float | None, unit: bool = True) -> str:
        """Return `97.3 %`, or `0.913`; a dash for `None`."""
        if value is None:
            return "–"
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' %' if unit else ''}"

    def difference(self, value: float, unit: bool = True) -> str:
        """Return a difference of two values: `48.9 points`, or `0.489`."""
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' points' if unit else ''}"

    def within(self, value: float | None) -> float | None:
        """Clip an end of an interval to possible values: a share is between 0 and 1."""
        return value if value is None or not self.share else min(1.0, max(0.0, value))


class MeanCurve(FrozenModel):
    """Mean of a measure over seeds by epoch, with its 95 % interval if there are two seeds."""

    key: str = ""
    higher: bool = True
    epochs: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class CeilingMark(FrozenModel):
    """Best value that a kind of model can reach, with its standard error if it is simulated."""

    kind: CeilingKind
    title: str
    value: float
    error: float = 0.0


class StrategyResult(FrozenModel):
    """Results of one strategy on one dataset; unknown values are `None`."""

    entry: str
    title: str
    kind: str
    rank: int | None = None
    """Rank: 1 for the best and all that are not shown to be below it. For any other it is one more
    than the number of means above the best mean in its own rank.
    """
    tied: bool | None = None
    """`True` for the best and those not shown to be below it; `None` without a verdict. In a race
    against its first entry, this field and the next three compare with that entry.
    """
    p: float | None = None
    """p-value of the test that it equals the best (`components.experiments.races.statistics`)."""
    difference: float | None = None
    """Difference from the best, over the seeds that both have."""
    detectable: float | None = None
    """Smallest difference from the best that would have been shown with a probability of .8; only
    if no difference is shown.
    """
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    scores: dict[int, float] = Field(default_factory=dict)
    """Scores by seed."""
    done: int = 0
    failed: int = 0
    message: str = ""
    """Most frequent message of the failed runs."""
    parameters: int
    flops: int
    additive: bool | None = Field(default=None, exclude=True)
    """`True` if its score is a sum of functions of one input each; `None` if unknown."""
    target: int | None = Field(default=None, exclude=True)
    """Target number of parameters in a matched race, otherwise `None`."""
    limit: WidthLimit = Field(default="", exclude=True)
    """Reason why the number of parameters could not come nearer to the target."""
    deviation: float | None = None
    """Deviation from the target, as a share of it."""
    step_ms: float | None = None
    step_range: tuple[float, float] = Field(default=(0.0, 0.0), exclude=True)
    """Milliseconds of a training step, of the fastest and the slowest seed."""
    epochs_to: float | None = None
    """Epochs to 95 % of the best mean of all strategies; `None` if most seeds never reach it."""
    curve: MeanCurve = MeanCurve()
    rates: tuple[float, ...] = Field(default=(), exclude=True)
    """Learning rates chosen by the seeds; empty if all use that of the settings."""
    notes: tuple[str, ...] = ()
    """Changes that make the strategy fit, a sentence each."""
    problem: str = ""
    """Reason why there is no such model, or why it lacks the compared head."""

    @property
    def leads(self) -> bool:
        """`True` for the one that the others are compared with, also among equal means.

        No strategy leads before there are verdicts.
        """
        return bool(self.tied) and self.p is None

    @property
    def standing(self) -> str:
        """Verdict on a strategy: `the best mean`, `shown to be below it` …"""
        if self.tied is None:
            return "no verdict yet"
        if self.p is None:
            return "the best mean"
        if not self.tied:
            return f"shown to be below it (p = {self.p:.2g})"
        return f"no difference from it is shown (p = {self.p:.2g})"

    @property
    def matched(self) -> bool:
        """`True` if the number of parameters is within 2 % of the target, or there is no target."""
        return self.deviation is None or abs(self.deviation) <= TOLERANCE

    @property
    def undefined(self) -> bool:
        """`True` if runs have finished, but the measure is not defined for any of them."""
        return self.done > 0 and self.mean is None and not self.problem

    @property
    def step_steady(self) -> bool:
        """`True` if a step takes about the same time with all seeds."""
        return self.step_range[1] <= STEADY * self.step_range[0]


class DatasetResult(FrozenModel):
    """Results of all strategies on one dataset: the best mean first, those without a value last.

    Among equal means, the one that the verdict compares the others with comes first.
    """

    data: str
    title: str
    rows: tuple[StrategyResult, ...]
    marks: tuple[CeilingMark, ...]
    judged: bool
    """`True` if there is a verdict on at least two rows."""
    best: tuple[str, ...]
    """Best entry and all that are not shown to be below it; empty without a verdict, and in a race
    against its first entry.
    """
    complete: bool = True
    """`True` if every run on it has finished or failed."""

    @property
    def undefined(self) -> bool:
        """`True` if runs have finished, but the measure is not defined for any of them."""
        return any(row.undefined for row in self.rows) and self.rows[0].mean is None

    def row(self, entry: str) -> StrategyResult:
        """Return the row of an entry by its text. Raises `KeyError` if there is none."""
        return {row.entry: row for row in self.rows}[entry]

    @property
    def ceilings(self) -> dict[str, float]:
        """Value of each ceiling by its kind; empty if unknown."""
        return {mark.kind: mark.value for mark in self.marks}


def measure_of(head: Head, validated: bool) -> Measure:
    """Return the measure of a head: accuracy for classes, R² for values."""
    name = CEILING_METRICS["r2" if head.target == "values" else "accuracy"]
    return Measure(name=name, title=_TITLES[name], share=name == "accuracy", validated=validated)
