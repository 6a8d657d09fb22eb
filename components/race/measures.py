"""What is compared of a run: the head's main measure, its curve, and the time of a step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from pydantic import BaseModel, ConfigDict

from components.heads.base import Head
from components.race.outcomes import Outcome
from components.race.statistics import interval
from components.training.events import Epoch
from components.training.reports import CEILING_METRICS

NEAR = 0.95
"""Epochs are counted until this share of the best mean is reached."""
_TITLES = {"accuracy": "accuracy", "r2_score": "R²"}
CURVES = {"accuracy": ("accuracy",), "r2_score": ("r2_score", "loss")}
"""The keys in the logs of an epoch that can stand for a measure, the best first."""


class FrozenModel(BaseModel):
    """A frozen value with a JSON form."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Measure(FrozenModel):
    """What is compared; a higher value is better. A `share` is shown in percent."""

    name: str
    title: str
    share: bool
    validated: bool
    """Whether it is measured on validation samples."""

    def text(self, value: float | None, unit: bool = True) -> str:
        """`97.3 %`, or `0.913`; a dash for `None`."""
        if value is None:
            return "–"
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' %' if unit else ''}"

    def difference(self, value: float, unit: bool = True) -> str:
        """A difference of two values: `48.9 points`, or `0.489`."""
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' points' if unit else ''}"

    def within(self, value: float | None) -> float | None:
        """An end of an interval, clipped to possible values: a share is between 0 and 1."""
        return value if value is None or not self.share else min(1.0, max(0.0, value))


class MeanCurve(FrozenModel):
    """A measure by epoch: its mean over seeds, with its 95 % interval where there are two."""

    key: str = ""
    higher: bool = True
    epochs: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def measure_of(head: Head, validated: bool) -> Measure:
    """Accuracy for classes, R² for values."""
    name = CEILING_METRICS["r2" if head.target == "values" else "accuracy"]
    return Measure(name=name, title=_TITLES[name], share=name == "accuracy", validated=validated)


def reached(outcome: Outcome, head: str, measure: Measure) -> float | None:
    """The value at the end of a finished run; `None` if it hasn't finished or has no such value."""
    if outcome.status != "finished":
        return None
    if outcome.report is not None and head in outcome.report.heads:
        return outcome.report.heads[head].measures.get(measure.name)
    if not outcome.history:
        return None
    side = "val_" if measure.validated else ""
    return outcome.history[-1].logs.get(f"{side}{head}/{measure.name}")


def curve_key(histories: Sequence[Sequence[Epoch]], head: str, measure: Measure) -> str:
    """The key of the measure's curve in the logs; that of the loss if the measure is not logged."""
    logged = {key for history in histories for epoch in history[:1] for key in epoch.logs}
    side = "val_" if measure.validated else ""
    wanted = [f"{side}{head}/{name}" for name in (*CURVES[measure.name], "loss")]
    return next((key for key in (*wanted, f"{side}loss") if key in logged), "")


def curve(histories: Sequence[Sequence[Epoch]], key: str, measure: Measure) -> MeanCurve:
    """The mean over seeds at each epoch that at least one run has, with its interval."""
    at: dict[int, list[float]] = {}
    for history in histories:
        for epoch in history:
            if key in epoch.logs:
                at.setdefault(epoch.epoch, []).append(epoch.logs[key])
    intervals = {epoch: interval(at[epoch]) for epoch in sorted(at)}
    clipped = key.endswith(measure.name)

    def end(value: float | None, mean: float) -> float:
        known = measure.within(value) if clipped else value
        return mean if known is None else known

    return MeanCurve(
        key=key,
        higher=not key.endswith("loss"),
        epochs=tuple(intervals),
        mean=tuple(one.mean for one in intervals.values()),
        low=tuple(end(one.low, one.mean) for one in intervals.values()),
        high=tuple(end(one.high, one.mean) for one in intervals.values()),
    )


def goal(curves: Sequence[MeanCurve]) -> float | None:
    """The value that counts as near the best: 95 % of the best mean of any epoch, or the lowest
    loss / 0.95; `None` if no value is above zero."""
    known = [curve for curve in curves if curve.mean]
    if not known:
        return None
    higher = known[0].higher
    values = [value for curve in known for value in curve.mean]
    top = max(values) if higher else min(values)
    if top <= 0:
        return None
    return NEAR * top if higher else top / NEAR


def epochs_to(
    histories: Sequence[Sequence[Epoch]], key: str, higher: bool, wanted: float | None
) -> float | None:
    """The first epoch that reaches `wanted`, the median over seeds; `None` if most never do."""
    if wanted is None or not histories:
        return None
    first = [_first(history, key, higher, wanted) for history in histories]
    middle = median(first)
    return None if math.isinf(middle) else middle


def _first(history: Sequence[Epoch], key: str, higher: bool, wanted: float) -> float:
    for epoch in history:
        value = epoch.logs.get(key)
        if value is not None and (value >= wanted if higher else value <= wanted):
            return epoch.epoch
    return math.inf


def step_ms(outcomes: Sequence[Outcome], batch: int) -> float | None:
    """Milliseconds of a training step, the median over seeds: the time of an epoch, validation
    included, divided by its steps."""
    times = [
        1000 * outcome.report.epoch_seconds / max(1, math.ceil(outcome.report.trained / batch))
        for outcome in outcomes
        if outcome.report is not None
    ]
    return median(times) if times else None
